"""Other people's ONNX models of one picture in, one picture out, run as styles straight away.

Like the fast neural style models of the ONNX model zoo: float32 NCHW, RGB of 0..255 or 0..1. In memory, a few
operators are put around the model's graph (foreign_graph.py), which turn it into one of bytes, as the contract has it.
The sides of frames are made multiples of 4 before, and a model of one size gets frames with a border: see
`Foreign.around`. `nst-export --import` makes style files of such models, with all of that inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.contract import INPUT_NAME
from nstcam.realtime.style_files.cpu_session import cpu_session
from nstcam.realtime.style_files.foreign_graph import CURE, wrapped

if TYPE_CHECKING:
    import onnxruntime

SMALL: Final = 2.0
"""A network whose picture never exceeds this gives 0..1."""
_MOST_BYTES: Final = 200_000_000
_SIZES: Final = ((64, 96), (76, 48))
"""(height, width) of the frames that a model is tried with."""
_SIDE: Final = 4
"""Sides are multiples of this, which networks that halve them twice give back as they are."""
_LARGEST_SIDE: Final = 4096
_NEEDED: Final = "needed: one input and one output, float32 [batch, 3, height, width]"


@dataclass(frozen=True)
class Foreign:
    """How a model is made a style.

    Attributes:
        ports: the names of its input and its output.
        white: what it takes and gives for white, 255 or 1.
        only_hw: (height, width) of the pictures that it takes; None: it takes all sizes.
    """

    ports: tuple[str, str]
    white: int
    only_hw: tuple[int, int] | None = None

    def size_for(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of what the model gets for a frame of that size."""
        return self.only_hw or (-(-height // _SIDE) * _SIDE, -(-width // _SIDE) * _SIDE)

    def around(self, frame: Frame, paint: Callable[[Frame], Frame]) -> Frame:
        """Has a frame painted in a size that the model takes; the result has the frame's own."""
        import cv2

        height, width = frame.shape[:2]
        room_h, room_w = self.size_for(height, width)
        scale = min(room_h / height, room_w / width) if self.only_hw else 1.0
        inner_h = max(min(round(height * scale), room_h), 1)
        inner_w = max(min(round(width * scale), room_w), 1)
        if (inner_h, inner_w) == (height, width) == (room_h, room_w):
            return paint(frame)
        if (inner_h, inner_w) != (height, width):
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            frame = cv2.resize(frame, (inner_w, inner_h), interpolation=method).astype(np.uint8, copy=False)
        top, left = (room_h - inner_h) // 2, (room_w - inner_w) // 2
        if not self.only_hw:
            top = left = 0
        bordered = cv2.copyMakeBorder(
            frame, top, room_h - inner_h - top, left, room_w - inner_w - left, cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)  # norms over the frame take its mean; black bars would darken the picture
        painted = paint(bordered)[top : top + inner_h, left : left + inner_w]
        if (inner_h, inner_w) != (height, width):
            painted = cv2.resize(painted, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
        return np.ascontiguousarray(painted)


def examined(path: Path, session: onnxruntime.InferenceSession) -> Foreign:
    """Finds out, by trying, how a model can be run as a style.

    Args:
        session: the model as it is, on the CPU.

    Raises:
        StyleError: it is too large, or a model of another kind; the text says what it has and what is needed.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise StyleError(f"{path} has {path.stat().st_size:,} bytes, too many for a style; at most {_MOST_BYTES:,}")
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1 or not all(_fits(port) for port in (*inputs, *outputs)):
        has = "; ".join(f"{port.name} {port.type} {_dims(port)}" for port in (*inputs, *outputs)[:6])
        raise StyleError(f"{path} is not an nstcam style but a model with {has}; {_NEEDED}")
    ports, shape = (inputs[0].name, outputs[0].name), inputs[0].shape
    only = (shape[2], shape[3]) if len(shape) == 4 and all(isinstance(side, int) for side in shape[2:]) else None
    picture = np.random.default_rng(0).random((1, 3, *(only or _SIZES[0])), np.float32)
    try:
        made = np.asarray(session.run(None, {ports[0]: picture})[0])
    except Exception as error:  # ONNX Runtime's errors share no type of their own
        raise StyleError(f"{path} does not run ({one_line(error)}); {CURE}") from error
    white = 255 if np.abs(made).max() > SMALL else 1
    data, reason = path.read_bytes(), ""
    for only_hw in (None, only) if only else (None,):
        foreign = Foreign(ports, white, only_hw)
        reason = _tried(wrapped(path, data, foreign.ports, foreign.white), [only_hw] if only_hw else _SIZES)
        if not reason:
            return foreign
    raise StyleError(f"{path} {reason}; {CURE}")


def _fits(port: Any) -> bool:
    sides = port.shape
    if port.type != "tensor(float)" or len(sides) not in (0, 4):
        return False
    small = all(not isinstance(side, int) or 32 <= side <= _LARGEST_SIDE for side in sides[2:])
    return not sides or (
        (sides[0] in (1, None) or isinstance(sides[0], str))
        and (sides[1] in (3, None) or isinstance(sides[1], str))
        and small
    )


def _dims(port: Any) -> str:
    return f"[{', '.join(str(side) for side in port.shape)}]"


def _tried(model: bytes, sizes: Any) -> str:
    """Why the wrapped model does not work at these sizes; "" if it does."""
    try:
        session = cpu_session(model, threads=1)
        for height, width in sizes:
            frame = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
            made = np.asarray(session.run(None, {INPUT_NAME: frame})[0])
            if made.shape != frame.shape:
                return f"makes {made.shape[2]}x{made.shape[1]} of a picture of {width}x{height}"
    except Exception as error:  # ONNX Runtime's errors share no type of their own
        return f"does not run ({one_line(error)})"
    return ""


def one_line(error: Exception) -> str:
    """The beginning of an error's text, on one line."""
    return " ".join(str(error).split())[:200]
