"""nst-train --preview: the current frame of a camera, a clip or a photo, as the network paints it so far."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Final, Self

from nstcam.train.errors import TrainError
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture
from nstcam.train.preview.sheet import stylize
from nstcam.train.progress import Step

PROGRAM: Final = ("-m", "nstcam.train.preview.window")
"""Arguments for Python that start the window's program."""

SHARE: Final = 0.03
"""Largest share of the training's time that painting previews may take."""


class LivePreview:
    """A window that runs as a separate program (`nstcam.train.preview.window`). The training loop calls `watch`.

    Only painting happens in the loop, for at most `SHARE` of its time; a thread talks to the window. If the window
    fails or the user closes it, training continues without it.

    Attributes:
        due: time.monotonic() from which the window may be asked for another frame.
    """

    def __init__(self, title: str, source: str) -> None:
        """Opens the window.

        Args:
            source: `camera` or the path of a photo or a clip.

        Raises:
            TrainError: no window can be opened, or the source cannot be read.
        """
        environment = {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8", **os.environ}
        self._program = subprocess.Popen(
            [sys.executable, *PROGRAM, title, source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("NSTCAM_DEBUG") else subprocess.DEVNULL,
            env=environment,
        )
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._to, self._from = self._program.stdin, self._program.stdout
        self.due = time.monotonic()
        self._frame: Picture | None = None
        self._painted: tuple[Picture, str] | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        try:
            trouble = pickle.load(self._from)
        except EOFError:  # Qt ends the program where it finds no screen
            trouble = "--preview: no window could be opened; is there a screen? Leave it out to train without one"
        if trouble is not None:
            self.close()
            raise TrainError(trouble)
        self._thread.start()

    @property
    def open(self) -> bool:
        """Whether the window's program still runs."""
        return self._program.poll() is None

    @property
    def waits(self) -> bool:
        """Whether a frame waits for `watch` to paint it."""
        with self._changed:
            return self._frame is not None

    def watch(self, network: TransformerNet | LiteNet, step: Step) -> None:
        """Paints the waiting frame, if there is one. `network` must be in evaluation mode."""
        with self._changed:
            frame = self._frame
        if frame is None:
            return
        began = time.monotonic()
        painted = stylize(network, frame)
        now = time.monotonic()
        self.due = now + (now - began) / SHARE
        caption = f"step {step.step}   {step.seconds / 60:.1f} min   loss {step.total:.2f}   {step.progress:.0%}"
        with self._changed:
            self._frame, self._painted = None, (painted, caption)
            self._changed.notify()

    def _talk(self) -> None:
        try:
            while not self._closed_within(self.due - time.monotonic()):
                self._send(None)
                frame = pickle.load(self._from)
                with self._changed:
                    self._frame = frame
                    self._changed.wait_for(lambda: self._closed or self._painted is not None)
                    painted, self._painted = self._painted, None
                if painted is not None:
                    self._send(painted)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):  # closed, by the user or by `close`
            with self._changed:
                self._frame = None
            with suppress(OSError):
                self._to.close()  # or Python complains when it exits about unwritten data

    def _closed_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, max(seconds, 0))

    def _send(self, message: object) -> None:
        pickle.dump(message, self._to, protocol=5)
        self._to.flush()

    def close(self) -> None:
        """Closes the window if it is still open."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._program.terminate()
        self._program.wait(10)
        if self._thread.is_alive():
            self._thread.join()  # a thread that wakes while Python exits may abort it
        with suppress(OSError):
            self._to.close()
        self._from.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
