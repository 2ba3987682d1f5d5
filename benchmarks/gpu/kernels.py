"""Measures how the time of a frame on the device is divided among kernels.

PyTorch's profiler records them; it also sees the kernels that ONNX Runtime launches in the same process.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from nstcam.realtime.engine import availability, devices
from nstcam.realtime.engine.sessions import open_session

FRAMES: Final = 5
_SHOWN: Final = 18


@dataclass(frozen=True)
class Kernel:
    name: str
    calls: float
    """Launches per frame."""
    ms: float
    """Milliseconds per frame."""
    share: float
    """Its share of the time of all kernels, 0..1."""


def measure(setting: Setting, record: Record, *, style: str, size_wh: tuple[int, int]) -> bool:
    """Returns: whether the profiler saw any kernel."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    on_gpu = setting.device != "cpu"
    if on_gpu:
        torch.cuda.init()  # type: ignore[no-untyped-call] # before ONNX Runtime, as the profiler needs
    availability.missing(devices.DEVICES[setting.device])  # loads CUDA and cuDNN
    path, (width, height) = setting.styles / f"{style}.onnx", setting.size(size_wh)
    if not path.exists():
        record.say(f"{path} does not exist: run step styles first")
        return False
    session = open_session(path, devices.DEVICES[setting.device], size_hw=(height, width))
    binding = session.io_binding()
    binding.bind_cpu_input("frame", np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8))
    if len(session.get_inputs()) > 1:
        binding.bind_cpu_input("canvas_offset", np.zeros(2, np.int64))
    binding.bind_output("stylized", "cuda" if on_gpu else "cpu")
    for _ in range(3):
        session.run_with_iobinding(binding)
    activity = ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU
    with profile(activities=[activity]) as seen:
        for _ in range(FRAMES):
            if on_gpu:
                session.run_with_iobinding(binding)
            else:  # the profiler does not see ONNX Runtime's work on a CPU, so give it something to see
                torch.ones(8, 8) @ torch.ones(8, 8)
        if on_gpu:
            torch.cuda.synchronize()
    kernels = by_time(rows_of(seen, on_gpu=on_gpu), FRAMES)
    record.keep(size_wh=(width, height), kernels=[asdict(kernel) for kernel in kernels])
    record.say(f"{style} {width}x{height}: {sum(kernel.ms for kernel in kernels):.3f} ms a frame in kernels")
    for kernel in kernels[:_SHOWN]:
        record.say(f"{kernel.share:6.1%} {kernel.ms:9.4f} ms {kernel.calls:6.1f} x  {kernel.name[:150]}")
    return bool(kernels)


def rows_of(seen: Any, *, on_gpu: bool) -> list[tuple[str, int, float]]:
    """Name, number of calls and microseconds of each row of a PyTorch profile."""
    column = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    return [(row.key, row.count, float(getattr(row, column))) for row in seen.key_averages()]


def by_time(rows: Iterable[tuple[str, int, float]], frames: int) -> list[Kernel]:
    """The kernels per frame, the slowest first, without those that took no time.

    Args:
        rows: name, number of calls and microseconds, over all frames.
        frames: how many frames were profiled.
    """
    timed = sorted((row for row in rows if row[2] > 0), key=lambda row: -row[2])
    whole = sum(row[2] for row in timed)
    return [Kernel(name, calls / frames, time / 1000 / frames, time / whole) for name, calls, time in timed]
