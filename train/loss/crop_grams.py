"""A painting's Gram matrices as small training crops have to be compared with: means over crops of the painting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import torch
from torch import Tensor

from nstcam.train.loss.losses import STYLE_WEIGHTS, gram_matrix
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.picture import Picture, shrink_to, to_tensor

FIRST_CROPS: Final = 3
"""Enough to begin with, in a third of a second on a core. After 24 steps with one more in each, what is learnt is no
worse than after beginning with seven (docs/research/learning.md)."""
MOST_CROPS: Final = 24
_ACROSS, _DOWN = 0.7548776662, 0.5698402910
"""Steps of the sequence R2 (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences"): however many
places there are so far, they are spread evenly."""


class CropGrams(Mapping[str, Tensor]):
    """Means of the Gram matrices (1, C, C) over crops of the painting, by layer. They change as crops are added.

    The loss network pads with zeros, and what it sees along the edges of a crop changes its Gram matrices by more than
    a style does in the deep layers (relu4_3 at 112 px by 0.6 to 1.0 of `style_error`). So the painting has to have the
    same edges. Learning can begin after a few crops, and each step may add one. From means over 48 crops, those over 5
    are 0.1 to 0.3 away in relu4_3, over 7 0.07 to 0.13, over 24 0.01 to 0.02 (four paintings).
    """

    def __init__(self, loss_network: VggFeatures, style: Picture, size: int, crop: int, device: torch.device) -> None:
        """Measures the first crops.

        Args:
            style: the painting, RGB uint8.
            size: pixels of the painting's shorter side (never enlarged).
            crop: side of the crops in pixels; the painting's own side where that is less.
        """
        self._network, self._crop = loss_network, crop
        self._painting = to_tensor(shrink_to(style, size), device)
        self._sums: dict[str, Tensor] = {}
        self.count = 0
        for _ in range(FIRST_CROPS):
            self.grow()

    def grow(self) -> None:
        """Adds a crop, unless there are enough, or the painting has no others."""
        rooms = [max(side - self._crop, 0) for side in self._painting.shape[-2:]]
        if self.count >= (MOST_CROPS if any(rooms) else 1):
            return
        top, left = place(self.count, rooms[0], rooms[1])
        with torch.no_grad():
            add_grams(self._sums, self._network, self._painting[..., top : top + self._crop, left : left + self._crop])
        self.count += 1

    def __getitem__(self, name: str) -> Tensor:
        return self._sums[name] / self.count

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)


def add_grams(sums: dict[str, Tensor], loss_network: VggFeatures, crop: Tensor) -> None:
    """Adds a crop's Gram matrices (1, C, C), by layer. crop: (1, 3, H, W) RGB, 0..1."""
    for name, features in loss_network(crop, list(STYLE_WEIGHTS)).items():
        sums[name] = sums.get(name, 0) + gram_matrix(features)


def place(number: int, room_down: int, room_across: int) -> tuple[int, int]:
    """Top and left, in pixels, of a crop, from 0 up to what room there is."""
    down, across = (0.5 + number * step for step in (_DOWN, _ACROSS))
    return round(down % 1 * room_down), round(across % 1 * room_across)
