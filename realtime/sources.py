"""Live sources: the newest frame of a camera, of a file played at its own pace, or of a test pattern."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import cv2
import numpy as np

from realtime.cameras import Mode, ask, described, find_camera, list_cameras, negotiated
from realtime.errors import SourceError
from realtime.frame import Frame

TEST_SPEC: Final = "test"
FALLBACK_FPS: Final = 25.0
"""For files that do not tell theirs."""

T = TypeVar("T")


@dataclass(frozen=True)
class Captured:
    """A frame and when it was taken."""

    frame: Frame
    time: float
    """time.monotonic() at the moment of capture."""
    number: int
    """Counts what the device delivered; gaps are frames that nobody took."""


class Source(Protocol):
    """Frames until the source ends; whoever opened it closes it."""

    name: str

    def __iter__(self) -> Iterator[Captured]: ...

    def close(self) -> None:
        """Ends the iteration, also one that waits in another thread."""


class Capture(Protocol):
    """What is used of cv2.VideoCapture."""

    def read(self) -> tuple[bool, Any]:
        """Whether a frame came, and the frame: what OpenCV declares is wider than what it gives."""

    def release(self) -> None: ...


class Newest(Generic[T]):
    """One slot between two threads: what is not taken in time is replaced by what is newer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._error: Exception | None = None

    def put(self, item: T) -> None:
        with self._changed:
            if not self._closed:
                self._item = item
                self._changed.notify()

    def close(self, error: Exception | None = None) -> None:
        """No more items; the first call counts. `error` is raised by take() once the slot is empty."""
        with self._changed:
            if not self._closed:
                self._closed, self._error = True, error
                self._changed.notify_all()

    def take(self, timeout: float | None = None) -> T | None:
        """The newest item not yet taken; None when closed.

        Raises:
            TimeoutError: nothing came within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._item is not None or self._closed, timeout):
                raise TimeoutError
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item


class ThreadedSource:
    """Reads in a thread and hands over the newest frame only, so that a slow consumer never lags behind."""

    def __init__(
        self,
        name: str,
        read: Callable[[threading.Event], Iterator[Frame]],
        *,
        open_within: float | None = None,
        lost_after: float | None = None,
    ) -> None:
        """Starts reading at once; whatever fails is raised by the iteration.

        Args:
            read: run in the thread; gives frames until its event is set.
            open_within: seconds until the first frame has to be there.
            lost_after: seconds without a new frame after which a camera counts as lost.
        """
        self.name = name
        self._open_within, self._lost_after = open_within, lost_after
        self._newest: Newest[Captured] = Newest()
        self._stop = threading.Event()
        # A driver may block for ever in read(): a daemon thread does not keep the program from ending.
        self._thread = threading.Thread(target=self._run, args=(read,), name=f"read {name}", daemon=True)
        self._thread.start()

    def _run(self, read: Callable[[threading.Event], Iterator[Frame]]) -> None:
        try:
            for number, frame in enumerate(read(self._stop)):
                self._newest.put(Captured(frame, time.monotonic(), number))
        except cv2.error as error:
            self._newest.close(SourceError(f"{self.name} cannot be read: {error.err or error}"))
        except Exception as error:  # carried over to the thread that iterates
            self._newest.close(error)
        self._newest.close()

    def __iter__(self) -> Iterator[Captured]:
        patience, trouble = self._open_within, "gave no picture within"
        while not self._stop.is_set():
            try:
                captured = self._newest.take(patience)
            except TimeoutError:
                cure = "check its cable and whether another program uses it"
                raise SourceError(f"{self.name} {trouble} {patience:g} s; {cure}") from None
            if captured is None:
                return
            yield captured
            patience, trouble = self._lost_after, "is lost: no picture for"

    def close(self) -> None:
        self._stop.set()
        self._newest.close()
        self._thread.join(timeout=1.0)


class TestPattern:
    """Moving shapes at 30 fps for trying nstcam without a camera."""

    __test__ = False  # not a test case, whatever its name says to pytest
    name = "test pattern"

    def __init__(self, size_wh: tuple[int, int] = (640, 480), fps: float = 30.0, *, paced: bool = True) -> None:
        """Without `paced` frames come as fast as they are taken, and none is dropped."""
        self._size_wh, self._fps, self._paced = size_wh, fps, paced
        width, height = size_wh
        slope_x, slope_y = np.linspace(40, 200, width), np.linspace(40, 200, height)
        self._background = np.empty((height, width, 3), np.uint8)
        self._background[..., 0] = slope_x
        self._background[..., 1] = slope_y[:, None]
        self._background[..., 2] = 255 - (slope_x + slope_y[:, None]) / 2
        self._stop = threading.Event()

    def draw(self, seconds: float) -> Frame:
        """The picture at that time."""
        width, height = self._size_wh
        unit = min(width, height) // 10
        frame = self._background.copy()

        def orbit(speed: float, phase: float) -> tuple[int, int]:
            angle = speed * seconds + phase
            return int(width * (0.5 + 0.35 * np.cos(angle))), int(height * (0.5 + 0.35 * np.sin(1.3 * angle)))

        x, y = orbit(0.9, 0.0)
        cv2.rectangle(frame, (x - unit, y - unit), (x + unit, y + unit), (40, 60, 220), cv2.FILLED)
        cv2.circle(frame, orbit(0.6, 2.0), 2 * unit, (60, 210, 250), cv2.FILLED, cv2.LINE_AA)
        x, y = orbit(0.7, 4.0)
        corners = np.array([[x, y - 2 * unit], [x - 2 * unit, y + unit], [x + 2 * unit, y + unit]])
        cv2.fillPoly(frame, [corners], (80, 160, 40), cv2.LINE_AA)
        cv2.ellipse(frame, orbit(0.5, 5.0), (2 * unit, unit), 40 * seconds, 0, 300, (250, 250, 250), unit // 3 + 1)
        return frame

    def __iter__(self) -> Iterator[Captured]:
        start, number = time.monotonic(), 0
        while not self._stop.is_set():
            yield Captured(self.draw(number / self._fps), time.monotonic(), number)
            number += 1
            if self._paced:  # the numbers of missed ticks are skipped: dropped frames, as a camera would
                number = max(number, int((time.monotonic() - start) * self._fps))
                self._stop.wait(max(0.0, start + number / self._fps - time.monotonic()))

    def close(self) -> None:
        self._stop.set()


def open_source(spec: str, mode: Mode = Mode(), tell: Callable[[str], None] = lambda _: None) -> Source:  # noqa: B008
    """A live source for what a user typed: a camera's number, name or device path, a URL, a video file, or `test`.

    Args:
        mode: what to ask a camera for.
        tell: takes a line about what a camera really gives, if something was asked for.

    Opening goes on in a thread: that a camera cannot be opened shows when frames are taken.

    Raises:
        SourceError: at once or from the iteration; the text never holds the credentials of a URL.
    """
    path = Path(spec)
    if spec == TEST_SPEC:
        return TestPattern()
    if spec.isdecimal():
        return _camera(f"camera {int(spec)}", lambda: asked(open_camera(int(spec)), mode, tell))
    if "://" in spec:
        return _camera(redacted(spec), lambda: open_url(spec))
    if path.is_file():
        return ThreadedSource(path.name, lambda stop: read_clip(path, stop))
    if path.exists() and not path.is_dir():
        return _camera(f"camera {spec}", lambda: asked(open_camera(spec), mode, tell))
    looks_like_file = path.suffix or "/" in spec
    there = [] if looks_like_file else list_cameras()
    named = find_camera(spec, there)
    if named is not None:
        return _camera(f'camera "{named.name}"', lambda: asked(open_camera(named.index), mode, tell))
    raise SourceError(
        f"camera or video {spec} not found; give a camera's number or name, a video file, a URL, or {TEST_SPEC}"
        + (f"; cameras found: {described(there)}" if there else "")
    )


def asked(capture: cv2.VideoCapture, mode: Mode, tell: Callable[[str], None]) -> cv2.VideoCapture:
    """The capture, after it was asked for `mode` and the answer told."""
    if mode != Mode():
        ask(capture, mode)
        tell(negotiated(capture, mode))
    return capture


def _camera(name: str, open_capture: Callable[[], Capture]) -> Source:
    from realtime.reconnect import Reconnecting  # it imports Source from here

    return Reconnecting(lambda: _connection(name, open_capture))


def _connection(name: str, open_capture: Callable[[], Capture]) -> ThreadedSource:
    if sys.platform == "darwin":  # macOS asks for permission on the main thread only (opencv #16427)
        capture = open_capture()
        return ThreadedSource(name, lambda stop: read_camera(capture, stop), open_within=15.0, lost_after=3.0)
    return ThreadedSource(name, lambda stop: read_camera(open_capture(), stop), open_within=15.0, lost_after=3.0)


def open_camera(camera: int | str) -> cv2.VideoCapture:
    """Opens a camera by number or device path.

    Raises:
        SourceError: it cannot be opened.
    """
    # DirectShow opens at once where Media Foundation takes up to 20 s (opencv #17687); naming V4L2 keeps other
    # backends from probing and complaining.
    backend = {"win32": cv2.CAP_DSHOW, "linux": cv2.CAP_V4L2}.get(sys.platform, cv2.CAP_ANY)
    capture = cv2.VideoCapture(camera, backend)  # type: ignore[call-overload, unused-ignore]
    if not capture.isOpened():
        there = ", ".join(sorted(str(path) for path in Path("/dev").glob("video*")))
        found = f"; there is {there}" if there else "; no camera was found" if sys.platform == "linux" else ""
        raise SourceError(
            f"camera {camera} could not be opened{found}; is it plugged in and free? --camera {TEST_SPEC} needs none"
        )
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # V4L2 keeps old frames otherwise
    return capture


def open_url(url: str) -> cv2.VideoCapture:
    """Opens a network stream.

    Raises:
        SourceError: no answer within 5 s, or no video.
    """
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 5000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 5000]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)  # the limits count with CAP_FFMPEG only (opencv #23207)
    if not capture.isOpened():
        raise SourceError(f"{redacted(url)} could not be opened; check the address, user and password, and the network")
    return capture


def redacted(url: str) -> str:
    """The URL without user, password and query, which may hold a password too."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def read_camera(capture: Capture, stop: threading.Event) -> Iterator[Frame]:
    """Frames as they come; failed reads are retried, whether the camera is lost is told by the time without any."""
    try:
        while not stop.is_set():
            ok, frame = capture.read()
            if ok:
                yield frame
            else:
                stop.wait(0.02)
    finally:
        capture.release()


def read_clip(path: Path, stop: threading.Event) -> Iterator[Frame]:
    """Frames of a video file, each at its time.

    Raises:
        SourceError: it is no video that can be read.
    """
    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise SourceError(f"{path} is not a video that can be read")
        fps = capture.get(cv2.CAP_PROP_FPS)
        step = 1 / (fps if 1 <= fps <= 240 else FALLBACK_FPS)
        due, start = -step, None
        while not stop.is_set():
            ok, frame = capture.read()
            if not ok:
                return
            stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            due = stamp if stamp > due else due + step  # some files have no times, or times that stand still
            start = time.monotonic() - due if start is None else start
            stop.wait(max(0.0, start + due - time.monotonic()))
            yield np.asarray(frame, np.uint8)
    finally:
        capture.release()
