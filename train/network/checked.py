"""Values that come from a file, which anybody may have written: type, range and size are checked before any use."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from nstcam.media.own_files import open_own
from nstcam.train.network.networks import NetworkConfig, build_network
from nstcam.train.progress import Step

_FARTHEST: Final = {"johnson": 7, "lite": 9}
"""The largest dilation by kind of network: beyond it, a frame of 32x32 is smaller than its own border."""
_MOST_BLOCKS: Final = 64
_WIDEST: Final = 256
_MOST_CANVAS: Final = 64
_MOST_VALUES: Final = 100_000
_DEEPEST: Final = 50
_LONGEST_TEXT: Final = 1000
_FLOATS: Final = torch.float16, torch.bfloat16, torch.float32, torch.float64


def load_tensors(path: Path) -> Any:
    """What torch.save wrote, if it is tensors and plain values: a file from a stranger cannot run code.

    It takes no more memory than the file has bytes: torch.save compresses nothing, and nothing compressed is read.

    Raises:
        Exception: any, if torch did not write the file.
    """
    with os.fdopen(open_own(Path(os.path.realpath(path))), "rb") as file:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
        stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        if not stored or sum(entry.file_size for entry in entries) > os.fstat(file.fileno()).st_size:
            raise ValueError("it would become larger")
        if archive.testzip() is not None:
            raise ValueError("a checksum is wrong")
        file.seek(0)
        return torch.load(file, map_location="cpu", weights_only=True)


def network_from(values: Any) -> NetworkConfig:
    """The NetworkConfig that a file keeps as plain values.

    Raises:
        TypeError: there is a field that this version does not know.
        ValueError: a value is missing or not possible.
    """
    if not isinstance(values, dict):
        raise ValueError("network is not a table of values")
    missing = {"kind", "width", "dilations"} - values.keys()
    if missing:
        raise ValueError(f"network has no {', '.join(sorted(missing))}")
    made = NetworkConfig(**values)
    dilations = made.dilations
    if made.kind not in tuple(_FARTHEST):
        raise ValueError("network kind is unknown")
    if not isinstance(dilations, list | tuple) or len(dilations) > _MOST_BLOCKS:
        raise ValueError(f"dilations are not at most {_MOST_BLOCKS} numbers")
    for name, value, low, high in (
        ("width", made.width, 2, _WIDEST),
        ("canvas_channels", made.canvas_channels, 0, _MOST_CANVAS),
        *(("dilation", dilation, 1, _FARTHEST[made.kind]) for dilation in dilations),
    ):
        whole(value, name, low, high)
    return NetworkConfig(made.kind, made.width, tuple(dilations), made.canvas_channels)


def whole(value: Any, name: str, low: int, high: int) -> int:
    """The value, if it is a whole number of that range; otherwise raises ValueError."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} is not a whole number from {low} to {high}")
    return value


def number(value: Any, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """The value, if it is a finite number of that range; otherwise raises ValueError."""
    if type(value) not in (int, float) or not low <= value <= high or not abs(value) < 1e300:
        raise ValueError(f"{name} is not a number{f' from {low:g} to {high:g}' if high < math.inf else ''}")
    return float(value)


def text(value: Any, name: str) -> str:
    """The value, if it is a text that can be written anywhere; otherwise raises ValueError."""
    if type(value) is not str or len(value) > _LONGEST_TEXT:
        raise ValueError(f"{name} is not a text of at most {_LONGEST_TEXT} letters")
    value.encode()  # raises UnicodeEncodeError for halves of letters
    return value


def check_weights(weights: Any, config: NetworkConfig) -> None:
    """Raises ValueError unless these are finite weights of that network."""
    with torch.device("meta"):  # shapes only, no memory
        expected = build_network(config).state_dict()
    if not isinstance(weights, dict) or weights.keys() != expected.keys():
        raise ValueError("weights are not those of its network")
    for name, like in expected.items():
        check_tensor(weights[name], name, tuple(like.shape), _FLOATS if like.is_floating_point() else (like.dtype,))


def check_tensor(
    value: Any, name: str, shape: tuple[int, ...] | None, dtypes: tuple[torch.dtype, ...] = _FLOATS
) -> None:
    """Raises ValueError unless it is a plain, finite tensor of that shape (None: with one axis)."""
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.device.type != "cpu":
        raise ValueError(f"{name} is not a tensor")
    if value.dtype not in dtypes or (value.ndim != 1 if shape is None else tuple(value.shape) != shape):
        raise ValueError(f"{name} has another shape or type")
    if value.numel() > value.untyped_storage().nbytes():  # one value shown as many
        raise ValueError(f"{name} is larger than what is stored")
    if not value.isfinite().all():
        raise ValueError(f"{name} is not finite")


def check_finite(values: Any, name: str) -> None:
    """Raises ValueError if a tensor in these dictionaries and lists has a value that is not finite."""
    if isinstance(values, dict):
        values = list(values.values())
    for value in values if isinstance(values, list | tuple) else [values]:
        if isinstance(value, dict | list | tuple):
            check_finite(value, name)
        elif isinstance(value, Tensor) and not value.isfinite().all():
            raise ValueError(f"{name} is not finite")


def check_plain(value: Any, name: str) -> None:
    """Raises ValueError unless it is a dictionary of plain values that JSON can hold, and not too many."""
    left = _MOST_VALUES

    def walk(inner: Any, depth: int) -> None:
        nonlocal left
        left -= 1
        if left < 0 or depth > _DEEPEST:
            raise ValueError(f"{name} holds too much")
        if isinstance(inner, dict):
            for key, each in inner.items():
                text(key, name)
                walk(each, depth + 1)
        elif isinstance(inner, list | tuple):
            for each in inner:
                walk(each, depth + 1)
        elif type(inner) is str:
            text(inner, name)
        elif type(inner) in (int, float):
            number(inner, name)
        elif inner is not None and type(inner) is not bool:
            raise ValueError(f"{name} holds a {type(inner).__name__}")

    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a table of values")
    walk(value, 0)


def check_state(state: Any, config: NetworkConfig, steps: int) -> None:
    """Raises ValueError unless this can be the `state` of a Checkpoint of so many steps.

    What the optimizer keeps is checked where there is an optimizer, see nstcam.train.fit.training_state; likewise the
    palette, see nstcam.train.fit.palette_memory.
    """
    # Runs of earlier versions have no palette.
    if not isinstance(state, dict) or {*state, "palette"} != {"weights", "optimizer", "history", "frozen", "palette"}:
        raise ValueError("its training state is not complete")
    check_weights(state["weights"], config)
    names = {field.name for field in fields(Step)}
    if not isinstance(state["history"], list) or len(state["history"]) != steps:
        raise ValueError("its history does not have one entry for each step")
    for entry in state["history"]:
        if not isinstance(entry, dict) or entry.keys() != names:
            raise ValueError("its history has an entry that is not a step")
        for name, value in entry.items():
            number(value, f"{name} in its history", *((0, 1) if name == "progress" else ()))
    if type(state["frozen"]) is not bool or not isinstance(state["optimizer"], dict):
        raise ValueError("its training state has values that are not possible")


def check_signature(signature: Mapping[str, Any]) -> None:
    """Raises ValueError unless these are Gram matrices as a Checkpoint keeps them."""
    if not isinstance(signature, dict):
        raise ValueError("signature is not a table of tensors")
    for name, triangle in signature.items():
        text(name, "signature")
        check_tensor(triangle, f"signature {name}", None)
