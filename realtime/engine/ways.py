"""The ways that frames can take through ONNX Runtime, and the parts that all lanes share."""

from __future__ import annotations

from collections import OrderedDict
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from nstcam.realtime.engine import cuda_options
from nstcam.realtime.engine.sessions import Placement, listed, placement
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.contract import CANVAS_INPUT, INPUT_NAME, OUTPUT_NAME
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower, Stylizing

SIZES: Final = 8
"""Number of sizes whose own sessions are kept."""
_UPDATE: Final = "a newer onnxruntime-gpu or driver may help"


class Way(StrEnum):
    """The way that a frame takes through a session, the fastest first; the values are shown to users."""

    GRAPH = "fixed size with a CUDA graph"
    """Inputs and outputs stay on the device; a recorded graph is replayed."""
    FIXED = "fixed size"
    """A session whose shapes are constants; on CUDA, its inputs and outputs stay on the device."""
    REBOUND = "fixed size, frames bound one by one"
    """Like FIXED, but inputs and outputs lie in host memory and are bound for each frame."""
    ANY_SIZE = "any size"
    """One session for frames of all sizes; shapes are computed for each frame."""


class Taken(NamedTuple):
    """The way that frames of one size take, and where the session's operators run."""

    way: Way
    placement: Placement

    def __str__(self) -> str:
        """The way as shown to users. For ANY_SIZE, operators on the CPU are omitted: they compute shapes, by design."""
        operators, on_cpu = self.placement
        if self.way is Way.ANY_SIZE or not on_cpu:
            return str(self.way)
        return f"{self.way}, {on_cpu.total()} of {operators} operators on the CPU ({listed(on_cpu)})"


class Measured(Stylizing, Protocol):
    """A stylizer that reports its ways and its precision, for measurements."""

    @property
    def precision(self) -> str:
        """What the session computes in: float32, float16 or int8; "" if the file does not say."""

    def taken(self, height: int, width: int) -> Taken: ...


def why_slower(taken: Taken, failures: list[str]) -> Slower:
    """The reason why frames on CUDA go without a graph, with the cure.

    Args:
        failures: the errors of the faster ways, in the order in which they were tried.
    """
    if taken.way is Way.ANY_SIZE:
        return Slower(f"a session of a fixed size does not work here ({failures[-1]})", _UPDATE)
    on_cpu = taken.placement.on_cpu
    if on_cpu:
        run = "runs" if on_cpu.total() == 1 else "run"
        return Slower(f"{listed(on_cpu)} {run} on the CPU, so no CUDA graph is used", "export it again with nst-export")
    cure = "leave that out" if cuda_options.VARIABLE in failures[0] else _UPDATE
    return Slower(f"a CUDA graph does not work here ({failures[0]})", cure)


class OpenSession(Protocol):
    """Opens a style's session on the device, for frames of one size or of all; may raise SessionRefused."""

    def __call__(self, size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any: ...


class Lane(Protocol):
    """Carries one frame at a time through a session."""

    @property
    def slower(self) -> Slower | None:
        """The reason why frames do not take the fastest way; None if they do, or before a size has been prepared."""

    def stylize(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        """Repaints a frame. The caller owns the result (see FramePool); `offset` moves the canvas, if there is one."""

    def prepare(self, height: int, width: int) -> None:
        """Does the work of the first frame of that size in advance, so that it is as fast as later ones."""

    def taken(self, height: int, width: int) -> Taken:
        """The way that frames of that size take now."""

    def close(self) -> None: ...


class Bound(NamedTuple):
    """A session whose inputs and outputs lie in host memory and are bound for each frame.

    ONNX Runtime copies them to whichever device each operator runs on, so this works for every graph.
    """

    session: Any
    binding: Any
    has_canvas: bool

    @classmethod
    def to(cls, session: Any) -> Bound:
        return cls(session, session.io_binding(), takes_offset(session))

    def run(self, frame: Frame, out: Frame, offset: Offset = UNMOVED, options: Any = None) -> Frame:
        """Runs the session on `frame`, writes into `out` and returns it."""
        self.binding.bind_cpu_input(INPUT_NAME, np.ascontiguousarray(frame)[None])
        moved = np.array(offset, np.int64)
        if self.has_canvas:
            self.binding.bind_cpu_input(CANVAS_INPUT, moved)
        self.binding.bind_output(OUTPUT_NAME, "cpu", 0, np.uint8, (1, *out.shape), out.ctypes.data)
        self.session.run_with_iobinding(self.binding, options)
        return out

    def taken(self, way: Way) -> Taken:
        return Taken(way, placement(self.session))


def takes_offset(session: Any) -> bool:
    """Whether the style in the session has a canvas that can be moved."""
    return any(port.name == CANVAS_INPUT for port in session.get_inputs())


def keep_newest(kept: OrderedDict[tuple[int, int], Any], size: tuple[int, int], value: Any) -> None:
    """Adds `value` and drops the oldest entry if there are more than SIZES."""
    kept[size] = value
    if len(kept) > SIZES:
        kept.popitem(last=False)
