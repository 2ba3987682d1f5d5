"""What a painting is learnt with, by the program that shows it and by the benchmark that measures it."""

from __future__ import annotations

from typing import NamedTuple

import torch

from nstcam.train.content.sources import ContentSource
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.learning import scenes_of
from nstcam.train.fit.loop import Materials
from nstcam.train.fit.matcher import Matcher
from nstcam.train.loss.crop_grams import CropGrams
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checkpoint import StyleIdentity
from nstcam.train.picture import Picture


class LearningMaterials(NamedTuple):
    """The materials of `fit`, and what changes or uses them between its steps."""

    materials: Materials
    grams: CropGrams
    """The Gram matrices in `materials`; each step may let them grow."""
    matcher: Matcher
    """Gives networks that are handed over the painting's colours."""


def learning_materials(
    config: TrainConfig, painting: Picture, source: ContentSource, loss_network: VggFeatures, identity: StyleIdentity
) -> LearningMaterials:
    """All of it on the CPU, with the first crops of the painting measured.

    Args:
        config: that of `learning_config`.
        painting: RGB uint8.
    """
    grams = CropGrams(loss_network, painting, config.style_size, config.crop, torch.device("cpu"))
    scenes = scenes_of(source)
    materials = Materials(
        painting=painting, source=source, loss_network=loss_network, identity=identity, grams=grams, scenes=scenes
    )
    return LearningMaterials(materials, grams, Matcher(config, painting, loss_network, grams, scenes))
