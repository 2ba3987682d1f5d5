"""Half precision for GPUs, made from the float32 file by changing the target type of some casts.

`export` writes graphs whose computing type comes from casts alone: each weight, and the frame's bytes, go through a
Cast to float32 whose result is called `inside_...`, and all other types follow from these. So the style in float16 is
the same file with one byte changed in each of those casts. This saves shipping a second file, keeping a cache, and
depending on a package that reads ONNX. ONNX Runtime rounds the weights when it opens the model. The CPU gets the file
unchanged; there ONNX Runtime removes the casts from float32 to float32, so they cost nothing.

The file is parsed field by field (nstcam.realtime.protobuf).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nstcam.realtime.engine import devices
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.errors import DeviceError, StyleError
from nstcam.realtime.protobuf import BYTES, Damaged, Field, Walk
from nstcam.realtime.style_files.contract import METADATA_PREFIX

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

_PRECISION: Final = f"{METADATA_PREFIX}precision".encode()
_FLOAT, _FLOAT16 = b"\x01", b"\x0a"
"""TensorProto.DataType as a varint."""


def asked() -> str:
    """The precision that NSTCAM_PRECISION requests for GPUs: auto, float32 or float16.

    Raises:
        DeviceError: NSTCAM_PRECISION has another value.
    """
    value = os.environ.get(VARIABLE) or "auto"
    if value not in ("auto", "float32", "float16"):
        raise DeviceError(f"{VARIABLE}={value} is not a precision; set it to auto, float32 or float16, or unset it")
    return value


def half_for(model: Path | bytes, device: Device) -> bytes | None:
    """The style converted to float16 if the device is to run it in that; None to run the file unchanged.

    Always None for the CPU, which computes in float32 whatever the type of the weights.

    Args:
        model: the style's file, or its bytes.

    Raises:
        StyleError: the file cannot be read or is damaged.
        DeviceError: NSTCAM_PRECISION is invalid.
    """
    precision = asked()
    if device is devices.CPU or precision == "float32" or (precision == "auto" and device.title not in TITLES):
        return None
    return in_half(model)


def in_half(model: Path | bytes) -> bytes | None:
    """A float32 style as a model in float16; None if it cannot be converted: another precision, or an older file.

    Raises:
        StyleError: the file cannot be read or is damaged.
    """
    try:
        if isinstance(model, Path) and model.stat().st_size > LARGEST_FILE:
            return None
        data = bytearray(model.read_bytes() if isinstance(model, Path) else model)
    except OSError as error:
        raise StyleError(f"{model!s} cannot be read: {error.strerror}") from error
    walk = _Walk(data)
    try:
        precisions, casts = walk.places()
    except Damaged as error:
        where = model if isinstance(model, Path) else "the style"
        raise StyleError(f"{where} is not an ONNX model or is damaged ({error})") from error
    if not casts or [walk.text(place) for place in precisions] != [b"float32"]:
        return None
    for place in casts:
        data[place.start : place.end] = _FLOAT16
    for place in precisions:
        data[place.start : place.end] = b"float16"
    return bytes(data)


class _Walk(Walk):
    """Finds what has to change."""

    def places(self) -> tuple[list[Field], list[Field]]:
        """Finds the precision in the metadata, and the target types of the casts to float32 that are to change.

        Raises:
            Damaged: the file is not a model.
        """
        precisions: list[Field] = []
        casts: list[Field] = []
        for part in self.fields(0, len(self._data)):
            if (part.number, part.kind) == (14, BYTES):  # ModelProto.metadata_props
                entry = {f.number: f for f in self.fields(part.start, part.end) if f.kind == BYTES}
                if 1 in entry and 2 in entry and self.text(entry[1]) == _PRECISION:
                    precisions.append(entry[2])
            elif (part.number, part.kind) == (7, BYTES):  # ModelProto.graph
                for node in self.fields(part.start, part.end):
                    if (node.number, node.kind) == (1, BYTES):  # GraphProto.node
                        casts += self._cast_types(node)
        return precisions, casts

    def _cast_types(self, node: Field) -> Iterator[Field]:
        """Yields the target type's field if the node is such a cast and casts to float32."""
        fields = [f for f in self.fields(node.start, node.end) if f.kind == BYTES]
        outputs, kinds = ([self.text(f) for f in fields if f.number == number] for number in (2, 4))
        if kinds != [b"Cast"] or len(outputs) != 1 or not outputs[0].startswith(INSIDE.encode()):
            return
        for attribute in (f for f in fields if f.number == 5):
            found = {f.number: f for f in self.fields(attribute.start, attribute.end)}
            name, value = found.get(1), found.get(3)  # AttributeProto.name and i
            if name and value and self.text(name) == b"to" and self.text(value) == _FLOAT:
                yield value
