"""Changes the metadata of an ONNX file without a package that reads ONNX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nstcam.realtime.protobuf import BYTES, Walk

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
    for field in walk.fields(0, len(model)):
        if (field.number, field.kind) == (_METADATA, BYTES):
            parts = {part.number: walk.text(part).decode() for part in walk.fields(field.start, field.end)}
            entries[parts.get(1, "")] = parts.get(2, "")
        else:
            rest += model[begins : field.end]
        begins = field.end
    for key, value in {**entries, **changes}.items():
        if value is not None:
            rest += _field(_METADATA, _field(1, key.encode()) + _field(2, value.encode()))
    return bytes(rest)


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
