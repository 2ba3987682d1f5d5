"""Lanes: the ways of frames through a session and back, each for one frame at a time.

HostLane hands ONNX Runtime frames in host memory. CudaLane keeps a pair of device tensors for each working size, copies
through page-locked memory and replays a recorded CUDA graph.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from nstcam.realtime.engine.cuda_memory import CudaMemory
from nstcam.realtime.engine.sessions import SessionRefused
from nstcam.realtime.engine.shared_lock import Gate
from nstcam.realtime.engine.style import CANVAS_INPUT, INPUT_NAME, OUTPUT_NAME
from nstcam.realtime.frame import Frame
from nstcam.realtime.frame_pool import FramePool
from nstcam.realtime.stylizing import UNMOVED, Offset

SIZES: Final = 8
"""Working sizes that sessions of their own are kept for."""
AGREES: Final = 4.0
"""Mean levels by which a recorded graph may differ from a plain run; a wrong one differs by tens."""

_ANOTHER: Final = Offset(37, 59)

_gpu: Final = Gate()
"""While CUDA records a graph no other thread of the process may use the GPU: its capture mode is global."""


class OpenSession(Protocol):
    """Opens a style's session on the device; raises SessionRefused."""

    def __call__(self, size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any: ...


class Lane(Protocol):
    def stylize(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        """A frame that belongs to whoever gets it (see FramePool); `offset` is the canvas's, where there is one."""

    def prepare(self, height: int, width: int) -> None:
        """Makes frames of that size fast, the first included."""

    def close(self) -> None: ...


class Bound(NamedTuple):
    """A session, and where its inputs and outputs lie: in host memory."""

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


def takes_offset(session: Any) -> bool:
    """Whether the style in the session has a canvas that can be moved."""
    return any(port.name == CANVAS_INPUT for port in session.get_inputs())


class HostLane:
    """Frames from host memory to host memory; where there is a device, ONNX Runtime carries them there and back.

    Args:
        session: takes frames of all sizes; None where the device cannot.
        open_fixed: opens sessions of a fixed size; None where they are not faster.
    """

    def __init__(self, session: Any | None, open_fixed: OpenSession | None = None) -> None:
        self._any_size, self._open_fixed = session and Bound.to(session), open_fixed
        self._fixed: OrderedDict[tuple[int, int], Bound] = OrderedDict()
        self._pool = FramePool()

    def stylize(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        height, width = frame.shape[:2]
        if self._any_size is None and (height, width) not in self._fixed:
            self._add_fixed(height, width)
        bound = self._fixed.get((height, width)) or self._any_size
        assert bound is not None
        return bound.run(frame, self._pool.take(height, width), offset)

    def prepare(self, height: int, width: int) -> None:
        if (height, width) not in self._fixed:
            self._add_fixed(height, width)
        self.stylize(np.zeros((height, width, 3), np.uint8))

    def close(self) -> None:
        self._any_size = None
        self._fixed.clear()

    def _add_fixed(self, height: int, width: int) -> None:
        if self._open_fixed is None:
            return
        keep_newest(self._fixed, (height, width), Bound.to(self._open_fixed((height, width))))


class Fixed(NamedTuple):
    """A session of a fixed size, where its frames lie on the device, and where they wait on the host."""

    session: Any
    binding: Any
    source: Any
    target: Any
    staged: Frame
    canvas: Canvas | None
    """Where the offset of its canvas lies; None without."""


class Canvas(NamedTuple):
    """A canvas's offset on the device and where it waits on the host. Read anew by each replay of a recorded graph."""

    tensor: Any
    staged: NDArray[np.int64]


class CudaLane:
    """All in a thread of its own, for CUDA's recorded graphs belong to the thread that recorded them.

    Args:
        open_session: opens sessions of fixed sizes and of any.
        memory: page-locked memory and copies; made in the lane's thread by default.
    """

    def __init__(self, open_session: OpenSession, memory: Callable[[], CudaMemory] = CudaMemory) -> None:
        """Raises SessionRefused, DeviceError."""
        self._open_session, self._make_memory = open_session, memory
        self._ways = [True, False]
        """With a recorded graph, without; what failed once is not tried again."""
        self._fixed: OrderedDict[tuple[int, int], Fixed] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "cuda lane")
        try:
            self._thread.submit(self._begin).result()
        except Exception:
            self._thread.shutdown()
            raise

    def stylize(self, frame: Frame, offset: Offset = UNMOVED) -> Frame:
        return self._thread.submit(self._stylize, frame, offset).result()

    def prepare(self, height: int, width: int) -> None:
        self._thread.submit(self._prepare, height, width).result()

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
        fixed = self._fixed.get((height, width))
        if fixed is None:
            return self._any_size.run(frame, out, offset)
        if fixed.canvas:
            fixed.canvas.staged[:] = offset
            self._memory.upload(fixed.canvas.staged, fixed.canvas.tensor.data_ptr())
        np.copyto(fixed.staged, frame)
        self._memory.upload(fixed.staged, fixed.source.data_ptr())
        fixed.session.run_with_iobinding(fixed.binding)
        self._memory.download(fixed.target.data_ptr(), out)
        return out

    def _prepare(self, height: int, width: int) -> None:
        """Opens a session of that size; where none holds, the one of any size does it."""
        size = height, width
        while self._ways and size not in self._fixed:
            try:
                with _gpu.shared():  # TensorRT compiles here, for minutes
                    session = self._open_session(size, graph=self._ways[0])
                with _gpu.alone():
                    self._add_fixed(session, height, width)
            except Exception:  # whatever it was, the next way goes without it
                self._ways.pop(0)
                self._fixed.pop(size, None)

    def _add_fixed(self, session: Any, height: int, width: int) -> None:
        source, target = device_tensor(1, height, width, 3), device_tensor(1, height, width, 3)
        binding, canvas = session.io_binding(), None
        if takes_offset(session):
            staged_offset = np.frombuffer(self._memory.allocate(2 * np.dtype(np.int64).itemsize), np.int64)
            canvas = Canvas(device_tensor(2, kind=np.int64), staged_offset)
            binding.bind_ortvalue_input(CANVAS_INPUT, canvas.tensor)
        binding.bind_ortvalue_input(INPUT_NAME, source)
        binding.bind_ortvalue_output(OUTPUT_NAME, target)
        staged = self._pool.take(height, width)
        keep_newest(self._fixed, (height, width), Fixed(session, binding, source, target, staged, canvas))
        self._run(np.zeros((height, width, 3), np.uint8))  # records the graph; the next run replays it
        self._compare(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))

    def _compare(self, frame: Frame) -> None:
        """Raises SessionRefused unless the session of the frame's size paints what the one of any size does."""
        out = self._pool.take(*frame.shape[:2])
        # On another offset than the first run, which a graph may have recorded along with everything else.
        plain = self._any_size.run(frame, out, _ANOTHER, shrinking_options())
        apart = float(np.abs(self._run(frame, _ANOTHER).astype(np.int16) - plain).mean())
        if apart > AGREES:
            raise SessionRefused(f"a session of fixed size paints {apart:.0f} levels differently")


def device_tensor(*shape: int, kind: type[np.generic] = np.uint8) -> Any:
    return onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, kind, "cuda", 0)


def shrinking_options() -> onnxruntime.RunOptions:
    """For a run whose memory on the device is not needed again."""
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "gpu:0")
    return options


def keep_newest(kept: OrderedDict[tuple[int, int], Any], size: tuple[int, int], value: Any) -> None:
    kept[size] = value
    if len(kept) > SIZES:
        kept.popitem(last=False)
