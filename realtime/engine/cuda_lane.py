"""A lane through CUDA tensors.

It keeps a pair of device tensors for each size, copies through page-locked memory and replays a recorded CUDA
graph.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from nstcam.realtime.engine.cuda_memory import CudaMemory
from nstcam.realtime.engine.sessions import SessionRefused, first_line, listed, placement
from nstcam.realtime.engine.shared_lock import SharedLock
from nstcam.realtime.engine.ways import (
    Bound,
    Lane,
    OpenSession,
    Taken,
    Way,
    keep_newest,
    takes_offset,
    why_slower,
)  # fmt: skip
from nstcam.realtime.frame import Frame
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.style_files.contract import CANVAS_INPUT, INPUT_NAME, OUTPUT_NAME
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower

AGREES: Final = 4.0
"""Mean difference, in levels of 255, that a session of fixed size may have from a plain run; a wrong one has tens."""

_ANOTHER: Final = Offset(37, 59)

_gpu: Final = SharedLock()
"""Held alone while CUDA records a graph: its capture mode is global, so no other thread may use the GPU meanwhile."""


class Fixed(NamedTuple):
    """A session of a fixed size with its device tensors and its page-locked staging buffers."""

    way: Way
    """GRAPH or FIXED."""
    session: Any
    binding: Any
    source: Any
    target: Any
    staged: Frame
    canvas: Canvas | None
    """The canvas offset's buffers; None if the style has no canvas."""


class Canvas(NamedTuple):
    """A canvas offset's device tensor, which each replay of a recorded graph reads, and its staging buffer."""

    tensor: Any
    staged: NDArray[np.int64]


class CudaLane(Lane):
    """A lane through CUDA tensors. It has its own thread, because a CUDA graph belongs to the thread that recorded it.

    Args:
        open_session: opens sessions, of a fixed size or of any.
        memory: called in the lane's thread to provide page-locked memory and copies.
    """

    def __init__(self, open_session: OpenSession, memory: Callable[[], CudaMemory] = CudaMemory) -> None:
        """Opens the session for all sizes.

        Raises:
            SessionRefused: the style cannot run on the device.
            DeviceError: the GPU cannot be reached.
        """
        self._open_session, self._make_memory = open_session, memory
        self._ways = [Way.GRAPH, Way.FIXED, Way.REBOUND]
        """The ways to try for a new size, the fastest first; a way that has failed is not tried again."""
        self._slower: Slower | None = None
        self._fixed: OrderedDict[tuple[int, int], Fixed | Bound] = OrderedDict()
        """The sessions of fixed size by (height, width); a Bound is a session of way REBOUND."""
        self._thread = ThreadPoolExecutor(1, "cuda lane")
        try:
            self._thread.submit(self._begin).result()
        except Exception:
            self._thread.shutdown()
            raise

    @property
    def slower(self) -> Slower | None:
        return self._slower

    def stylize(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        return self._thread.submit(self._stylize, frame, offset).result()

    def prepare(self, height: int, width: int) -> None:
        self._thread.submit(self._prepare, height, width).result()

    def taken(self, height: int, width: int) -> Taken:
        fixed = self._fixed.get((height, width))
        if fixed is None:
            return self._any_size.taken(Way.ANY_SIZE)
        return fixed.taken(Way.REBOUND) if isinstance(fixed, Bound) else Taken(fixed.way, placement(fixed.session))

    def close(self) -> None:
        self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _begin(self) -> None:
        with _gpu.shared():
            self._memory = self._make_memory()
            self._memory.enter_thread()
            self._pool = FramePool(self._memory.allocate)
            self._any_size = Bound.to(self._open_session())

    def _end(self) -> None:
        with _gpu.shared():
            self._fixed.clear()
            del self._any_size

    def _stylize(self, frame: Frame, offset: Offset) -> Frame:
        with _gpu.shared():
            return self._run(frame, offset)

    def _run(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        height, width = frame.shape[:2]
        out = self._pool.take(height, width)
        fixed = self._fixed.get((height, width), self._any_size)
        if isinstance(fixed, Bound):
            return fixed.run(frame, out, offset)
        if fixed.canvas:
            fixed.canvas.staged[:] = offset
            self._memory.upload(fixed.canvas.staged, fixed.canvas.tensor.data_ptr())
        np.copyto(fixed.staged, frame)
        self._memory.upload(fixed.staged, fixed.source.data_ptr())
        fixed.session.run_with_iobinding(fixed.binding)
        self._memory.download(fixed.target.data_ptr(), out)
        return out

    def _prepare(self, height: int, width: int) -> None:
        """Opens a session of that size; if every way fails, the session of any size serves it."""
        size, plain, failures = (height, width), None, []
        while self._ways and size not in self._fixed:
            way = self._ways[0]
            try:
                with _gpu.shared():  # TensorRT compiles here, for minutes
                    session = plain or self._open_session(size, graph=way is Way.GRAPH)
                if way is not Way.GRAPH:
                    plain = session  # serves both ways without a graph
                if way is Way.FIXED:
                    refuse_if_on_cpu(session)
                with _gpu.alone():
                    self._add_fixed(session, way, height, width)
            except Exception as error:  # whatever went wrong, the next way does without this one's feature
                failures.append(first_line(error))
                self._ways.pop(0)
                self._fixed.pop(size, None)
        if failures:
            self._slower = why_slower(self.taken(height, width), failures)

    def _add_fixed(self, session: Any, way: Way, height: int, width: int) -> None:
        fixed = Bound.to(session) if way is Way.REBOUND else self._bound_once(session, way, height, width)
        keep_newest(self._fixed, (height, width), fixed)
        self._run(np.zeros((height, width, 3), np.uint8))  # records the graph; the next run replays it
        self._compare(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))

    def _bound_once(self, session: Any, way: Way, height: int, width: int) -> Fixed:
        """Binds the session's inputs and outputs to tensors on the device."""
        source, target = device_tensor(1, height, width, 3), device_tensor(1, height, width, 3)
        binding, canvas = session.io_binding(), None
        if takes_offset(session):
            staged_offset = np.frombuffer(self._memory.allocate(2 * np.dtype(np.int64).itemsize), np.int64)
            canvas = Canvas(device_tensor(2, kind=np.int64), staged_offset)
            binding.bind_ortvalue_input(CANVAS_INPUT, canvas.tensor)
        binding.bind_ortvalue_input(INPUT_NAME, source)
        binding.bind_ortvalue_output(OUTPUT_NAME, target)
        return Fixed(way, session, binding, source, target, self._pool.take(height, width), canvas)

    def _compare(self, frame: Frame) -> None:
        """Compares the session of the frame's size with the session of any size.

        Raises:
            SessionRefused: they paint different pictures.
        """
        out = self._pool.take(*frame.shape[:2])
        # At another offset than the first run's, which the graph may have recorded as a constant.
        plain = self._any_size.run(frame, out, _ANOTHER, shrinking_options())
        apart = float(np.abs(self._run(frame, _ANOTHER).astype(np.int16) - plain).mean())
        if apart > AGREES:
            raise SessionRefused(f"a session of fixed size paints {apart:.0f} levels differently")


def refuse_if_on_cpu(session: Any) -> None:
    """Refuses a session with operators on the CPU whose inputs are to be bound on the device.

    If an operator on the CPU reads an input that lies on the device, ONNX Runtime copies that input to the host only
    once, when it is bound, and paints the same picture for ever.

    Raises:
        SessionRefused: the session has operators on the CPU.
    """
    on_cpu = placement(session).on_cpu
    if on_cpu:
        raise SessionRefused(f"{listed(on_cpu)} on the CPU")


def device_tensor(*shape: int, kind: type[np.generic] = np.uint8) -> Any:
    """An uninitialised tensor on the first GPU."""
    return onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, kind, "cuda", 0)


def shrinking_options() -> onnxruntime.RunOptions:
    """Run options that give device memory back after the run, for runs that are not repeated."""
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "gpu:0")
    return options
