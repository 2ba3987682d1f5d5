"""Compares options of ONNX Runtime's CUDA provider. Frames stay in device memory, so only the device is timed."""

from __future__ import annotations

import time
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import onnxruntime

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from nstcam.realtime.engine import availability, devices
from nstcam.realtime.engine.sessions import first_line

Options = dict[str, str]

CASES: Final = (
    ("lite", (1280, 720)),
    ("johnson", (1280, 720)),
    ("lite", (3840, 2160)),
    ("johnson", (1920, 1080)),
    ("lite-float32", (1280, 720)),
    ("johnson-float32", (1280, 720)),
    ("johnson", (3840, 2160)),
)
"""Style and (width, height), the most important first."""
NAMES: Final = "prefer_nhwc", "fuse_conv_bias", "enable_cuda_graph"
PLAIN: Final = "101", "100", "001"
"""Values of NAMES, one digit each."""
FUSED: Final = "111", "011"
"""Values of NAMES that compile kernels when a session opens. This takes long, so they come last, for two cases only."""
_WARM, _MOST, _LEAST, _MS = 5, 100, 10, 1000.0


def cases() -> list[tuple[str, tuple[int, int], Options]]:
    """Style, (width, height) and provider options of each case, in the order to measure them."""
    every = [*product(CASES, PLAIN), *product(CASES[:2], FUSED)]
    return [(style, size_wh, dict(zip(NAMES, way, strict=True))) for (style, size_wh), way in every]


def measure(setting: Setting, record: Record, *, seconds: float) -> bool:
    """Args: seconds: after this time no further case is started. Returns: whether any case could be measured."""
    availability.missing(devices.DEVICES[setting.device])  # loads CUDA and cuDNN
    began, rows = time.monotonic(), []
    for style, size_wh, way in cases()[: 2 if setting.rehearse else None]:
        path = setting.styles / f"{style}.onnx"
        if time.monotonic() - began > seconds or not path.exists():
            continue
        row: dict[str, Any] = {"style": style, "size_wh": setting.size(size_wh), **way}
        try:
            row |= of_case(path, setting.size(size_wh), way, setting.device)
        except Exception as error:  # ONNX Runtime's errors have no common type; the next case may work
            row["error"] = first_line(error)
        rows.append(row)
        record.keep(cases=rows)
        record.say(line_of(row))
    if not rows:
        record.say(f"no styles in {setting.styles}: run step styles first")
    return any("ms" in row for row in rows)


def of_case(path: Path, size_wh: tuple[int, int], way: Options, device: str) -> dict[str, float]:
    """The median of the milliseconds per frame, and the seconds from opening to the end of the warm-up."""
    width, height = size_wh
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    for name, value in (("batch", 1), ("height", height), ("width", width)):
        options.add_free_dimension_override_by_name(name, value)
    start = time.monotonic()
    session = onnxruntime.InferenceSession(path, options, providers=providers(way, device), enable_fallback=False)
    place = "cpu" if device == "cpu" else "cuda"

    def tensor(*shape: int, kind: type[np.generic] = np.uint8) -> Any:
        return onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, kind, place, 0)

    binding, source, target = session.io_binding(), tensor(1, height, width, 3), tensor(1, height, width, 3)
    binding.bind_ortvalue_input("frame", source)
    if len(session.get_inputs()) > 1:
        binding.bind_ortvalue_input("canvas_offset", tensor(2, kind=np.int64))
    binding.bind_ortvalue_output("stylized", target)
    for _ in range(_WARM):
        session.run_with_iobinding(binding)
    opening = time.monotonic() - start
    times: list[float] = []
    while len(times) < _MOST and (len(times) < _LEAST or sum(times) < _MS):
        at = time.perf_counter()
        session.run_with_iobinding(binding)
        times.append(1000 * (time.perf_counter() - at))
    return {"ms": median(times), "opening_s": round(opening, 2)}


def providers(way: Options, device: str) -> list[tuple[str, Options]]:
    """The providers with nstcam's own options, except for those of NAMES."""
    if device == "cpu":
        return [(devices.CPU.provider, {})]
    own = devices.session_options(devices.CUDA, graph=False) | way
    return [(devices.CUDA.provider, own), (devices.CPU.provider, {})]


def line_of(row: dict[str, Any]) -> str:
    flags = f"nhwc {row['prefer_nhwc']} fused bias {row['fuse_conv_bias']} graph {row['enable_cuda_graph']}"
    what = row.get("error", "")[:110]
    if "ms" in row:
        what = f"{row['ms']:8.3f} ms  {1000 / row['ms']:7.1f} fps  opens in {row['opening_s']} s"
    width, height = row["size_wh"]
    return f"{row['style']:16} {width}x{height}  {flags}  {what}"
