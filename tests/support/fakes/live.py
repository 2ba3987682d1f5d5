"""Fakes of cameras, styles and windows."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.tools.stand_in import StandIn
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.engine.sessions import Placement
from nstcam.realtime.engine.ways import Taken, Way
from nstcam.realtime.errors import NstError, StyleError
from nstcam.realtime.frame import Frame, check_frame
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower


def frame_of(value: int, height: int = 48, width: int = 64) -> Frame:
    return np.full((height, width, 3), value, np.uint8)


def style_of(name: str) -> Style:
    return Style(Path(f"{name}.onnx"), name, name.title())


class PlainStylizer(StandIn):
    """Everything a Stylizer has except `stylize`, for fakes."""

    device = "FAKE"


class FakeStylizer(PlainStylizer):
    """Paints 255 - frame, or `value` everywhere; `slower_once_warm` is why it reports to be slower than necessary."""

    slower_once_warm: Slower | None = None

    def __init__(self, value: int | None = None) -> None:
        self.value = value
        self.warmed: list[tuple[int, int]] = []
        self.slower: Slower | None = None
        self.closed = False

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        assert not self.closed
        return np.full_like(frame, self.value) if self.value is not None else 255 - frame

    def warm_up(self, height: int, width: int) -> None:
        self.warmed.append((height, width))
        self.slower = self.slower_once_warm

    def taken(self, height: int, width: int) -> Taken:
        return Taken(Way.FIXED if (height, width) in self.warmed else Way.ANY_SIZE, Placement(0, Counter()))

    def close(self) -> None:
        self.closed = True


class StylizerFactory:
    """Opens fake stylizers: `slow` ones wait for `open`, `broken` ones raise. The n-th one paints n times `step`."""

    def __init__(self, names: Sequence[str], slow: str = "", broken: str = "", step: int = 1) -> None:
        self.step, self.device = step, FakeStylizer.device
        self.names, self.slow, self.broken = list(names), slow, broken
        self.open = threading.Event()
        self.stylizers: dict[str, FakeStylizer] = {}

    def __call__(self, style: Style) -> FakeStylizer:
        if style.name == self.slow:
            assert self.open.wait(60)
        if style.name == self.broken:
            raise StyleError("no such luck")
        stylizer = FakeStylizer(self.step * (self.names.index(style.name) + 1))
        stylizer.device = self.device
        return self.stylizers.setdefault(style.name, stylizer)


class PlainCapture:
    """Everything a cv2.VideoCapture has except `read`, for fakes; settings are accepted and ignored."""

    released = False

    def get(self, propId: int) -> float:  # noqa: N803 (OpenCV's own name)
        return 0.0

    def set(self, propId: int, value: float) -> bool:  # noqa: N803
        return True

    def release(self) -> None:
        self.released = True


class ListSource:
    """A source of the given frames, which waits `pace` seconds before each."""

    name = "list"

    def __init__(self, frames: Sequence[Frame], pace: float = 0.0, error: Exception | None = None) -> None:
        self.frames, self.pace, self.error = frames, pace, error
        self.closed = False

    def __iter__(self) -> Iterator[Captured]:
        for number, frame in enumerate(self.frames):
            if self.closed:
                return
            time.sleep(self.pace)
            yield Captured(frame, time.monotonic(), number)
        if self.error:
            raise self.error

    def close(self) -> None:
        self.closed = True


class FakeWindow:
    """A window that records what it shows. `keys`: typed one per poll, -1: none. Shuts after `shut_after` frames."""

    def __init__(self, keys: Sequence[str | int] = (), shut_after: int | None = None) -> None:
        self.shown: list[Frame] = []
        self.keys = list(keys)
        self.shut_after = shut_after
        self.was_closed = False
        self.pointer = Pointer()
        self.clicks: list[Pointer] = []
        self.wheel = 0
        self.fullscreen = False

    def take_click(self) -> Pointer | None:
        return self.clicks.pop(0) if self.clicks else None

    def take_wheel(self) -> int:
        turned, self.wheel = self.wheel, 0
        return turned

    def toggle_fullscreen(self) -> None:
        self.fullscreen = not self.fullscreen

    @property
    def closed(self) -> bool:
        return self.shut_after is not None and len(self.shown) >= self.shut_after

    def show(self, frame: Frame) -> None:
        self.shown.append(frame)

    def poll(self) -> int:
        key = self.keys.pop(0) if self.keys and self.shown else -1
        return ord(key) if isinstance(key, str) else key

    def close(self) -> None:
        self.was_closed = True


class FakeOutput:
    """A recording or virtual camera that records its frames; `error` is raised when it is switched on or off."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.on = False
        self.frames: list[Frame] = []
        self.was_closed = False

    def toggle(self) -> str:
        if self.error:
            raise self.error
        self.on = not self.on
        return "on" if self.on else "off"

    def write(self, frame: Frame, seconds: float) -> None:
        self.frames.append(frame)

    def close(self) -> str:
        self.was_closed = True
        return ""


class CopyStylizer(PlainStylizer):
    """A stylizer that returns copies of frames and records their sizes; it can fail or wait."""

    def __init__(self, fail_at: int = 0, wait: float = 0) -> None:
        self.sizes_wh: list[tuple[int, int]] = []
        self.threads: set[int] = set()
        self._fail_at, self._wait = fail_at, wait

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        check_frame(frame)
        self.sizes_wh.append((frame.shape[1], frame.shape[0]))
        self.threads.add(threading.get_ident())
        if len(self.sizes_wh) == self._fail_at:
            raise NstError("the stylizer broke")
        time.sleep(self._wait)
        return frame.copy()
