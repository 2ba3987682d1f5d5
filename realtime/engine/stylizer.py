"""One style on one device: frames in, stylized frames out. The only way to run ONNX Runtime on frames."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self

import numpy as np

from nstcam.realtime.engine import availability, devices, half
from nstcam.realtime.engine.at_work import at_work
from nstcam.realtime.engine.cores import usable_cores
from nstcam.realtime.engine.cuda_lane import CudaLane
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import SessionRefused, first_line, open_session
from nstcam.realtime.engine.style_model import model_of
from nstcam.realtime.engine.ways import Lane, Taken
from nstcam.realtime.errors import DeviceError, StyleError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, check_frame
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower

_TRIAL_HW = 64, 64
"""(height, width) on which to try a device that cannot open a session for all sizes."""


class Stylizer:
    """Repaints frames in one style. Up to `at_once` threads may run `stylize` at the same time; others wait.
    `with Stylizer(...) as stylizer:` closes it at the end.

    The caller owns the frames that `stylize` returns; their memory is reused once they are no longer referenced.

    Attributes:
        style: the style that it paints in.
        device: the device that the session really runs on ("CPU", "CUDA"), as reported by ONNX Runtime.
        path: the style's file in use; on the CPU the 8-bit file, if the style has one.
        precision: float32, float16 or int8, in which the session computes; "" if the file does not say.
        notice: one line for the user if `auto` could not use a GPU or `slower` is set, else None.
        at_once: the number of frames in progress at the same time, as requested; on the CPU at most `threads`.
        slower: the reason why frames take a slower way than the device offers, known after `warm_up`; else None.
    """

    def __init__(
        self,
        style: Style,
        device: str = "auto",
        threads: int | None = None,
        at_once: int = 1,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Opens the style.

        Args:
            device: auto, or a name from devices.DEVICES. auto tries GPUs, then takes the CPU and says so in
                `notice`; a named device that does not work is an error.
            threads: CPU threads, shared by all frames in progress; default all cores.
            at_once: 1 for the lowest latency. More for the highest throughput: while one frame is being copied, the
                GPU works on another; CPU cores each take a whole frame instead of parts of one.
            tell: called with each new `notice`, here or in `warm_up`.

        Raises:
            StyleError: the file cannot be opened as a model.
            DeviceError: the device is unknown, or was requested and does not work; NSTCAM_PRECISION is invalid.
        """
        self._tell = tell
        self.slower: Slower | None = None
        self.style = style
        self.path = Path(style.path)
        self.at_once = at_once
        self.precision = style.precision
        self.notice: str | None = None
        self._threads = threads
        half.asked()  # an invalid NSTCAM_PRECISION is an error, not a reason to fall back to the CPU
        reasons: list[str] = []
        for candidate in devices.candidates(device):
            reason = availability.missing(candidate)
            if reason is None:
                try:
                    with at_work(style.name, "opened"):
                        lanes = self._lanes_on(candidate)
                except (SessionRefused, DeviceError) as error:
                    reason = f"{candidate.title} cannot run style {style.name}: {error}"
                    if candidate is devices.CPU:
                        raise StyleError(f"{self.path} cannot be opened as a model on the CPU: {error}") from error
                else:
                    self.device = candidate.title
                    break
            if device != "auto":
                raise DeviceError(f"--device {device}: {reason}; or use --device cpu")
            reasons.append(reason)
        if reasons and self.device == devices.CPU.title:
            self._note(f"running on the CPU ({'; '.join(reasons)})")
        if style.foreign is not None:
            tell(
                f"{self.path.name} is another program's model, licence unknown; nst-export --import makes a style of "
                "it, with credits"
            )
        self._lanes = lanes
        self.at_once = len(lanes)
        self._free: SimpleQueue[Lane] = SimpleQueue()
        for lane in lanes:
            self._free.put(lane)

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        """Repaints a frame; the result has the same size.

        Args:
            canvas_offset: how far to move the canvas that the style paints on, if it has one.

        Raises:
            ValueError: `frame` is not a Frame, or smaller than 32x32.
            DeviceError: the device failed, for example because it ran out of memory.
        """
        check_frame(frame)
        foreign = self.style.foreign
        if foreign is not None:
            return foreign.around(frame, lambda fitted: self._painted(fitted, canvas_offset))
        return self._painted(frame, canvas_offset)

    def _painted(self, frame: Frame, canvas_offset: Offset) -> Frame:
        lane = self._free.get()
        try:
            with at_work(self.style.name, "at work on a frame"):
                return lane.stylize(frame, canvas_offset)
        except Exception as error:  # ONNX Runtime's errors share no type of their own
            raise self._failure(frame.shape[0], frame.shape[1], error) from error
        finally:
            self._free.put(lane)

    def warm_up(self, height: int, width: int) -> None:
        """Opens sessions, allocates and lets the device choose its kernels, so that the first frame of that size is
        as fast as later ones."""
        check_frame(np.empty((height, width, 3), np.uint8))
        height, width = self._session_hw(height, width)
        lanes = [self._free.get() for _ in self._lanes]
        try:
            with at_work(self.style.name, "at work on its first frame"):
                for lane in lanes:
                    lane.prepare(height, width)
        except Exception as error:
            raise self._failure(height, width, error) from error
        finally:
            for lane in lanes:
                self._free.put(lane)
        self.slower = next((lane.slower for lane in lanes if lane.slower), None)
        if self.slower:
            self._note(f"style {self.style.name} is slower than it could be on {self.device}: {self.slower}")

    def taken(self, height: int, width: int) -> Taken:
        """The way that frames of that size take now; `warm_up` may open a faster one."""
        return self._lanes[0].taken(*self._session_hw(height, width))

    def _session_hw(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of what the session gets for a frame of that size."""
        return (height, width) if self.style.foreign is None else self.style.foreign.size_for(height, width)

    @property
    def identity(self) -> str:
        """What it paints, for comparison with another run: the style's name and 12 digits of a hash of its file. A
        picture as a style is known by its contents, wherever it lies and whatever it is called."""
        data, painting = self.path.read_bytes(), self.style.painting
        known = b"" if painting is None else painting.digest.encode()
        name = self.style.name if painting is None else "picture"
        return f"{name} {hashlib.sha256(data + known).hexdigest()[:12]}"

    def close(self) -> None:
        """Frees the sessions; the stylizer cannot be used after that. A lane that another thread is still using is left
        alone: its frame may never be finished."""
        while True:
            try:
                self._free.get_nowait().close()
            except Empty:
                break
        self._lanes = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, line: str) -> None:
        if line != self.notice:
            self.notice = line
            self._tell(line)

    def _lanes_on(self, device: Device) -> list[Lane]:
        int8 = self.style.int8_path if device is devices.CPU else None
        path = self.path = int8 or Path(self.style.path)
        model = model_of(self.style, path)
        in_half = half.half_for(model, device)

        count = self.at_once if device is not devices.CPU else min(self.at_once, self._threads or usable_cores())
        threads = self._threads or 0 if count == 1 else max((self._threads or usable_cores()) // count, 1)

        def open_here(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> Any:
            def opened(model: Path | bytes) -> Any:
                return open_session(model, device, threads=threads, size_hw=size_hw, graph=graph)

            if in_half is not None:
                try:
                    session, self.precision = opened(in_half), "float16"
                    return session
                except SessionRefused:
                    pass  # perhaps it has no kernels for float16; float32 may still run
            session, self.precision = opened(model), "int8" if int8 else self.style.precision
            return session

        if device.cuda_tensors:
            return [CudaLane(open_here) for _ in range(count)]
        shared = open_here() if device.any_size else None
        if shared is None:
            open_here(self._session_hw(*_TRIAL_HW))
        fixed, warm_hw = open_here if device.fixed_sizes else None, self._session_hw(SMALLEST_SIDE, SMALLEST_SIDE)
        return [HostLane(shared, fixed, warm_hw) for _ in range(count)]

    def _failure(self, height: int, width: int, error: Exception) -> DeviceError:
        return DeviceError(
            f"{self.device} failed on a {width}x{height} frame in style {self.style.name}: {first_line(error)}"
        )
