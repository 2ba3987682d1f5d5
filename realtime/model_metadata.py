"""Changes the metadata of an ONNX file without a package that reads ONNX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nstcam.realtime.protobuf import BYTES, Walk, field

_METADATA: Final = 14
"""ModelProto.metadata_props, whose entries have a key (1) and a value (2)."""


def with_metadata(model: bytes, changes: Mapping[str, str | None]) -> bytes:
    """The model with these metadata, beside those that it has; None removes one.

    Raises:
        protobuf.Damaged: it is not a model.
        UnicodeDecodeError: its metadata are not UTF-8.
    """
    walk, rest, entries = Walk(bytearray(model)), bytearray(), dict[str, str | None]()
    begins = 0
    for part in walk.fields(0, len(model)):
        if (part.number, part.kind) == (_METADATA, BYTES):
            parts = {each.number: walk.text(each).decode() for each in walk.fields(part.start, part.end)}
            entries[parts.get(1, "")] = parts.get(2, "")
        else:
            rest += model[begins : part.end]
        begins = part.end
    for key, value in {**entries, **changes}.items():
        if value is not None:
            rest += field(_METADATA, field(1, key.encode()) + field(2, value.encode()))
    return bytes(rest)
