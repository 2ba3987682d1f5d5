"""Lists the steps in their order, with what each needs, and runs one of them with a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from benchmarks.gpu.record import read_values
from benchmarks.gpu.setting import Setting

Need = Literal["onnxruntime", "pytorch"]
Status = Literal["ok", "wrong", "failed", "out of time", "not run"]
"""A step that is wrong has run to its end, but its result is not what it must be."""
WRONG_CODE: Final = 3
"""The exit code of the process of a step whose result is wrong."""


@dataclass(frozen=True)
class Step:
    name: str
    seconds: float
    """The time limit, after which its process is ended."""
    module: str
    """The module of this package whose `measure` does the work."""
    needs: frozenset[Need] = frozenset()
    """The libraries that must be able to use the GPU."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of `measure`."""
    lines: int = 16
    """How many lines at the end of its output are shown."""


_RUNTIME: Final = frozenset[Need]({"onnxruntime"})
_PYTORCH: Final = frozenset[Need]({"pytorch"})
_BOTH: Final = _RUNTIME | _PYTORCH
_REHEARSAL: Final = 4.0
"""How many times longer a rehearsal may take, because it runs on machines that are slow or busy."""


def _kernels(style: str, size_wh: tuple[int, int]) -> Step:
    return Step(f"kernels-{style}", 30, "kernels", _BOTH, {"style": style, "size_wh": size_wh}, lines=20)


def _training(name: str, preset: str, content: str) -> Step:
    extra = {"preset": preset, "content": content, "seconds": 25.0}
    return Step(f"training-{name}", 45, "training", _PYTORCH, extra, lines=40)


STEPS: Final = (
    Step("versions", 30, "versions"),
    Step("smoke", 60, "smoke", _RUNTIME),
    Step("styles", 90, "styles"),
    Step("placement", 60, "placement", _RUNTIME, lines=90),
    Step("sweep", 90, "sweep", _RUNTIME, {"seconds": 70.0}, lines=48),
    Step("speed", 120, "speed", _RUNTIME),
    _kernels("lite", (3840, 2160)),
    _kernels("johnson", (1920, 1080)),
    _training("photos", "lite", "photos"),
    _training("built-in", "lite", "built-in"),
    _training("johnson", "johnson", "photos"),
)
BY_NAME: Final = {step.name: step for step in STEPS}


@dataclass(frozen=True)
class Outcome:
    status: Status
    seconds: float = 0.0
    reason: str = ""
    """Why it was not run or did not succeed, in one line."""
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        told = {"status": self.status, "seconds": round(self.seconds, 1)}
        return told | ({"reason": self.reason} if self.reason else {}) | dict(self.values)


def run_step(step: Step, setting: Setting, command: Callable[[Step, Setting], list[str]] | None = None) -> Outcome:
    """Runs the step in a process of its own, in a new session, with its output in NAME.log in the folder.

    Args:
        command: makes the command line of that process; default: `child_command`.
    """
    kept, log = setting.folder / f"{step.name}.json", setting.folder / f"{step.name}.log"
    kept.unlink(missing_ok=True)
    limit = step.seconds * (_REHEARSAL if setting.rehearse else 1)
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            (command or child_command)(step, setting), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code: int | None = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            if process.poll() is None:
                _end(process)
    seconds, values = time.monotonic() - began, read_values(kept)
    if code is None:
        return Outcome("out of time", seconds, f"ended after {limit:g} s", values)
    if code == 0:
        return Outcome("ok", seconds, "", values)
    if code == WRONG_CODE:
        return Outcome("wrong", seconds, "", values)
    return Outcome("failed", seconds, last_line(log) or f"exit code {code}", values)


def child_command(step: Step, setting: Setting) -> list[str]:
    return [sys.executable, "-m", "benchmarks.gpu.child", step.name, *setting.arguments()]


def shown(step: Step, folder: Path) -> str:
    """The last lines of a step's output."""
    lines = (folder / f"{step.name}.log").read_text(errors="replace").splitlines()
    return "\n".join(line[:220] for line in lines[-step.lines :])


def last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and those that it started: the workers of a training would otherwise keep running."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:  # Windows
        process.kill()
    process.wait()
