"""NSTCAM_CUDA_OPTIONS: options of ONNX Runtime's CUDA provider that users may change to measure their effect.

For example `NSTCAM_CUDA_OPTIONS="fuse_conv_bias=1 prefer_nhwc=0"`. Names and values are those of ONNX Runtime's
documentation of the CUDA execution provider, separated by blanks or commas.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from nstcam.realtime.errors import DeviceError

VARIABLE: Final = "NSTCAM_CUDA_OPTIONS"
_SWITCH: Final = ("0", "1")
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "prefer_nhwc": _SWITCH,
    "fuse_conv_bias": _SWITCH,
    "enable_cuda_graph": _SWITCH,
    "use_tf32": _SWITCH,
    "cudnn_conv_use_max_workspace": _SWITCH,
    "cudnn_conv_algo_search": ("HEURISTIC", "EXHAUSTIVE", "DEFAULT"),
    "arena_extend_strategy": ("kSameAsRequested", "kNextPowerOfTwo"),
}
"""The options allowed, each with its values: those meant to change speed or memory; rounding may differ a little."""


def chosen(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The options set in the environment; the defaults are in nstcam.realtime.engine.devices.CUDA.

    Raises:
        DeviceError: an option or value is unknown, given twice, or not of the form NAME=VALUE.
    """
    found: dict[str, str] = {}
    for word in environment.get(VARIABLE, "").replace(",", " ").split():
        name, equals, value = word.partition("=")
        if not equals:
            raise DeviceError(f"{VARIABLE}: {word} is not of the form NAME=VALUE, like fuse_conv_bias=1")
        if name not in KNOWN:
            raise DeviceError(f"{VARIABLE}: option {name} is unknown; choose from {', '.join(KNOWN)}")
        if value not in KNOWN[name]:
            raise DeviceError(f"{VARIABLE}: {name} is {value or 'empty'}; it takes {' or '.join(KNOWN[name])}")
        if name in found:
            raise DeviceError(f"{VARIABLE}: {name} is given twice")
        found[name] = value
    return found
