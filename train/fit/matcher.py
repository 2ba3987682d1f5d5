"""The colours of networks that are handed over while a painting is learnt."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Final

import torch
from torch import Tensor

from nstcam.train.fit.colour_map import UNCHANGED, colour_map, fold_colours, vividness
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.even_cells import even_out_cells
from nstcam.train.fit.learning import SHARES
from nstcam.train.loss.crop_grams import add_grams
from nstcam.train.loss.losses import STYLE_WEIGHTS, style_error
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, bundled_photographs, shrink_to, to_tensor

WAY: Final = 0.6
"""How far of the way colours are taken to the painting's (docs/research/learning.md)."""
VIVID: Final = 0.77
"""How vivid scenes are painted at least, as a share of the painting's vividness: with less, pictures look pale beside
it. Photographs have too few vivid things to tell (docs/research/learning.md)."""
_LARGEST_GAIN: Final = 1.2
"""Colours are made no more vivid than so many times."""
_JUDGED: Final = 3
"""Photographs that the style error is measured on, which takes 0.05 s for each."""
_CPU: Final = torch.device("cpu")
_SIDE: Final = 200
"""Pixels of the shorter side of the photographs that colours are measured on."""


class Matcher:
    """Gives networks the painting's colours, as the end of a training does, but on the bundled photographs, as the
    colours of the style at the beginning are chosen (realtime/palette).

    A dozen training crops will not do: most are drawn scenes in any light, which vary less than photographs, so that
    bright walls burnt out.

    The loss chooses colours too, scene by scene, and the map knows one change for all: taking them all the way gives up
    a part of what was learnt, and sometimes doubles the style error. So they go a part of it.
    """

    def __init__(
        self,
        config: TrainConfig,
        painting: Picture,
        loss_network: VggFeatures,
        grams: Mapping[str, Tensor],
        scenes: Tensor,
    ) -> None:
        """Paints nothing yet.

        Args:
            grams: what Gram matrices of crops are compared with; they may become better meanwhile.
            scenes: those of `scenes_of`.
        """
        self._crop, self._critic, self._grams = config.crop, loss_network, grams
        self._colours = to_tensor(shrink_to(painting, config.style_size), _CPU)[0].flatten(1).T
        self._scenes, self._vividness = scenes, vividness(self._colours[::8])  # all would take 0.1 s

    @cached_property
    def _photographs(self) -> list[Tensor]:
        return [to_tensor(photograph, _CPU) for photograph in bundled_photographs(_SIDE)]

    @torch.no_grad()
    def matched(
        self, network: TransformerNet | LiteNet, way: float = WAY, *, even: bool = True
    ) -> TransformerNet | LiteNet:
        """A copy with even cells and the map from its colours on the photographs to the painting's.

        With neither, no photograph is painted, and this takes a fiftieth of a second.

        Args:
            way: how far colours go to SHARES of the painting's standard deviations, 0..1, before those that are then
                too pale are made more vivid.
            even: whether cells are evened out.
        """
        own = copy.deepcopy(network).eval()
        if even:
            even_out_cells(own, self._photographs)
        colours = UNCHANGED
        if way:
            pixels = [own(photograph).clamp(0, 1)[0].flatten(1).T for photograph in self._photographs]
            colours = colour_map(pixels, self._colours, SHARES.contrast, hues=SHARES.hues).part(way)
        seen = vividness(colours(own(self._scenes).clamp(0, 1).movedim(1, -1).reshape(-1, 3)))
        gain = min(VIVID * self._vividness / max(seen, 1e-6), _LARGEST_GAIN)
        fold_colours(own, colours.more_vivid(max(gain, 1.0)))
        return own

    @torch.no_grad()
    def error(self, network: TransformerNet | LiteNet) -> float:
        """The style error of means over crops from the middle of what a network paints. Takes a sixth of a second."""
        sums: dict[str, Tensor] = {}
        for photograph in self._photographs[:_JUDGED]:
            picture = network(photograph).clamp(0, 1)
            top, left = (max(side - self._crop, 0) // 2 for side in picture.shape[-2:])
            # One crop at a time, as in a step: several would need other transformed kernels.
            add_grams(sums, self._critic, picture[..., top : top + self._crop, left : left + self._crop])
        return sum(
            STYLE_WEIGHTS[name] * style_error(gram / _JUDGED, self._grams[name]).item() for name, gram in sums.items()
        )
