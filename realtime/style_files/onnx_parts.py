"""Parts of ONNX graphs as protobuf encodes them, made and changed without a package that reads ONNX (onnx.proto)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nstcam.realtime.protobuf import BYTES, VARINT, Field, Walk, field, varint

FLOAT, BYTE, INT64 = 1, 2, 7
"""TensorProto.DataType."""
_NODE, _INITIALIZER = 1, 5
"""Fields of GraphProto."""


def renamed(walk: Walk, part: Field, numbers: Collection[int], names: Mapping[bytes, bytes]) -> bytes:
    """The payload of a message, with other texts in place of those that are keys of `names`.

    Args:
        numbers: of the fields that hold these texts.
    """
    out, begins = bytearray(), part.start
    for each in walk.fields(part.start, part.end):
        text = walk.text(each) if each.kind == BYTES and each.number in numbers else b""
        out += field(each.number, names[text]) if text in names else walk.between(begins, each.end)
        begins = each.end
    return bytes(out)


def node(kind: str, inputs: list[str], output: str, **attributes: int | list[int]) -> bytes:
    """A NodeProto in its field of the graph."""
    parts = [field(1, name.encode()) for name in inputs]
    parts += [field(2, output.encode()), field(3, f"nstcam/{output}".encode()), field(4, kind.encode())]
    for name, value in attributes.items():
        if isinstance(value, int):
            stated = number_field(3, value) + number_field(20, 2)
        else:
            stated = b"".join(number_field(8, each) for each in value) + number_field(20, 7)
        parts.append(field(5, field(1, name.encode()) + stated))
    return field(_NODE, b"".join(parts))


def tensor(name: str, values: Any, kind: int) -> bytes:
    dims = b"".join(number_field(1, side) for side in values.shape)
    return field(_INITIALIZER, dims + number_field(2, kind) + field(8, name.encode()) + field(9, values.tobytes()))


def picture_port(name: str) -> bytes:
    """A ValueInfoProto: bytes [batch, height, width, 3]."""
    free = b"".join(field(1, field(2, side.encode())) for side in ("batch", "height", "width"))
    shape = free + field(1, number_field(1, 3))
    return field(1, name.encode()) + field(2, field(1, number_field(1, BYTE) + field(2, shape)))


def number_field(number: int, value: int) -> bytes:
    return varint(number << 3 | VARINT) + varint(value)
