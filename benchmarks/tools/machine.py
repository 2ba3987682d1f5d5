"""Describes the machine a result was measured on, and writes results."""

from __future__ import annotations

import json
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """The processor, its load, and the versions of the libraries that matter."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": processor(),
        "cores": cores,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **{name: installed(name) for name in ("onnxruntime", "onnxruntime-gpu", "opencv-python", "numpy")},
    }


def processor() -> str:
    """The name of the processor, as far as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def installed(name: str) -> str | None:
    """The version of a package; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def title(facts: dict[str, Any]) -> str:
    """The line above a table: date, processor and versions."""
    runtime = facts["onnxruntime-gpu"] or facts["onnxruntime"]
    return (
        f"{facts['date']}, {facts['processor']}, {facts['cores']} cores, load {facts['load']}, "
        f"Python {facts['python']}, onnxruntime {runtime}"
    )


def tell(result: dict[str, Any], path: Path | None) -> None:
    """Prints a result as JSON, and writes it to the file if there is one."""
    text = json.dumps(result, indent=1)
    print(text)
    if path:
        path.write_text(text + "\n")


def write_json(path: Path, result: dict[str, Any]) -> None:
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nwritten to {path}")
