"""Cutting a picture into tiles whose features equal those of the whole, so that memory is bounded at any size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from torch import Tensor

ALIGNMENT: Final = 16
"""Tiles begin at multiples of the deepest layer's stride, so their pooling cells are those of the whole picture."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of the picture, in pixels: a core, which no other tile covers, and a margin that its features see."""

    top: int
    bottom: int
    left: int
    right: int
    outer_top: int
    outer_bottom: int
    outer_left: int
    outer_right: int

    def cut(self, image: Tensor) -> Tensor:
        """Core and margin of the picture (N, C, H, W); a view."""
        return image[..., self.outer_top : self.outer_bottom, self.outer_left : self.outer_right]

    def core(self, features: Tensor, stride: int) -> Tensor:
        """The core's part of the features of `cut`, without those that the cut edge changed; a view."""
        top, left = (self.top - self.outer_top) // stride, (self.left - self.outer_left) // stride
        height, width = self.positions(stride)
        return features[..., top : top + height, left : left + width]

    def positions(self, stride: int) -> tuple[int, int]:
        """Rows and columns of the core's features. Pooling drops the remainder at the end of the picture."""
        rows = self.bottom // stride - self.top // stride
        return rows, self.right // stride - self.left // stride


def cut_tiles(height: int, width: int, side: int, reach: int) -> list[Tile]:
    """Tiles whose cores, of at most `side` x `side` pixels, cover the picture; one tile if its area is no larger.

    Args:
        side: in pixels, a multiple of 16.
        reach: how far features see, in pixels; the margin is this, rounded up to a multiple of 16.
    """
    margin = math.ceil(reach / ALIGNMENT) * ALIGNMENT
    if height * width <= side * side:
        return [Tile(0, height, 0, width, 0, height, 0, width)]
    return [
        Tile(
            top,
            bottom,
            left,
            right,
            max(top - margin, 0),
            min(bottom + margin, height),
            max(left - margin, 0),
            min(right + margin, width),
        )
        for top, bottom in _spans(height, side)
        for left, right in _spans(width, side)
    ]


def _spans(length: int, side: int) -> list[tuple[int, int]]:
    """Even spans: a last tile of a few pixels would have no features in the deep layers."""
    each = math.ceil(length / math.ceil(length / side) / ALIGNMENT) * ALIGNMENT
    return [(start, min(start + each, length)) for start in range(0, length, each)]
