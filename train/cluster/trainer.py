"""A worker that trains one style after the other, wherever it runs. It knows nothing of Ray, and imports no PyTorch.

nst-train runs as a process of its own, which a signal stops as Ctrl-C does.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any, Final

RUN_FILES: Final = ("checkpoint.pt", "painting.png", "run.json", "losses.csv", "loss.png", "preview.png")
"""The files of a run folder that travel."""
_LAST: Final = 2000
"""Bytes of what nst-train prints in which its error is looked for."""
_COMMAND: Final = "nst-train: "

Answer = dict[str, Any]
"""Plain values. With `error`, the work failed: a text for the user, and `again`, whether another worker may succeed."""


def version() -> str:
    """That of nstcam, which decides what a checkpoint holds."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("nstcam")
    return ""


class Trainer:
    """Runs nst-train; `so_far` and `stop` may be called meanwhile, in other threads.

    Files are kept in a folder of its own, which `close` removes.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nstcam-trainer-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._sent = 0.0

    @property
    def _run(self) -> Path:
        return self._folder / "run"

    def begin(self) -> Answer:
        """Returns `version` and `host`."""
        return {"version": version(), "host": socket.gethostname()}

    def train(self, work: dict[str, Any]) -> Answer:
        """Trains a style to the end, or until it is stopped.

        Args:
            work: `arguments`, of nst-train but for the files; `painting` and `start`, each a file's name and bytes or
                None; `run`, the files of the run to continue.

        Returns:
            `files`, those of the run folder, and `finished`.
        """
        try:
            command = self._prepared(work)
            with (self._folder / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
                if self._stopped:  # meanwhile
                    self.stop()
                code = self._process.wait()
            if code not in (0, 130):
                return {"error": self._said(), "again": code < 0}  # a signal, as of a machine without memory
            return {"files": self._files(RUN_FILES), "finished": code == 0}
        except OSError as error:
            return {"error": f"{error.strerror or error} at {error.filename or self._folder}", "again": True}

    def command(self, arguments: list[str]) -> list[str]:
        return [sys.executable, "-m", "nstcam.train.cli.nst_train", *arguments]

    def _prepared(self, work: Mapping[str, Any]) -> list[str]:
        shutil.rmtree(self._run, ignore_errors=True)
        self._run.mkdir()
        self._sent = 0.0
        if work["run"]:
            for name, data in work["run"].items():
                if name in RUN_FILES:
                    (self._run / name).write_bytes(data)
            return self.command(["--resume", "--run", "run", *work["arguments"]])
        arguments = ["--run", "run", *work["arguments"]]
        for option, given in (("--style", work["painting"]), ("--init", work["start"])):
            if given is not None:
                path = self._folder / (option[2:] + Path(given[0]).suffix)
                path.write_bytes(given[1])
                arguments += [option, path.name]
        return self.command(arguments)

    def _files(self, names: tuple[str, ...]) -> dict[str, bytes]:
        return {name: (self._run / name).read_bytes() for name in names if (self._run / name).is_file()}

    def _said(self) -> str:
        """What nst-train printed last, which is its error."""
        text = (self._folder / "log").read_bytes()[-_LAST:].decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        told = [line.removeprefix(_COMMAND) for line in lines if line.startswith(_COMMAND)]
        return told[-1] if told else lines[-1] if lines else "nst-train ended without an error message"

    def so_far(self) -> Answer:
        """`files`, those of the run folder if there is a new checkpoint since the last call; else none."""
        try:
            changed = (self._run / RUN_FILES[0]).stat().st_mtime
            if changed == self._sent:
                return {"files": {}}
            self._sent = changed
            return {"files": self._files(RUN_FILES)}
        except OSError:  # there is none yet
            return {"files": {}}

    def stop(self) -> None:
        """Ends the training in progress, which saves what it has."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
