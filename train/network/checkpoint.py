"""Checkpoints: everything that rebuilds a network and continues its training, and who painted the style."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.network.canvas import CELL
from nstcam.train.network.networks import LiteNet, NetworkConfig, TransformerNet, build_network
from nstcam.train.network.subpixel import first_between_cells, second_between_cells

FORMAT: Final = "nstcam-checkpoint-1"
WARM_STARTS: Final = Path(__file__).parents[1] / "warm"
"""Compact checkpoints of the bundled styles, to start new styles from."""


Signature = dict[str, Tensor]
"""Gram matrices of a painting by layer, one triangle of each, (C * (C + 1) / 2,); see nstcam.train.fit.warm_start."""


@dataclass(frozen=True)
class StyleIdentity:
    """Who and what a style is; travels from training into the exported file."""

    name: str
    """What users type, and the stem of the style's file: letters of any script with their marks, digits, dots, dashes,
    underscores."""
    title: str = ""
    artist: str = ""
    year: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        plain = "".join("a" if is_mark(character) else character for character in self.name)
        if not re.fullmatch(r"\w[\w.-]*", plain):  # a name from a stranger's checkpoint must not leave the folder
            raise TrainError(f"style name {self.name!r} is not a name; use letters, digits, dots and dashes")


def is_mark(character: str) -> bool:
    """Part of the letter before it: vowels of Indic scripts and of Thai, accents that no letter of its own has."""
    return unicodedata.category(character).startswith("M")


@dataclass
class Checkpoint:
    network: NetworkConfig
    weights: dict[str, Tensor]
    """What to export and to start from: the moving average of the weights."""
    identity: StyleIdentity
    step: int
    training: dict[str, Any]
    """The TrainConfig as plain values: provenance, and what --resume goes on with."""
    state: dict[str, Any] | None = field(default=None, repr=False)
    """Raw weights, optimizer, loss history with seconds, whether norms are frozen; None in a compact checkpoint."""
    signature: Signature | None = field(default=None, repr=False)
    """Of the painting: tells how near another one is. None in checkpoints of before there was one."""
    origin: dict[str, Any] | None = None
    """What it was made with beside the TrainConfig; see nstcam.train.fit.origin. None in checkpoints of before that."""

    def save(self, path: Path) -> None:
        """Whole or not at all.

        Raises:
            TrainError: it cannot be written; an earlier one of that name is unharmed.
        """
        buffer = io.BytesIO()  # writing files itself, torch says nothing useful of a full disk
        torch.save({"format": FORMAT, **asdict(self)}, buffer)
        write_whole(path, buffer.getbuffer())

    def compact(self) -> Checkpoint:
        """Half-precision weights, no optimizer: small enough to ship, good enough to export and to start from."""
        half = {k: v.half() if v.is_floating_point() else v for k, v in self.weights.items()}
        return replace(self, weights=half, state=None)

    @property
    def finished(self) -> bool:
        """Its schedule has ended: it is not under way, nor stopped."""
        if self.state is None:
            return True
        history = self.state["history"]
        return bool(history) and history[-1][1] >= 1  # Step.progress

    def build(self) -> TransformerNet | LiteNet:
        """The network with these weights as it is used: evaluation mode, float32, on the CPU."""
        network = build_network(self.network)
        network.load_state_dict(self.weights)
        return network.eval()


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint; tensors and plain values only (weights_only), so that a file from a stranger runs no code.

    Raises:
        TrainError: missing, damaged, not one of ours, or of a later version.
    """
    if not path.is_file():
        raise TrainError(f"checkpoint {path} not found")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen kinds for a file that is not its own
        raise TrainError(f"{path} is not a checkpoint or is damaged ({type(error).__name__})") from error
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise TrainError(f"{path} is not a checkpoint of nst-train (expected {FORMAT})")
    weights, state = content["weights"], content["state"]
    tied = _has_tied_pixels(weights)
    for of_network in (weights, state["weights"]) if state else (weights,):
        _onto_todays_canvas(of_network)
        if tied:
            _untie_pixels(of_network)
    if tied and state:
        _forget_last(state["optimizer"], 5)
    network = content.pop("network")
    try:
        identity = StyleIdentity(**content.pop("identity"))
        config = NetworkConfig(**{**network, "dilations": tuple(network["dilations"])})
        return Checkpoint(config, identity=identity, **content)
    except TypeError as error:  # a field that is not known here
        raise TrainError(f"{path} was written by a newer nstcam ({error}); update this one") from error


def _onto_todays_canvas(weights: dict[str, Tensor]) -> None:
    """Checkpoints once carried their canvas, a smaller one; of that only the strength of its channels is left."""
    noise = weights.pop("canvas", None)
    if noise is not None:
        weights["canvas_strength"] = noise.float().std((0, 2, 3), correction=0).round(decimals=2)


def _has_tied_pixels(weights: dict[str, Tensor]) -> bool:
    """Checkpoints of preset lite once ended in two resize-convolutions, the last to the 3 colours of one pixel."""
    return "up2.weight" in weights and len(weights["up2.weight"]) == 3


def _untie_pixels(weights: dict[str, Tensor]) -> None:
    """The same picture from today's weights, those of the 48 values of a cell."""
    weights["up1.weight"] = first_between_cells(weights["up1.weight"])
    for of_channels in ("weight", "bias", "running_mean", "running_var"):
        weights[f"up1_norm.{of_channels}"] = weights[f"up1_norm.{of_channels}"].repeat(4)
    weights["up2.weight"] = second_between_cells(weights["up2.weight"])
    weights["up2.bias"] = weights["up2.bias"].repeat_interleave(CELL * CELL)


def _forget_last(optimizer: dict[str, Any], count: int) -> None:
    """Takes what an optimizer knows of its last weights from its state: they have another shape now."""
    for weight in optimizer["param_groups"][0]["params"][-count:]:
        optimizer["state"].pop(weight, None)
