"""What this machine could do at best, measured: multiply-accumulates and copied bytes a second."""

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
"""Matrix products, written by scripts/make_probes.py."""
_TYPES: Final = {
    "float32": (np.float32, np.float32, np.float32),
    "float16": (np.float16, np.float16, np.float16),
    "int8": (np.uint8, np.int8, np.int32),
}
SIDES: Final = {False: (512, 1024), True: (4096, 8192)}
"""Sizes of the matrices, by whether a GPU multiplies them: large enough to fill all its units."""
COPIED: Final = 64 << 20
"""Bytes a thread, more than caches hold."""


def matrix_rate(device: Device, precision: str, threads: int = 0, seconds: float = 1.0) -> float | None:
    """Multiply-accumulates a second in matrix products, the best of several; None where it cannot be measured.

    Args:
        precision: float32, float16 or int8, as styles have it.
        threads: CPU threads; 0: all cores.
        seconds: how long to try, for each of two sizes.
    """
    if device is devices.CPU and precision == "float16":
        precision = "float32"  # CPUs compute in it whatever the style's weights are
    if precision not in _TYPES or (device is not devices.CPU and not device.cuda_tensors):
        return None
    try:
        # Spinning threads are faster; the limit is what the hardware does, not what is kind to other programs.
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
    """Bytes a second, read and written counted once each, in copies between large arrays in host memory."""
    count = max(threads, 1)
    pairs = [(np.ones(COPIED, np.uint8), np.ones(COPIED, np.uint8)) for _ in range(count)]

    def copy(pair: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
        np.copyto(*pair)

    with ThreadPoolExecutor(count) as pool:
        return 2 * count * COPIED / _best_seconds(lambda: list(pool.map(copy, pairs)), seconds)


def _best_seconds(work: Callable[[], Any], seconds: float) -> float:
    """The shortest time that `work` took in `seconds` of trying: other programs can only make it longer."""
    work()
    best, end = float("inf"), time.perf_counter() + seconds
    while best == float("inf") or time.perf_counter() < end:
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best
