"""The colours of networks that are handed over while a painting is learnt."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from nstcam.train.fit.colour_map import LARGEST_GAIN, UNCHANGED, ColourMap, colour_map, fold_colours
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.even_cells import even_out_cells
from nstcam.train.fit.learning import Shares
from nstcam.train.loss.losses import STYLE_WEIGHTS, gram_matrix, style_error
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, bundled_photographs, shrink_to, to_tensor

GAINS: Final = (1.0, 1.2, LARGEST_GAIN)
"""Bounds, rising, of how far a direction of colour is stretched."""
_AS_GOOD: Final = 1.1
"""Strokes whose style error is up to so many times the least are as good: then the liveliest colours count."""
_JUDGED: Final = 3
"""Photographs that this is measured on, which takes 0.05 s for each and each bound."""
_CPU: Final = torch.device("cpu")
_SIDE: Final = 200
"""Pixels of the shorter side of the photographs that colours are measured on."""


class Matcher:
    """Gives networks the painting's colours, as the end of a training does, but on the bundled photographs, as the
    colours of the style at the beginning are chosen (realtime/palette).

    A dozen training crops will not do: most are drawn scenes in any light, which vary less than photographs, so that
    bright walls burnt out.

    The loss lets strokes become pale where they are too strong, and a map that stretched them to the painting's
    contrast would undo that. So of several bounds of the gain the largest is taken whose strokes are hardly worse than
    those of the best: some paintings need all of it, for others it doubles the error (docs/research/learning.md).
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
        self, network: TransformerNet | LiteNet, shares: Shares, gains: Sequence[float] = GAINS
    ) -> tuple[TransformerNet | LiteNet, float]:
        """A copy with even cells and the map from its colours on the photographs to the painting's; its style error.

        Args:
            shares: of the painting's standard deviations, that it gets.
            gains: bounds of the gain to choose among, rising. With a single one, when it has to be quick, cells are not
                evened out and no error is measured: it is NaN.
        """
        own = copy.deepcopy(network).eval()
        if len(gains) > 1:
            even_out_cells(own, self._photographs)
        painted = [own(photograph) for photograph in self._photographs]
        pixels = [picture.clamp(0, 1)[0].flatten(1).T for picture in painted]
        maps = [colour_map(pixels, self._colours, shares.contrast, gain, shares.hues) for gain in gains]
        if len(maps) == 1:
            fold_colours(own, maps[0])
            return own, math.nan
        errors = [self._error(painted, each) for each in maps]
        chosen = max(number for number, error in enumerate(errors) if error <= _AS_GOOD * min(errors))
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
