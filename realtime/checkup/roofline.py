"""Measures the most this machine can do: multiply-accumulates per second and bytes copied per second."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from nstcam.realtime.engine import devices
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.engine.sessions import SessionRefused, open_session

PROBES: Final = Path(__file__).parent / "probes"
"""Folder of ONNX models that multiply two matrices, written by scripts/make_probes.py."""
_TYPES: Final = {
    "float32": (np.float32, np.float32, np.float32),
    "float16": (np.float16, np.float16, np.float16),
    "int8": (np.uint8, np.int8, np.int32),
}
SIDES: Final = {False: (512, 1024), True: (4096, 8192)}
"""Sides of the square matrices, for the CPU (False) and for GPUs (True): large enough to keep all units busy."""
COPIED: Final = 64 << 20
"""Bytes each thread copies, more than caches hold."""


def matrix_rate(device: Device, precision: str, threads: int = 0, seconds: float = 1.0) -> float | None:
    """The highest rate of matrix products in multiply-accumulates per second; None where it cannot be measured.

    Args:
        precision: precision of the style: float32, float16 or int8.
        threads: CPU threads; 0 for all cores.
        seconds: how long to measure at each of two sizes.
    """
    if device is devices.CPU and precision == "float16":
        precision = "float32"  # the CPU computes float16 styles in float32
    if precision not in _TYPES or (device is not devices.CPU and not device.cuda_tensors):
        return None
    try:
        # Spinning threads are faster. Unlike in live use, it does not matter here that they take time from others.
        session = open_session(PROBES / f"{precision}.onnx", device, threads=threads, spin="always")
        return max(_product_rate(session, device, precision, side, seconds) for side in SIDES[device.cuda_tensors])
    except (SessionRefused, RuntimeError):  # e.g. no kernel for that precision on the device
        return None


def _product_rate(session: Any, device: Device, precision: str, side: int, seconds: float) -> float:
    rng = np.random.default_rng(0)
    left, right, product = (
        rng.integers(0, 8, (side, side)).astype(kind) if given else np.zeros((side, side), kind)
        for kind, given in zip(_TYPES[precision], (True, True, False), strict=True)
    )
    place = "cuda" if device.cuda_tensors else "cpu"
    binding = session.io_binding()
    for name, array in (("left", left), ("right", right)):
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(array, place, 0))
    binding.bind_ortvalue_output("product", onnxruntime.OrtValue.ortvalue_from_numpy(product, place, 0))
    return side**3 / _best_seconds(lambda: session.run_with_iobinding(binding), seconds)


def copy_rate(threads: int = 1, seconds: float = 0.5) -> float:
    """Bytes per second, reads plus writes, when each thread copies one large array in host memory to another."""
    count = max(threads, 1)
    pairs = [(np.ones(COPIED, np.uint8), np.ones(COPIED, np.uint8)) for _ in range(count)]

    def copy(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
        np.copyto(*pair)

    with ThreadPoolExecutor(count) as pool:
        return 2 * count * COPIED / _best_seconds(lambda: list(pool.map(copy, pairs)), seconds)


def _best_seconds(work: Callable[[], Any], seconds: float) -> float:
    """The shortest time `work` took in `seconds` of repetition: other programs can only make it longer."""
    work()
    best, end = float("inf"), time.perf_counter() + seconds
    while best == float("inf") or time.perf_counter() < end:
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best
