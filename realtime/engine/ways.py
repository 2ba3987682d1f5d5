"""The ways that frames can take through ONNX Runtime, and what lanes of all kinds have in common."""

from __future__ import annotations

from collections import OrderedDict
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from nstcam.realtime.engine import cuda_options
from nstcam.realtime.engine.sessions import Placement, listed, placement
from nstcam.realtime.engine.style import CANVAS_INPUT, INPUT_NAME, OUTPUT_NAME
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower, Stylizing

SIZES: Final = 8
"""Working sizes that sessions of their own are kept for."""
_UPDATE: Final = "a newer onnxruntime-gpu or driver may help"


class Way(StrEnum):
    """How a frame goes through a session; its value is what users read. The fastest first."""

    GRAPH = "fixed size with a CUDA graph"
    """Inputs and outputs stay on the device; a recorded graph is replayed."""
    FIXED = "fixed size"
    """A session whose shapes are constants; on CUDA, its inputs and outputs stay on the device."""
    REBOUND = "fixed size, frames bound one by one"
    """As FIXED, but inputs and outputs lie in host memory and are bound anew for each frame."""
    ANY_SIZE = "any size"
    """One session for frames of all sizes; shapes are computed along with each frame."""


class Taken(NamedTuple):
    """The way that frames of a size take, and where its session's operators run."""

    way: Way
    placement: Placement

    def __str__(self) -> str:
        """For people. Where shapes are computed along, much of that runs on the CPU by design, so it is not told."""
        operators, on_cpu = self.placement
        if self.way is Way.ANY_SIZE or not on_cpu:
            return str(self.way)
        return f"{self.way}, {on_cpu.total()} of {operators} operators on the CPU ({listed(on_cpu)})"


class Measured(Stylizing, Protocol):
    """A stylizer that tells its ways, for those who measure it."""

    def taken(self, height: int, width: int) -> Taken: ...


def why_slower(taken: Taken, failures: list[str]) -> Slower:
    """Of frames on CUDA that go without a graph; `failures` of the ways that were tried, in their order."""
    if taken.way is Way.ANY_SIZE:
        return Slower(f"a session of a fixed size does not work here ({failures[-1]})", _UPDATE)
    on_cpu = taken.placement.on_cpu
    if on_cpu:
        run = "runs" if on_cpu.total() == 1 else "run"
        return Slower(f"{listed(on_cpu)} {run} on the CPU, so no CUDA graph is used", "export it anew with nst-export")
    cure = "leave that out" if cuda_options.VARIABLE in failures[0] else _UPDATE
    return Slower(f"a CUDA graph does not work here ({failures[0]})", cure)


class OpenSession(Protocol):
    """Opens a style's session on the device; raises SessionRefused."""

    def __call__(self, size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any: ...


class Lane(Protocol):
    """Carries one frame at a time through a session."""

    @property
    def slower(self) -> Slower | None:
        """Why frames do not take the fastest way; None while they do, and before a size was prepared."""

    def stylize(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        """A frame that belongs to whoever gets it (see FramePool); `offset` is the canvas's, where there is one."""

    def prepare(self, height: int, width: int) -> None:
        """Makes frames of that size fast, the first included."""

    def taken(self, height: int, width: int) -> Taken:
        """The way that frames of that size take at present."""

    def close(self) -> None: ...


class Bound(NamedTuple):
    """A session, and where its inputs and outputs lie: in host memory, bound anew for each frame.

    ONNX Runtime carries them from there to whichever device each operator runs on, so this is right for every graph.
    """

    session: Any
    binding: Any
    has_canvas: bool

    @classmethod
    def to(cls, session: Any) -> Bound:
        return cls(session, session.io_binding(), takes_offset(session))

    def run(self, frame: Frame, out: Frame, offset: Offset = UNMOVED, options: Any = None) -> Frame:
        """Runs the session on `frame` and into `out`, which is given back."""
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
    kept[size] = value
    if len(kept) > SIZES:
        kept.popitem(last=False)
