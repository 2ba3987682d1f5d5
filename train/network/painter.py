"""A network as one step of training uses it."""

from __future__ import annotations

from typing import Final, Protocol

import torch
from torch import Tensor

from nstcam.train.network.canvas import CANVAS_SIZE, CELL
from nstcam.train.network.networks import LiteNet, TransformerNet, reflect

_BORDERS: Final = 6, 14
"""Cells around a training crop, from and below."""


class Paint(Protocol):
    def __call__(self, image: Tensor, canvas: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        """(N, 3, H, W) RGB 0..1 -> the same shape; `canvas` moves the canvas by (rows, columns) of pixels."""


def painter(network: TransformerNet | LiteNet, generator: torch.Generator, dtype: torch.dtype = torch.float32) -> Paint:
    """The network for one step: nothing in it may tell where on the picture it paints.

    A random canvas offset keeps strokes from learning absolute places, and a border of random width, cut off again,
    keeps bands from growing along the edges of the crops: reflection would give away where the losses end.
    johnson goes without the border, which would double its work.

    Args:
        dtype: what its convolutions compute in; float32 comes out.
    """
    draw = torch.rand(3, generator=generator, device=generator.device).tolist()
    top, left = (v * cells * CELL for v, cells in zip(draw[:2], CANVAS_SIZE, strict=True))
    border = (_BORDERS[0] + int(draw[2] * (_BORDERS[1] - _BORDERS[0]))) * CELL

    def paint(image: Tensor, canvas: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        place = (top + canvas[0], left + canvas[1])
        with torch.autocast(image.device.type, dtype, enabled=dtype != torch.float32):
            if isinstance(network, LiteNet):
                painted = cut(network(reflect(image, border), place), border)
            else:
                painted = network(image, place)
        return painted.float()

    return paint


def cut(image: Tensor, border: int) -> Tensor:
    """Without `border` pixels on all sides."""
    return image[..., border:-border, border:-border]
