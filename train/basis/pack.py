"""The file of a basis of networks: what nstcam reads to make the network of any picture.

The network of a picture is mean + sum over k of share_k * change_k, of LiteNet's weights with its norms folded into the
convolutions; a small head tells the shares from features of the picture. So the file is a hypernetwork (Shen, Yan and
Zeng 2018, "Neural Style Transfer via Meta Networks"), whose last layer is the changes. It is an .npz, compressed. For
each layer, named as in exported graphs (stem, canvas, inner1, change1, ..., up1, up2), with K changes and kernels
(O, I, rows, columns):

    LAYER.weight            float16 (O, I, rows, columns)
    LAYER.bias              float32 (O,)
    LAYER.changes           int8 (K, O, I, rows, columns), in -15..15: change k of the weight is changes[k] * steps[k]
    LAYER.steps             float32 (K,)
    LAYER.bias_changes      float32 (K, O)

and, for features f (F,) of a picture, z = clip(((f - mean) / deviation) @ projection, -4, 4) and shares of the changes
linear z + bias:

    features.mean           float32 (F,)
    features.deviation      float32 (F,)
    features.projection     float16 (F, Z)
    head.linear             float32 (K, Z)
    head.bias               float32 (K,)

and `names`, the paintings that it was made of. The canvas has only the channels that are seen, multiplied by
their strength.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nstcam.train.basis.head import Head, Whitening
from nstcam.train.files import write_whole

LARGEST_LEVEL: Final = 15
"""Of the integers that changes are rounded to: 4 bits and a sign. They are 14 % off a change, but 2 % off the
weights of a painting, whose changes are small. 32 changes take 1.9 MB of a file of 2.2."""


@dataclass(frozen=True)
class Basis:
    """All that the file holds, in float32."""

    mean: Mapping[str, Tensor]
    """By the names of a LiteNet's parameters. Its norms are folded into the convolutions, but for their biases, which
    are those of the layers."""
    changes: Mapping[str, Tensor]
    """By the same names, (K, ...) each."""
    whitening: Whitening
    head: Head
    canvas_strength: Tensor
    """(canvas channels,): that of the network; a factor for each channel."""
    names: tuple[str, ...]
    """The paintings that it was made of: one for each change, unless it is `in_directions`."""


def layers(mean: Mapping[str, Tensor]) -> dict[str, tuple[str, str | None]]:
    """The layers in order, each with the names of its weight and of its bias, None if it has none.

    Args:
        mean: the parameters, of which there may be any number of blocks.
    """
    found: dict[str, tuple[str, str | None]] = {"stem": ("stem.weight", "stem_norm.bias")}
    if "canvas_conv.weight" in mean:
        found["canvas"] = ("canvas_conv.weight", None)
    blocks = sum(name.endswith(".conv1.weight") for name in mean)
    for number in range(blocks):
        found[f"inner{number + 1}"] = (f"blocks.{number}.conv1.weight", f"blocks.{number}.norm1.bias")
        found[f"change{number + 1}"] = (f"blocks.{number}.conv2.weight", f"blocks.{number}.norm2.bias")
    return found | {"up1": ("up1.weight", "up1_norm.bias"), "up2": ("up2.weight", "up2.bias")}


def packed(basis: Basis) -> dict[str, NDArray[Any]]:
    """The arrays of the file, by name."""
    arrays: dict[str, NDArray[Any]] = {}
    for layer, (weight_name, bias_name) in layers(basis.mean).items():
        weight, changes = basis.mean[weight_name], basis.changes[weight_name]
        if layer == "canvas":
            weight, changes = (_seen(each, basis.canvas_strength) for each in (weight, changes))
        levels, steps = rounded(changes)
        outputs = len(weight)
        bias = torch.zeros(outputs) if bias_name is None else basis.mean[bias_name]
        bias_changes = torch.zeros(len(changes), outputs) if bias_name is None else basis.changes[bias_name]
        arrays |= {
            f"{layer}.weight": weight.half().numpy(),
            f"{layer}.bias": _float32(bias),
            f"{layer}.changes": levels.numpy(),
            f"{layer}.steps": _float32(steps),
            f"{layer}.bias_changes": _float32(bias_changes),
        }
    arrays |= {
        "features.mean": _float32(basis.whitening.mean),
        "features.deviation": _float32(basis.whitening.deviation),
        "features.projection": basis.whitening.projection.half().contiguous().numpy(),
        "head.linear": _float32(basis.head.linear),
        "head.bias": _float32(basis.head.bias),
    }
    return arrays | {"names": np.array(basis.names)}


def rounded(changes: Tensor) -> tuple[Tensor, Tensor]:
    """Changes (K, ...) as int8 levels of the same shape, and the step (K,) of each: at most half a step off."""
    steps = changes.flatten(1).abs().amax(1) / LARGEST_LEVEL
    divisors = torch.where(steps > 0, steps, 1).reshape(-1, *(1,) * (changes.dim() - 1))
    return (changes / divisors).round().clamp(-LARGEST_LEVEL, LARGEST_LEVEL).to(torch.int8), steps


def write_basis(path: Path, basis: Basis) -> None:
    """Writes the file completely or not at all; the same basis gives the same bytes.

    Raises:
        TrainError: it cannot be written; an earlier file of that name is unharmed.
    """
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {**packed(basis)}  # as np.savez wants them
    np.savez_compressed(buffer, **arrays)
    write_whole(path, buffer.getbuffer())


def _seen(weight: Tensor, strength: Tensor) -> Tensor:
    """The canvas's kernels (..., O, channels, rows, columns), for the channels that are seen and as they are seen."""
    return (weight * strength[:, None, None]).movedim(-3, 0)[strength > 0].movedim(0, -3).contiguous()


def _float32(values: Tensor) -> NDArray[np.float32]:
    return values.float().contiguous().numpy()
