"""Half precision for GPUs, made from the float32 file by changing the target type of some casts.

`export` writes graphs whose computing type comes from casts alone: each weight, and the frame's bytes, go through a
Cast to float32 whose result is called `inside_...`, and all other types follow from these. So the style in float16 is
the same file with one byte changed in each of those casts. This saves shipping a second file, keeping a cache, and
depending on a package that reads ONNX. ONNX Runtime rounds the weights when it opens the model. The CPU gets the file
unchanged; there ONNX Runtime removes the casts from float32 to float32, so they cost nothing.

The file is parsed field by field as protobuf encodes it (https://protobuf.dev/programming-guides/encoding; onnx.proto
defines the messages). The parser does not recurse and rejects any length that exceeds the enclosing message.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from nstcam.realtime.engine import devices
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.engine.style import METADATA_PREFIX
from nstcam.realtime.errors import DeviceError, StyleError

INSIDE: Final = "inside_"
"""Prefix of the names of these casts' results; no other value in a graph has it."""
VARIABLE: Final = "NSTCAM_PRECISION"
"""Environment variable that sets the precision of GPUs: auto, float32 or float16."""
TITLES: Final = frozenset(
    device.title for device in (devices.CUDA, devices.TENSORRT, devices.TENSORRT_RTX, devices.DIRECTML, devices.COREML)
)
"""Devices that use float16 under auto: it halves memory traffic. How much faster it is was not measured."""
LARGEST_FILE: Final = 64 << 20
"""Largest file to convert, in bytes; larger files are not ours and run unchanged."""
MOST_FIELDS: Final = 1 << 18
"""Fields read before a file is rejected, 100 times as many as ours have: a crafted file cannot keep us busy."""

_PRECISION: Final = f"{METADATA_PREFIX}precision".encode()
_FLOAT, _FLOAT16 = b"\x01", b"\x0a"
"""TensorProto.DataType as a varint."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES: Final = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT: Final = 10


class _Field(NamedTuple):
    number: int
    kind: int
    """Wire type."""
    start: int
    end: int
    """The payload is data[start:end]: a varint's own bytes, otherwise the bytes after the length."""


class _Damaged(Exception):  # noqa: N818 (never leaves this module)
    """The bytes do not encode a message; the text says where."""


def asked() -> str:
    """The precision that NSTCAM_PRECISION requests for GPUs: auto, float32 or float16.

    Raises:
        DeviceError: NSTCAM_PRECISION has another value.
    """
    value = os.environ.get(VARIABLE) or "auto"
    if value not in ("auto", "float32", "float16"):
        raise DeviceError(f"{VARIABLE}={value} is not a precision; set it to auto, float32 or float16, or unset it")
    return value


def half_for(path: Path, device: Device) -> bytes | None:
    """The style converted to float16 if the device is to run it in that; None to run the file unchanged.

    Always None for the CPU, which computes in float32 whatever the type of the weights.

    Raises:
        StyleError: the file cannot be read or is damaged.
        DeviceError: NSTCAM_PRECISION is invalid.
    """
    precision = asked()
    if device is devices.CPU or precision == "float32" or (precision == "auto" and device.title not in TITLES):
        return None
    return in_half(path)


def in_half(path: Path) -> bytes | None:
    """A float32 style as a model in float16; None if it cannot be converted: another precision, or an older file.

    Raises:
        StyleError: the file cannot be read or is damaged.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None
        data = bytearray(path.read_bytes())
    except OSError as error:
        raise StyleError(f"{path} cannot be read: {error.strerror}") from error
    walk = _Walk(data)
    try:
        precisions, casts = walk.places()
    except _Damaged as error:
        raise StyleError(f"{path} is not an ONNX model or is damaged ({error})") from error
    if not casts or [walk.text(place) for place in precisions] != [b"float32"]:
        return None
    for place in casts:
        data[place.start : place.end] = _FLOAT16
    for place in precisions:
        data[place.start : place.end] = b"float16"
    return bytes(data)


class _Walk:
    """Parses the protobuf messages of a model."""

    def __init__(self, data: bytearray) -> None:
        self._data, self._left = data, MOST_FIELDS

    def places(self) -> tuple[list[_Field], list[_Field]]:
        """Finds the precision in the metadata, and the target types of the casts to float32 that are to change.

        Raises:
            _Damaged: the file is not a model.
        """
        precisions: list[_Field] = []
        casts: list[_Field] = []
        for part in self._fields(0, len(self._data)):
            if (part.number, part.kind) == (14, _BYTES):  # ModelProto.metadata_props
                entry = {f.number: f for f in self._fields(part.start, part.end) if f.kind == _BYTES}
                if 1 in entry and 2 in entry and self.text(entry[1]) == _PRECISION:
                    precisions.append(entry[2])
            elif (part.number, part.kind) == (7, _BYTES):  # ModelProto.graph
                for node in self._fields(part.start, part.end):
                    if (node.number, node.kind) == (1, _BYTES):  # GraphProto.node
                        casts += self._cast_types(node)
        return precisions, casts

    def text(self, field: _Field) -> bytes:
        return bytes(self._data[field.start : field.end])

    def _cast_types(self, node: _Field) -> Iterator[_Field]:
        """Yields the target type's field if the node is such a cast and casts to float32."""
        fields = [f for f in self._fields(node.start, node.end) if f.kind == _BYTES]
        outputs, kinds = ([self.text(f) for f in fields if f.number == number] for number in (2, 4))
        if kinds != [b"Cast"] or len(outputs) != 1 or not outputs[0].startswith(INSIDE.encode()):
            return
        for attribute in (f for f in fields if f.number == 5):
            found = {f.number: f for f in self._fields(attribute.start, attribute.end)}
            name, value = found.get(1), found.get(3)  # AttributeProto.name and i
            if name and value and self.text(name) == b"to" and self.text(value) == _FLOAT:
                yield value

    def _fields(self, start: int, end: int) -> Iterator[_Field]:
        """Yields the fields of the message in data[start:end]."""
        while start < end:
            self._left -= 1
            if self._left < 0:
                raise _Damaged(f"more than {MOST_FIELDS} fields up to byte {start}")
            key, start = self._varint(start, end)
            number, kind = key >> 3, key & 7
            if kind == _VARINT:
                _, stop = self._varint(start, end)
            elif kind == _BYTES:
                length, start = self._varint(start, end)
                stop = start + length
            elif kind in _SIZES:
                stop = start + _SIZES[kind]
            else:
                raise _Damaged(f"wire type {kind} at byte {start}")
            if number == 0:
                raise _Damaged(f"field 0 at byte {start}")
            if stop > end:
                raise _Damaged(f"field {number} at byte {start} ends beyond its message")
            yield _Field(number, kind, start, stop)
            start = stop

    def _varint(self, start: int, end: int) -> tuple[int, int]:
        """Reads a varint: its value, and the position after it."""
        value = 0
        for place in range(start, min(end, start + _LONGEST_VARINT)):
            value |= (self._data[place] & 0x7F) << 7 * (place - start)
            if self._data[place] < 0x80:
                return value, place + 1
        raise _Damaged(f"a number without an end at byte {start}")
