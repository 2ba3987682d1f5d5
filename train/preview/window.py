"""The window of `nst-train --preview`: a separate program, so that training never waits for a camera or a screen.

    python -m nstcam.train.preview.window TITLE camera|FILE

It exchanges pickles over its standard input and output. First it sends None if the window is open and the source works,
otherwise an error message. Then each None that it receives is answered with the current frame (RGB), and each pair
(picture RGB, caption) is shown. It ends when its standard input ends, when the window is closed, or with q or Esc. It
does not import PyTorch.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.media.contents import picture_bytes
from nstcam.media.decode import decode_picture
from nstcam.media.pixels import PictureError, as_8_bits
from nstcam.train.content.clip import Clip as ClipFile
from nstcam.train.content.clip import upright
from nstcam.train.content.signatures import begins_like_picture
from nstcam.train.errors import TrainError

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Picture = NDArray[np.uint8]
"""(H, W, 3), RGB or BGR."""

LARGEST: Final = 640, 480
"""Width and height that frames are scaled down to: what cameras give, and quick to paint."""

_MOST_SKIPPED: Final = 10
"""Most frames of a clip skipped for each one shown. Beyond it the clip plays slower instead of delaying training."""

_SMALLEST_SIDE: Final = 32
"""Pixels; the smallest side that networks can paint."""

_QUIT_KEYS: Final = (ord("q"), 27)
_POLL_MS: Final = 50


class PreviewError(Exception):
    """The source cannot be read, or no window can be opened; the text is one line."""


class Source(Protocol):
    def frame(self) -> Picture:
        """The current frame, BGR."""


class Still:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def frame(self) -> Picture:
        return self._picture


class Clip:
    """A clip in a loop, at its own speed if possible."""

    def __init__(self, path: Path) -> None:
        """Raises PreviewError if the file cannot be read or contains no picture."""
        self._path = path
        try:
            self._frames = self._once()
            first = next(self._frames, None)
        except TrainError as error:
            raise PreviewError(f"--preview {error}") from error
        if first is None:
            raise PreviewError(f"--preview {path} is neither a picture nor a video that can be read")
        self._last = upright(first)
        self._shown_at = time.monotonic()

    def _once(self) -> Iterator[VideoFrame]:
        with ClipFile(self._path) as clip:
            self._fps = min(max(clip.rate, 1.0), 120.0)
            yield from clip

    def frame(self) -> Picture:
        now = time.monotonic()
        steps = int((now - self._shown_at) * self._fps)
        if steps:
            self._shown_at = now
        frame = None
        with suppress(TrainError):  # it is gone since: its last picture stays
            for _ in range(min(steps, _MOST_SKIPPED)):
                frame = next(self._frames, None)
                if frame is None:
                    self._frames = self._once()
        if frame is not None:
            self._last = upright(frame)
        return self._last


class Camera:
    """Camera 0. A thread takes every frame from the driver, where old ones would pile up; only few are decoded."""

    def __init__(self) -> None:
        """Raises PreviewError if it cannot be opened."""
        self._capture = cv2.VideoCapture(0)
        ok, frame = self._capture.read()
        if not ok:
            raise PreviewError("--preview camera: camera 0 gives no picture; give a clip or a photo instead")
        self._last = frame.astype(np.uint8, copy=False)
        self._lock = threading.Lock()
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        grabbed = True
        while grabbed:
            with self._lock:
                grabbed = self._capture.grab()
            time.sleep(0.001)  # locks are not fair

    def frame(self) -> Picture:
        with self._lock:
            ok, frame = self._capture.retrieve()
        if ok:
            self._last = frame.astype(np.uint8, copy=False)
        return self._last


def open_source(name: str) -> Source:
    """The source that `name` stands for: "camera", or the path of a photo or a clip.

    Raises:
        PreviewError: it cannot be read.
    """
    if name == "camera":
        return Camera()
    path = Path(name)
    if not path.is_file():
        raise PreviewError(f"--preview {name} not found; give camera, a photo or a clip")
    if not begins_like_picture(path):
        return Clip(path)
    try:
        return Still(as_8_bits(decode_picture(picture_bytes(path)).pixels))
    except PictureError as error:
        raise PreviewError(f"--preview {path} {error}") from error


def fit(frame: Picture) -> Picture:
    """The frame, scaled down to fit `LARGEST` if it is larger."""
    height, width = frame.shape[:2]
    scale = min(LARGEST[0] / width, LARGEST[1] / height)
    if scale >= 1:
        return frame
    size_wh = (max(round(width * scale), _SMALLEST_SIDE), max(round(height * scale), _SMALLEST_SIDE))
    return cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def with_caption(picture: Picture, text: str) -> Picture:
    """The picture with the text in a dark strip below it."""
    strip = np.full((26, picture.shape[1], 3), 24, np.uint8)
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    scale = 0.5 * min((picture.shape[1] - 16) / width, 1)
    cv2.putText(strip, text, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, scale, (230, 230, 230), 1, cv2.LINE_AA)
    return np.vstack([picture, strip])


class Show:
    """The picture on screen, and a thread that talks to the training."""

    def __init__(self, source: Source, asked: BinaryIO, answers: BinaryIO) -> None:
        self._source, self._asked, self._answers = source, asked, answers
        self.picture = with_caption(fit(source.frame()), "the first painting comes with the first step")
        self.changed = True
        self.ended = False
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self) -> None:
        try:
            while True:
                message = pickle.load(self._asked)
                if message is None:
                    frame = fit(self._source.frame())
                    pickle.dump(np.ascontiguousarray(frame[..., ::-1]), self._answers, protocol=5)
                    self._answers.flush()
                else:
                    picture, caption = message
                    self.picture = with_caption(np.ascontiguousarray(picture[..., ::-1]), caption)
                    self.changed = True
        except (EOFError, OSError, pickle.UnpicklingError):
            self.ended = True


def run(title: str, name: str, asked: BinaryIO, answers: BinaryIO) -> None:
    """Shows the window until it is closed.

    Raises:
        PreviewError: no window can be opened, or the source cannot be read; nothing was shown.
    """
    try:
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
    except cv2.error as error:
        raise PreviewError(f"--preview: no window could be opened ({error.err or error}); leave it out") from error
    source = open_source(name)
    height, width = source.frame().shape[:2]
    if min(height, width) < _SMALLEST_SIDE:
        raise PreviewError(
            f"--preview {name} is {width}x{height}; at least {_SMALLEST_SIDE}x{_SMALLEST_SIDE} are needed"
        )
    show = Show(source, asked, answers)
    cv2.resizeWindow(title, show.picture.shape[1], show.picture.shape[0])
    pickle.dump(None, answers)
    answers.flush()
    seen = False
    while not show.ended:
        if show.changed:
            show.changed = False
            cv2.imshow(title, show.picture)
        if cv2.waitKey(_POLL_MS) & 0xFF in _QUIT_KEYS:
            return
        visible = cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1
        if seen and not visible:  # some window systems say invisible until it is
            return
        seen = visible


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the training; this program ends with it
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not mix with pickles
    try:
        run(sys.argv[1], sys.argv[2], sys.stdin.buffer, answers)
    except (PreviewError, cv2.error) as error:
        pickle.dump(" ".join(str(error).split()), answers)
        answers.flush()
    sys.stdout.flush()
    os._exit(0)  # the threads may wait in a camera or a pipe


if __name__ == "__main__":
    main()
