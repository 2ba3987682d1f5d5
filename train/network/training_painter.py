"""How one step of training paints with a network."""

from __future__ import annotations

from typing import Final, Protocol

import torch
from torch import Tensor

from nstcam.train.network.canvas import CANVAS_SIZE, CELL
from nstcam.train.network.networks import LiteNet, TransformerNet, reflect

_BORDERS: Final = 6, 14
"""Range of the border around a training crop, in cells: from the first to below the second."""


class Paint(Protocol):
    def __call__(self, image: Tensor, canvas: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        """(N, 3, H, W) RGB in 0..1 -> the same shape. `canvas` moves the canvas by (rows, columns) of pixels."""


def training_painter(
    network: TransformerNet | LiteNet, generator: torch.Generator, dtype: torch.dtype = torch.float32
) -> Paint:
    """Paints as the network does, but so that nothing tells the network where in the picture it is.

    A random canvas offset keeps strokes from learning absolute positions. A border of random width, which is cut off
    again, keeps bands from growing along the edges of the crops: reflection would reveal where the loss ends. johnson
    has no such border, which would double its work.

    Args:
        dtype: type that the convolutions compute in; the output is float32.
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
    """The image without `border` pixels on each side."""
    return image[..., border:-border, border:-border]
