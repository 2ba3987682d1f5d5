"""The process that learns, started while nstcam is still opening camera and styles: loading PyTorch takes seconds."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress

from nstcam.realtime.learning.learner import COMMAND, Learner, live_threads, started
from nstcam.realtime.style_files.style import Style


class Early:
    """Opens learners; the first one finds its process started."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):  # the learner says so
            self._process = started(command, live_threads())

    def __call__(self, style: Style, *, after: Style | None = None) -> Learner:
        """A Learner beside a live picture.

        Raises:
            SinkError: see Learner.
        """
        process, self._process = self._process, None
        return Learner(style, after=after, command=self._command, process=process)

    def close(self) -> None:
        """Ends the process if nothing was learnt."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None
