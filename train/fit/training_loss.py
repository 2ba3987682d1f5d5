"""The loss of a training, except for the flicker term, which needs a second painting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import torch
from torch import Tensor

from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.palette_memory import PaletteMemory
from nstcam.train.fit.precision import loss_dtype
from nstcam.train.loss.colour import scene_colour_error, tone_slope_error
from nstcam.train.loss.gram_memory import GramMemory
from nstcam.train.loss.losses import (
    CONTENT_LAYER,
    STYLE_WEIGHTS,
    calm_error,
    content_error,
    gram_matrix,
    lattice_error,
    range_penalty,
    style_error,
    tone_error,
    weave_error,
)
from nstcam.train.loss.repetition import repetition_error
from nstcam.train.loss.scales import content_scale, style_grams, style_repetition
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.picture import Picture

DEEP_LAYERS: Final = "relu3_3", "relu4_3"
"""Layers whose Gram matrices are averaged with those of earlier batches, if `TrainConfig.gram_memory` asks for it. They
see shapes, which a scene has its own of; colours and textures, which the first layers see, have room in every crop."""


class Terms(NamedTuple):
    """Scalars on the device: the weighted total, and the most important of its terms, unweighted."""

    total: Tensor
    content: Tensor
    style: Tensor
    tone: Tensor


class TrainingLoss:
    """Measures painted batches against one painting.

    Args:
        style: the painting, RGB uint8.
        loss_network: on `device`.
        palette: what has been painted lately; remembers each batch that is measured.
        grams: what Gram matrices are compared with; None: the painting's `style_grams`.
    """

    def __init__(
        self,
        config: TrainConfig,
        style: Picture,
        loss_network: VggFeatures,
        device: torch.device,
        palette: PaletteMemory,
        grams: Mapping[str, Tensor] | None = None,
    ) -> None:
        self._config, self._palette = config, palette
        self._critic = loss_network.in_dtype(loss_dtype(device))
        self._grams = grams or style_grams(loss_network, style, config.style_size, device)
        self._mean_square = content_scale(loss_network)
        self._usual = style_repetition(style, config.style_size, device)
        self._memories = {name: GramMemory(config.gram_memory) for name in DEEP_LAYERS}

    def __call__(self, stylized: Tensor, content: Tensor, generator: torch.Generator) -> Terms:
        """The loss of `stylized`, painted from `content`: both (N, 3, H, W) RGB, `content` in 0..1.

        Args:
            generator: on the device; draws what is random in the loss.
        """
        config = self._config
        features = self._critic(stylized, [*STYLE_WEIGHTS, CONTENT_LAYER])
        with torch.no_grad():
            target = self._critic(content, [CONTENT_LAYER])[CONTENT_LAYER]
        of_content = content_error(features[CONTENT_LAYER], target, self._mean_square)
        grams = {name: gram_matrix(features[name]) for name in STYLE_WEIGHTS}
        grams |= {name: memory.with_earlier(grams[name]) for name, memory in self._memories.items()}
        of_style = sum(
            (w * style_error(grams[name], self._grams[name]) for name, w in STYLE_WEIGHTS.items()),
            start=torch.zeros((), device=stylized.device),
        )
        of_tone = tone_error(stylized, content)
        total = of_content + config.style_strength * of_style + config.tone_weight * of_tone
        total = total + config.range_weight * range_penalty(stylized)
        if config.lattice_weight > 0:
            total = total + config.lattice_weight * lattice_error(stylized)
        if config.weave_weight > 0:
            total = total + config.weave_weight * weave_error(stylized)
        if config.repetition_weight > 0:
            total = total + config.repetition_weight * repetition_error(stylized, content, self._usual)
        if config.calm_weight > 0:
            total = total + config.calm_weight * calm_error(stylized, content)
        if config.slope_weight > 0:
            total = total + config.slope_weight * tone_slope_error(stylized, content)
        if config.scene_colour_weight > 0:
            total = total + config.scene_colour_weight * scene_colour_error(stylized, content)
        if config.palette_weight > 0:
            total = total + config.palette_weight * self._palette.error(stylized, generator)
        return Terms(total, of_content, of_style, of_tone)
