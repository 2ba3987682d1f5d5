"""A painting that is learnt by a process of its own, with PyTorch, while this process shows it without PyTorch.

The process is export/learning/process.py, started by its name; its docstring describes what goes through the pipes. It
ends with this one, however that ends, because its standard input does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nstcam.realtime.engine.cores import usable_cores
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.style import Style, read_style

COMMAND: Final = (sys.executable, "-m", "nstcam.export.learning.process")
"""Needs the extra "train"."""
MOST_THREADS: Final = 4
SPINS: Final = "10000"
"""How often PyTorch's threads look for work before they sleep, unless the user says otherwise. That takes microseconds.
Steps have thousands of small parts: with threads that sleep at once, two are slower than one
(docs/research/learning.md)."""
_CLOSING_SECONDS: Final = 5.0
_LONGEST: Final = 1000
"""Letters of a reason why it failed."""


class Learner:
    """Learns the painting of a style. The process writes its networks into a private folder, which `close` removes.

    Attributes:
        style: as it was given.
        seconds: time learnt so far.
        steps: steps learnt so far; 0 while PyTorch is being loaded.
        newest: the style learnt so far, handed over complete; None before the first.
        failure: one line that says why it ended early; None if it did not.
        running: whether it still learns.
    """

    def __init__(
        self,
        style: Style,
        *,
        seconds: float | None = None,
        threads: int | None = None,
        after: Style | None = None,
        command: Sequence[str] = COMMAND,
        process: subprocess.Popen[bytes] | None = None,
    ) -> None:
        """Starts the process, or gives its job to one that was started before.

        Args:
            style: made of a picture.
            seconds: ends after so many seconds of learning, with one network. None: hands networks over on the way, and
                ends by itself after some minutes.
            threads: CPU threads of the process; by default half of the cores, at most MOST_THREADS.
            after: what an earlier learner of the picture handed over, to go on from.
            command: the program and its arguments.
            process: `started` before with as many threads, and without a job so far.

        Raises:
            SinkError: there is no room for the folder, or the program cannot be started.
        """
        assert style.painting is not None
        self.style, self.seconds, self.steps = style, 0.0, 0
        self.newest: Style | None = None
        self.failure: str | None = None
        self.running = True
        self._finished = False
        painting = style.painting
        threads = threads or live_threads()
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="nstcam.learning."))
            start = None if after is None else _copied(after.path.with_name("start.pt"), self._folder)
            self._process = process or started(command, threads)
        except OSError as error:
            raise SinkError(f"{style.name} cannot be learnt ({error.strerror or error})") from error
        job = {
            "picture": str(painting.path.resolve()), "name": style.name, "title": style.title,
            "shares": painting.shares, "matrix": painting.colours.matrix, "offset": painting.colours.offset,
            "folder": str(self._folder), "threads": threads, "seconds": seconds, "start": start,
        }  # fmt: skip
        assert self._process.stdin is not None
        with suppress(OSError):  # it ended at once; the thread says so
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()
        self._thread = threading.Thread(target=self._listen, name="learning", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Waits until it ends, at most so long; returns whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Ends the process; what was handed over stays."""
        self._finished = True
        with suppress(OSError):
            self._process.kill()
        self._thread.join(_CLOSING_SECONDS)
        self.running = False

    def close(self) -> None:
        """Ends the process and removes all that it wrote."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def forget_before(self, style: Style) -> None:
        """Removes what was handed over before that style, once nobody opens it any more."""
        number = int(style.path.parent.name)
        for folder in self._folder.iterdir():
            if folder.name.isdecimal() and int(folder.name) < number:
                shutil.rmtree(folder, ignore_errors=True)

    def _listen(self) -> None:
        """Takes the events, until there are no more."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                self._take(json.loads(line))
            except NstError as error:
                self.failure = str(error)
                break
            except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
                self.failure = f"the process that learns said {line[:40]!r} ({type(error).__name__})"
                break
        if not self._finished and self.failure is None:
            self.failure = _ended(self._process.wait())
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close() if pipe is not None else None
        self.running = False

    def _take(self, event: dict[str, object]) -> None:
        if "failed" in event:
            self.failure = str(event["failed"])[:_LONGEST]
        if event.get("finished"):
            self._finished = True
        if "steps" in event:
            self.steps, self.seconds = int(str(event["steps"])), float(str(event["seconds"]))
        if "net" in event:
            self.newest = self._read(self._folder / str(int(str(event["net"]))))

    def _read(self, folder: Path) -> Style:
        """The style in that folder, in place of the one that was given."""
        file = folder / f"{self.style.name}.onnx"
        eight = file.with_name(file.stem + INT8_SUFFIX)
        found = read_style(file)
        return replace(
            found, name=self.style.name, int8_path=eight if eight.is_file() else None,
            painting=self.style.painting, learnt=True,
        )  # fmt: skip


def live_threads() -> int:
    """CPU threads for learning beside a live picture."""
    return max(min(usable_cores() // 2, MOST_THREADS), 1)


def started(command: Sequence[str], threads: int) -> subprocess.Popen[bytes]:
    """The process, which waits for its job.

    Raises:
        OSError: the program cannot be started.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get("NSTCAM_DEBUG") else subprocess.DEVNULL,
        env={"GOMP_SPINCOUNT": SPINS, **os.environ, "OMP_NUM_THREADS": str(threads)},
        **_quietly(),
    )


def _copied(file: Path, folder: Path) -> str | None:
    """The path of a copy in the folder; None if the file is not there."""
    if not file.is_file():
        return None
    return str(shutil.copyfile(file, folder / file.name))


def _quietly() -> dict[str, Any]:
    """How the process is started: Ctrl-C in the terminal is not for it. On POSIX it makes itself nice, in the session
    of this one, since Linux weighs whole sessions against each other."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"process_group": 0}


def _ended(code: int) -> str:
    """Why a process that said nothing may have ended."""
    if code < 0:
        return f"its process was ended by signal {-code}; perhaps there is not enough memory"
    return f"its process ended with exit code {code}; NSTCAM_DEBUG=1 shows what it said"
