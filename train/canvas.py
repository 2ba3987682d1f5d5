"""The canvas: fixed noise behind a network's first convolutions, for strokes to hang on.

A convolutional network shown a flat wall can only answer with a lattice of its own stride or with amplified sensor
noise; noise that is always the same gives strokes a place.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

CANVAS_PERIOD: Final = 128
"""Side of the canvas tile in cells; one cell is 4x4 pixels, so the noise repeats every 512 px."""

CANVAS_BLURS: Final = (1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 8.0, 8.0)
"""Standard deviation in cells of the blur of each canvas channel: smooth enough to be moved by parts of a cell."""

PATCH_CELLS: Final = 4.0
"""Channels blurred by so many cells (16 px) or more put patches of colour on faces and walls; finer ones strokes."""

CELL: Final = 4
"""Pixels per side of one cell of the canvas, and the factor of LiteNet's space-to-depth stem."""


class OnCanvas(nn.Module):
    """A network that may have a canvas: what its first convolutions see at a quarter of the resolution plus
    `canvas_features`.

    Args:
        canvas_channels: noise channels; 0 leaves the canvas out.
        width: feature maps that they are added to.
    """

    canvas: Tensor

    def __init__(self, canvas_channels: int, width: int) -> None:
        super().__init__()
        self.canvas_conv: nn.Conv2d | None = None
        if canvas_channels:
            self.register_buffer("canvas", canvas_noise(canvas_channels))
            self.canvas_conv = nn.Conv2d(canvas_channels, width, 3, bias=False)
            nn.init.zeros_(self.canvas_conv.weight)  # paint without it first, learn to use it

    def canvas_features(self, offset: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        """What the canvas adds to the stem: one periodic tile, (1, width, CANVAS_PERIOD, CANVAS_PERIOD)."""
        assert self.canvas_conv is not None
        canvas = moved(self.canvas, offset[0] / CELL, offset[1] / CELL)
        out: Tensor = self.canvas_conv(F.pad(canvas, (1, 1, 1, 1), mode="circular"))
        return out

    def weaken_patches(self, strength: float) -> None:
        """Scales the coarse channels of the canvas, from what `canvas_noise` gives.

        At 0 forgets what a warm start had learnt of them: it would come back, untrained, where they do.
        """
        if self.canvas_conv is not None:
            channels = self.canvas.shape[1]
            factors = patch_factors(channels, strength)[:, None, None]
            self.canvas.copy_(canvas_noise(channels) * factors)
            if strength == 0:
                self.canvas_conv.weight.data *= factors.to(self.canvas.device)

    def painted_on(self, x: Tensor, offset: tuple[float, float]) -> Tensor:
        """(N, width, H, W) on the canvas moved by the offset; without one as it is."""
        if self.canvas_conv is None:
            return x
        return x + tile_to(self.canvas_features(offset), x.shape[-2], x.shape[-1])


def blur_of(channel: int, channels: int) -> float:
    """Standard deviation in cells of the blur of one of so many canvas channels."""
    return CANVAS_BLURS[channel * len(CANVAS_BLURS) // channels]


def patch_factors(channels: int, strength: float) -> Tensor:
    """(channels,): `strength` for the coarse ones, which put patches of colour on faces and walls, 1 for the others."""
    coarse = (blur_of(channel, channels) >= PATCH_CELLS for channel in range(channels))
    return torch.tensor([strength if c else 1.0 for c in coarse])


def canvas_noise(channels: int) -> Tensor:
    """Fixed unit-variance noise, (1, channels, CANVAS_PERIOD, CANVAS_PERIOD), periodic, from fine to coarse.

    Fine noise alone spreads strokes evenly, like a wallpaper; the coarse channels let them gather and thin out.

    NumPy's seeded legacy generator, whose stream is frozen: the canvas must be the same on every machine.
    """
    noise = np.random.RandomState(1889).standard_normal((channels, CANVAS_PERIOD, CANVAS_PERIOD))
    frequency = np.fft.fftfreq(CANVAS_PERIOD)
    squared = frequency[:, None] ** 2 + frequency[None, :] ** 2
    for channel in range(channels):
        sigma = blur_of(channel, channels)
        blur = np.exp(-2 * (np.pi * sigma) ** 2 * squared)
        noise[channel] = np.fft.ifft2(np.fft.fft2(noise[channel]) * blur).real
    noise -= noise.mean((1, 2), keepdims=True)
    noise /= noise.std((1, 2), keepdims=True)
    return torch.from_numpy(noise.astype(np.float32))[None]


def cubic_taps(t: float) -> tuple[float, float, float, float]:
    """Catmull-Rom's weights of the values at -2, -1, 0 and 1 for what lies at -t, 0 <= t < 1."""
    return (t**3 - t**2) / 2, (-3 * t**3 + 4 * t**2 + t) / 2, (3 * t**3 - 5 * t**2 + 2) / 2, -t * (1 - t) ** 2 / 2


def moved(tile: Tensor, rows: float, columns: float) -> Tensor:
    """Moves a periodic (1, C, P, P) tile down and to the right, by parts of a cell along Catmull-Rom's cubic.

    Keys 1981, a = -1/2: between cells a tile of `canvas_noise` keeps its contrast within a few percent; linear
    interpolation would take a third of it, and strokes would pulse as the camera moves.
    """
    for axis, amount in ((2, rows), (3, columns)):
        whole = math.floor(amount)
        taps = cubic_taps(amount - whole)
        shifts = (whole + 2, whole + 1, whole, whole - 1)
        tile = sum(
            (w * tile.roll(s, axis) for w, s in zip(taps, shifts, strict=True) if w), start=torch.zeros_like(tile)
        )
    return tile


def tile_to(tile: Tensor, height: int, width: int) -> Tensor:
    """Repeats a periodic (1, C, P, P) tile to (1, C, height, width)."""
    rows = torch.arange(height, device=tile.device) % tile.shape[2]
    columns = torch.arange(width, device=tile.device) % tile.shape[3]
    return tile[:, :, rows][:, :, :, columns]
