"""Other people's trained networks: state dicts of the pytorch/examples family, as checkpoints of ours.

pytorch/examples' fast_neural_style and the programs that follow it train the network of preset johnson, without a
canvas and under other names. Their colours have other ranges, which go into the first and the last convolution: what a
shift of a channel adds to the first one, behind reflection padding, the instance norm after it takes away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from nstcam.export.errors import ExportError
from nstcam.train.network.checked import load_tensors, network_from
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity
from nstcam.train.network.networks import build_network

_MOST_BYTES: Final = 500_000_000
_STATE: Final = ("state_dict", "model", "model_state_dict", "net", "transformer")
"""Keys under which files keep the state dict beside other values."""
_LAST: Final = {"deconv": "255", "up": "imagenet"}
"""What the layers of the second half are called: in pytorch/examples deconv1 to deconv3, in gordicaleksa's program up1
to up3; and the values that each was trained with."""
_NEEDED: Final = (
    "needed: a state dict of pytorch/examples' fast_neural_style (conv1.conv2d.weight, in1.weight, "
    "res1.conv1.conv2d.weight, deconv1.conv2d.weight, ...) or of a program with the same network"
)


@dataclass(frozen=True)
class Values:
    """What a network takes and gives for a channel of 0..1: value = level * scale + shift, (3,) each, RGB."""

    scale: tuple[float, float, float]
    shift: tuple[float, float, float]


VALUES: Final = {
    "255": Values((255.0, 255.0, 255.0), (0.0, 0.0, 0.0)),
    "1": Values((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    "imagenet": Values((1 / 0.229, 1 / 0.224, 1 / 0.225), (-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225)),
}
"""By the name that --values takes: 0..255, 0..1, and 0..1 normalised by ImageNet's mean and deviation."""


def import_state_dict(path: Path, identity: StyleIdentity, values: str = "auto", *, bgr: bool = False) -> Checkpoint:
    """A checkpoint of ours with the weights of a foreign file. Only tensors and plain values are loaded from it.

    Args:
        values: a key of VALUES; auto: those that the names of the layers tell.
        bgr: whether the network takes and gives blue first.

    Raises:
        ExportError: the file is missing, damaged or too large, or holds another network; the text says what it has and
            what is needed.
    """
    state = _state_dict(path)
    last = next((name for name in _LAST if f"{name}1.conv2d.weight" in state), None)
    width = state.get("conv1.conv2d.weight")
    if last is None or width is None or width.dim() != 4:
        few = ", ".join(sorted(state)[:3]) or "no tensors"
        raise ExportError(f"{path} holds another network ({few}, ...); {_NEEDED}")
    blocks = next(number for number in range(len(state) + 1) if f"res{number + 1}.conv1.conv2d.weight" not in state)
    try:
        config = network_from(
            {"kind": "johnson", "width": width.shape[0], "dilations": (1,) * blocks, "canvas_channels": 0}
        )
    except (TypeError, ValueError) as error:
        raise ExportError(f"{path} holds another network ({error}); {_NEEDED}") from error
    names = _names(last, blocks)
    weights = {}
    wanted = build_network(config).state_dict()
    for ours, theirs in names.items():
        tensor = state.get(theirs)
        if tensor is None or tensor.shape != wanted[ours].shape:
            has = "none" if tensor is None else "x".join(map(str, tensor.shape))
            raise ExportError(f"{path}: {theirs} is {has}, not {'x'.join(map(str, wanted[ours].shape))}; {_NEEDED}")
        weights[ours] = tensor.float().clone()
    if not all(bool(tensor.isfinite().all()) for tensor in weights.values()):
        raise ExportError(f"{path} holds numbers that are not finite; its training has failed, get another file")
    _fold_values(weights, VALUES[_LAST[last] if values == "auto" else values], bgr=bgr)
    origin = {"imported": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return Checkpoint(config, weights, identity, 0, {}, provenance=origin)


def _state_dict(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a file by name."""
    if not path.is_file():
        raise ExportError(f"{path} not found; check the path")
    if path.stat().st_size > _MOST_BYTES:
        raise ExportError(
            f"{path} has {path.stat().st_size:,} bytes; a network of this kind has less than a tenth of that; "
            "give another file"
        )
    try:
        content = load_tensors(path)
    except Exception:  # not of torch's newer format, or of no format at all
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise ExportError(
                f"{path} is not a file of PyTorch with tensors alone, or is damaged ({type(error).__name__}); "
                "save the state dict: torch.save(model.state_dict(), FILE)"
            ) from error
    found: Any = content
    if isinstance(found, Mapping):
        found = next((found[key] for key in _STATE if isinstance(found.get(key), Mapping)), found)
    if not isinstance(found, Mapping):
        raise ExportError(f"{path} holds no state dict; {_NEEDED}")
    tensors = {str(name).removeprefix("module."): value for name, value in found.items() if isinstance(value, Tensor)}
    return {name: value for name, value in tensors.items() if value.is_floating_point()}


def _names(last: str, blocks: int) -> dict[str, str]:
    """Our names of all parameters, and theirs."""
    layers = {f"down.{3 * i}.1": f"conv{i + 1}.conv2d" for i in range(3)}
    layers |= {f"down.{3 * i + 1}": f"in{i + 1}" for i in range(3)}
    for block in range(blocks):
        for ours, theirs in (("0.1", "conv1.conv2d"), ("1", "in1"), ("3.1", "conv2.conv2d"), ("4", "in2")):
            layers[f"blocks.{block}.body.{ours}"] = f"res{block + 1}.{theirs}"
    layers |= {"up.1.1": f"{last}1.conv2d", "up.2": "in4", "up.5.1": f"{last}2.conv2d", "up.6": "in5"}
    layers |= {"to_rgb.1": f"{last}3.conv2d"}
    return {f"{o}.{kind}": f"{t}.{kind}" for o, t in layers.items() for kind in ("weight", "bias")}


def _fold_values(weights: dict[str, Tensor], values: Values, *, bgr: bool) -> None:
    """Makes the network take and give RGB of 0..1."""
    first, last, bias = "down.0.1.weight", "to_rgb.1.weight", "to_rgb.1.bias"
    if bgr:
        weights[first], weights[last], weights[bias] = (
            weights[first].flip(1),
            weights[last].flip(0),
            weights[bias].flip(0),
        )
    scale, shift = torch.tensor(values.scale), torch.tensor(values.shift)
    weights[first] = weights[first] * scale.view(1, 3, 1, 1)
    weights[last] = weights[last] / scale.view(3, 1, 1, 1)
    weights[bias] = (weights[bias] - shift) / scale
