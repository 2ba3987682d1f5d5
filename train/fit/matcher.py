"""The colours of networks that are handed over while a painting is learnt."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from nstcam.train.fit.colour_map import UNCHANGED, ColourMap, colour_map, fold_colours
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.even_cells import even_out_cells
from nstcam.train.fit.learning import Shares
from nstcam.train.loss.losses import STYLE_WEIGHTS, gram_matrix, style_error
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, bundled_photographs, shrink_to, to_tensor

WAYS: Final = (0.3, 0.6, 1.0)
"""How far of the way colours may be taken to the painting's, the shortest first."""
_JUDGED: Final = 3
"""Photographs that this is measured on, which takes 0.05 s for each and each way."""
_CPU: Final = torch.device("cpu")
_SIDE: Final = 200
"""Pixels of the shorter side of the photographs that colours are measured on."""


class Matcher:
    """Gives networks the painting's colours, as the end of a training does, but on the bundled photographs, as the
    colours of the style at the beginning are chosen (realtime/palette).

    A dozen training crops will not do: most are drawn scenes in any light, which vary less than photographs, so that
    bright walls burnt out.

    The loss chooses colours too, scene by scene, and the map knows one change for all: taking them all the way gives up
    a part of what was learnt, and sometimes doubles the style error. So they go as far of the way as leaves the least
    style error on the photographs, which is not always the least on others (docs/research/learning.md).
    """

    def __init__(
        self, config: TrainConfig, painting: Picture, loss_network: VggFeatures, grams: Mapping[str, Tensor]
    ) -> None:
        """Reads the photographs.

        Args:
            grams: what Gram matrices of crops are compared with; they may become better meanwhile.
        """
        self._crop, self._critic, self._grams = config.crop, loss_network, grams
        self._colours = to_tensor(shrink_to(painting, config.style_size), _CPU)[0].flatten(1).T
        self._photographs = [to_tensor(photograph, _CPU) for photograph in bundled_photographs(_SIDE)]

    @torch.no_grad()
    def matched(
        self, network: TransformerNet | LiteNet, shares: Shares, ways: Sequence[float] = WAYS
    ) -> tuple[TransformerNet | LiteNet, float]:
        """A copy with even cells and the map from its colours on the photographs to the painting's; its style error.

        Args:
            shares: of the painting's standard deviations, that it gets.
            ways: how far of the way, 0..1, to choose among. With a single one, when it has to be quick, cells are not
                evened out and no error is measured: it is NaN.
        """
        own = copy.deepcopy(network).eval()
        if len(ways) > 1:
            even_out_cells(own, self._photographs)
        painted = [own(photograph) for photograph in self._photographs]
        pixels = [picture.clamp(0, 1)[0].flatten(1).T for picture in painted]
        whole = colour_map(pixels, self._colours, shares.contrast, hues=shares.hues)
        maps = [whole.part(way) for way in ways]
        if len(maps) == 1:
            fold_colours(own, maps[0])
            return own, math.nan
        errors = [self._error(painted, each) for each in maps]
        chosen = errors.index(min(errors))
        fold_colours(own, maps[chosen])
        return own, errors[chosen]

    @torch.no_grad()
    def error(self, network: TransformerNet | LiteNet) -> float:
        """The style error of what a network paints, with its own colours. Takes a sixth of a second."""
        return self._error([network(photograph) for photograph in self._photographs[:_JUDGED]], UNCHANGED)

    def _error(self, painted: list[Tensor], colours: ColourMap) -> float:
        """The style error of means over crops from the middle of the first pictures (1, 3, H, W), in other colours."""
        matrix, offset = colours.matrix.float(), colours.offset.float()[:, None, None]
        crops = []
        for picture in painted[:_JUDGED]:
            top, left = (max(side - self._crop, 0) // 2 for side in picture.shape[-2:])
            crops.append(picture[..., top : top + self._crop, left : left + self._crop])
        mapped = (torch.einsum("ij,njhw->nihw", matrix, torch.cat(crops)) + offset).clamp(0, 1)
        found = self._critic(mapped, list(STYLE_WEIGHTS))
        return sum(
            STYLE_WEIGHTS[name] * style_error(gram_matrix(features).mean(0, keepdim=True), self._grams[name]).item()
            for name, features in found.items()
        )
