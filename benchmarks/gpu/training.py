"""Measures the steps per second of nst-train after warming up, and how their time is divided among operators."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final, Literal

from benchmarks.gpu.kernels import by_time, rows_of
from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting

STEPS: Final = 120
SEEN: Final = 10
"""How many steps at the end are profiled. The profiler slows them down, so they do not count for the speed."""
_SHOWN: Final = 14


def measure(
    setting: Setting, record: Record, *, preset: str, content: Literal["photos", "built-in"], seconds: float
) -> bool:
    """Trains a network and times the steps.

    Args:
        content: "photos" trains on those of the setting, or on the built-in pictures if it has none.
        seconds: the training stops after this time, counted from the start of the measurement.

    Returns:
        Whether there were enough steps to tell the speed.
    """
    import torch
    from torch.profiler import ProfilerActivity, profile

    from nstcam.train.content.paintings import read_painting
    from nstcam.train.content.sources import BuiltInSource, FileSource
    from nstcam.train.fit.config import TrainConfig, usual_crops, warm
    from nstcam.train.fit.loop import Materials, Outputs, fit
    from nstcam.train.fit.warm_start import find_warm_start
    from nstcam.train.loss.vgg import load_vgg
    from nstcam.train.network.checkpoint import StyleIdentity, load_checkpoint
    from nstcam.train.network.networks import PRESETS
    from nstcam.train.progress import Step, Stop

    logging.basicConfig(format="%(message)s")
    began = time.monotonic()
    device = torch.device("cpu" if setting.device == "cpu" else "cuda")
    photos = setting.photos if content == "photos" else None
    source = FileSource([photos]) if photos is not None else BuiltInSource()
    start = load_checkpoint(find_warm_start("wave")) if preset == "lite" else None
    batch, crop = (1, 64) if setting.rehearse else usual_crops(warm=start is not None, on_gpu=device.type == "cuda")
    count = 8 if setting.rehearse else STEPS
    config = TrainConfig(network=PRESETS[preset], steps=count, batch=batch, crop=crop, flicker_from=0.0)
    config = replace(warm(config), flicker_from=0.0) if start is not None else config
    if setting.rehearse:
        config = replace(config, style_size=64)
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device.type == "cuda" else [])
    profiler, stop, steps, seen_from = profile(activities=activities), Stop(), [], max(count - SEEN, count // 2)
    profiling = False

    def report(step: Step) -> None:
        nonlocal profiling
        steps.append(step)
        if step.step == seen_from:
            profiler.start()
            profiling = True
        stop.asked = time.monotonic() - began > seconds and not setting.rehearse

    with tempfile.TemporaryDirectory() as folder:
        prepared = time.monotonic()
        materials = Materials(
            painting=read_painting(setting.painting),
            source=source,
            loss_network=load_vgg(),
            identity=StyleIdentity("probe"),
        )
        outputs = Outputs(folder=Path(folder), stop=stop, report=report, preview_every=10**9)
        fit(config, materials, outputs, device, start=start)
    if profiling:
        profiler.stop()
    counted = [step.seconds for step in steps if step.step <= seen_from]
    speed = rate(counted)
    kind = "photographs" if photos is not None else "built-in pictures"
    record.keep(preset=preset, batch=batch, crop=crop, content=kind, steps=len(steps), steps_a_second=speed)
    if profiling:
        for on_gpu in [True, False] if device.type == "cuda" else [False]:
            rows = by_time(rows_of(profiler, on_gpu=on_gpu), max(len(steps) - seen_from, 1))
            record.keep(**{"device" if on_gpu else "host": [asdict(row) for row in rows[:40]]})
            record.say(f"{'device' if on_gpu else 'host'}: {sum(row.ms for row in rows):.2f} ms a step")
            for row in rows[:_SHOWN]:
                record.say(f"{row.share:6.1%} {row.ms:9.3f} ms {row.calls:7.1f} x  {row.name[:120]}")
    record.say(
        f"{preset}, batch {batch} of {crop} px, {kind}: ready after {prepared - began:.1f} s, {len(steps)} steps, "
        f"{speed:.1f} a second"
    )
    return speed > 0


def rate(seconds: Sequence[float], warm: int = 20) -> float:
    """Steps per second; 0 if there are too few steps to tell.

    Args:
        seconds: the times at which steps ended.
        warm: how many steps at the beginning do not count; never more than half of them.
    """
    counted = seconds[min(warm, len(seconds) // 2) :]
    span = counted[-1] - counted[0] if len(counted) > 1 else 0.0
    return (len(counted) - 1) / span if span > 0 else 0.0
