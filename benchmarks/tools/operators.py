"""Measures how much of a frame each operator takes, with ONNX Runtime's profiler."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nstcam.realtime.engine.devices import CPU
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import open_session


class Operator(NamedTuple):
    """One kind of operator.

    Attributes:
        share: its part of the time in all operators, 0..1.
        ms: milliseconds per frame.
        nodes: how many of the kind the graph has.
    """

    name: str
    share: float
    ms: float
    nodes: int


def operators(style: Path, size_wh: tuple[int, int], threads: int, frames: int = 20) -> list[Operator]:
    """The kinds of operators in a style on the CPU, the slowest first."""
    width, height = size_wh
    with tempfile.TemporaryDirectory() as folder:
        session = open_session(style, CPU, threads=threads, profile=Path(folder) / "profile")
        lane = HostLane(session)
        frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        for _ in range(frames):
            lane.stylize(frame)
        events = json.loads(Path(session.end_profiling()).read_text())
    times: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            times[event["args"]["op_name"]] += event["dur"]
            counts[event["args"]["op_name"]] += 1
    whole = sum(times.values())
    return [
        Operator(name, spent / whole, spent / 1000 / frames, counts[name] // frames)
        for name, spent in times.most_common()
    ]
