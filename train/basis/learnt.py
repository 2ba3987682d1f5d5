"""The networks that a basis is made of: each has learnt a painting for a while, all of them from the same start."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import TrainError
from nstcam.train.fit.learning import learning_config
from nstcam.train.fit.learning_materials import learning_materials
from nstcam.train.fit.loop import Outputs, fit
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture
from nstcam.train.progress import Step, Stop

START: Final = "fauve"
"""The bundled style that all learn from: only networks that come from the same one can be mixed. Learning once more,
from the mean of all that have learnt, painted other paintings worse."""
STEPS: Final = 240
"""A minute and a half on a core. After that, strokes are the painting's, and still near enough to each other's."""


def learnt_network(
    name: str,
    painting: Picture,
    start: Checkpoint,
    source: ContentSource,
    loss_network: VggFeatures,
    steps: int,
) -> Checkpoint:
    """The start after so many steps of learning the painting, as `nstcam --style PICTURE` learns one.

    Args:
        painting: RGB uint8.
        start: gets the painting's colours before it begins.

    Raises:
        TrainError: the loss is no longer finite.
    """
    config = learning_config(start.network)
    materials, grams, matcher = learning_materials(config, painting, source, loss_network, StyleIdentity(name))
    in_its_colours = matcher.matched(start.build(), 1.0, even=False)
    stop = Stop()

    def watch(_: TransformerNet | LiteNet, step: Step) -> None:
        grams.grow()
        stop.asked = step.step >= steps

    with tempfile.TemporaryDirectory() as folder:
        outputs = Outputs(folder=Path(folder), stop=stop, watch=watch)
        begin = replace(start, weights=in_its_colours.state_dict())
        return fit(config, materials, outputs, torch.device("cpu"), start=begin)


def lite_network(path: Path) -> LiteNet:
    """The network of a checkpoint.

    Raises:
        TrainError: it is no checkpoint, or that of another kind of network.
    """
    network = load_checkpoint(path).build()
    if not isinstance(network, LiteNet):
        raise TrainError(f"{path} is not a network of preset lite")
    return network
