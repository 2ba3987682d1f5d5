"""The layers of the loss network that nst-paint looks at: those of a preset, or as typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nstcam.train.errors import UsageError
from nstcam.train.loss.losses import CONTENT_LAYER, STYLE_WEIGHTS
from nstcam.train.loss.objective import LossForm
from nstcam.train.loss.vgg import LossNetworkName, Pooling


@dataclass(frozen=True)
class Preset:
    """A loss network and the layers to look at."""

    network: LossNetworkName
    pooling: Pooling
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]
    """Weights for the scale-free forms of the loss."""


PRESETS: Final[dict[str, Preset]] = {
    "johnson": Preset("vgg16", "max", {CONTENT_LAYER: 1.0}, STYLE_WEIGHTS),
    "gatys": Preset("vgg19", "average", {"relu4_2": 1.0}, {f"relu{block}_1": 3.0 for block in range(1, 6)}),
}


def parse_layers(text: str | None) -> dict[str, float] | None:
    """relu1_2:3,relu2_2 -> weights by layer, 1 where none is given.

    Raises:
        UsageError: a weight is not a number above 0.
    """
    if text is None:
        return None
    layers: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition(":")
        try:
            layers[name] = float(weight or 1)
        except ValueError:
            layers[name] = -1
        if not 0 < layers[name] < float("inf"):
            raise UsageError(f"layer {part}: its weight must be a number above 0; write relu3_3 or relu3_3:2")
    return layers


def default_style_layers(preset: Preset, form: LossForm) -> Mapping[str, float]:
    """The preset's layers. The raw forms weigh them equally, as published: Johnson's sum, Gatys's mean."""
    layers = preset.style_layers
    match form:
        case "johnson":
            return dict.fromkeys(layers, 1.0)
        case "gatys":
            return dict.fromkeys(layers, 1 / len(layers))
    return layers
