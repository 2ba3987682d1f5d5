"""The loss of a step: a crop, painted as the network of one of the pictures would, in that picture's colours."""

from __future__ import annotations

import copy
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.basis.measured import MeasuredPicture
from nstcam.train.basis.model import BasisNet
from nstcam.train.content.crops import TrainingCrops
from nstcam.train.content.sources import ContentSource
from nstcam.train.fit.colour_map import ColourMap, Colours, colour_map
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.learning import Shares
from nstcam.train.fit.loop import error_of_next_frame
from nstcam.train.fit.precision import loss_dtype
from nstcam.train.fit.training_loss import TrainingLoss
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.networks import reflect
from nstcam.train.network.training_painter import Place, cut
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to, to_tensor
from nstcam.train.processes import Processes

SHARES: Final = Shares(0.75, 0.85)
"""Of the painting's deviations of colour that pictures get while they are compared with it."""
_HEAD_NOISE: Final = 0.15
"""Deviation of what is added to features, in their own deviations: a training picture stands for others like it."""
_SHRINK: Final = 0.02
"""Weight of the squared shares: what a picture does not need, it gets none of."""
_ANCHOR: Final = 60.0
"""Weight of how far means over cells of _ANCHOR_CELL px leave those of the beginning: the other terms leave open where
light, dark and colours go, and a network of everything would come to paint them anywhere."""
_ANCHOR_CELL: Final = 8
_CPU: Final = torch.device("cpu")
_SIDE, _PART = 200, 64
"""Pixels of the shorter side of the photographs that colours are measured on, and of the part that a step paints."""


class StepLoss:
    """Paints and measures, on the CPU.

    Args:
        beginning: the model before its training.
    """

    def __init__(
        self,
        config: TrainConfig,
        source: ContentSource,
        loss_network: VggFeatures,
        beginning: BasisNet,
        processes: Processes,
    ) -> None:
        self._config, self._processes = config, processes
        self._beginning = copy.deepcopy(beginning).requires_grad_(False)
        self._crops = TrainingCrops(source, config.crop, config.seed, 0, 1 << 40)
        self._loss_network = loss_network.in_dtype(loss_dtype(_CPU))
        self._photographs = [to_tensor(shrink_to(read_rgb(p), _SIDE), _CPU) for p in sorted(PHOTOS.glob("*.jpg"))]

    def __call__(
        self, model: BasisNet, picture: MeasuredPicture, step: int, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """The loss, and the figures that are reported, (4,): the loss, and its content, style and flicker."""
        config = self._config
        drawn = torch.Generator().manual_seed(int(rng.integers(1 << 63)))
        z = model.projected(picture.features)
        z = z + _HEAD_NOISE * torch.randn(z.shape, generator=drawn)
        shares = model.head(z)
        weights = model.weights(shares)
        colours = self._colours(model, weights, picture.colours, rng, Place.draw(drawn))
        matrix, offset = colours.matrix.float(), colours.offset.float()[:, None, None]
        place = Place.draw(drawn)

        def strokes(of: BasisNet, weights: dict[str, Tensor], image: Tensor, canvas: tuple[float, float]) -> Tensor:
            offsets = place.top + canvas[0], place.left + canvas[1]
            return cut(of.paint(weights, reflect(image, place.border), offsets), place.border)

        def mapped(painted: Tensor) -> Tensor:
            return torch.einsum("ij,njhw->nihw", matrix, painted) + offset

        def paint(image: Tensor, canvas: tuple[float, float]) -> Tensor:
            return mapped(strokes(model, weights, image, canvas))

        content = self._crops[step * self._processes.count + self._processes.rank][None]
        own = strokes(model, weights, content, (0.0, 0.0))
        painted = mapped(own)
        loss = TrainingLoss(config, picture.targets, self._loss_network, _CPU, None)
        terms = loss(painted, content, drawn)
        flicker = error_of_next_frame(paint, content, painted, drawn, drawn, 1, slice(0, 1))
        first = self._beginning
        at_first = strokes(first, first.weights(first.head(z)), content, (0.0, 0.0))
        moved = F.avg_pool2d(own - at_first, _ANCHOR_CELL).square().mean()
        total = terms.total + config.flicker_weight * flicker + _ANCHOR * moved + _SHRINK * shares.square().sum()
        return total, torch.stack([total, terms.content, terms.style, flicker]).detach()

    @torch.no_grad()
    def _colours(
        self, model: BasisNet, weights: dict[str, Tensor], wanted: Colours, rng: np.random.Generator, place: Place
    ) -> ColourMap:
        """The map from what the network paints the photographs in to the picture's colours, as nstcam will find it."""
        parts = []
        for photograph in self._photographs:
            top, left = (rng.integers(side - _PART + 1) for side in photograph.shape[2:])
            parts.append(photograph[..., top : top + _PART, left : left + _PART])
        painted = model.paint(weights, torch.cat(parts), (place.top, place.left)).clamp(0, 1)
        return colour_map([each.flatten(1).T for each in painted], wanted, SHARES.contrast, hues=SHARES.hues)
