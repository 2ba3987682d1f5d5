"""The canvas: fixed noise behind a network's first convolutions, for strokes to hang on.

A convolutional network shown a flat wall can only answer with a lattice of its own stride or with amplified sensor
noise; noise that is always the same gives strokes a place.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

CANVAS_SIZE: Final = 192, 320
"""Rows and columns of the canvas in cells of 4x4 pixels. It repeats every 768 and 1280 px, so that nothing on a bare
wall is repeated at 1280x720."""

CANVAS_BLURS: Final = (1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 8.0, 8.0)
"""Standard deviation, in cells, of each canvas channel's blur: smooth enough to be moved by fractions of a cell."""

PATCH_CELLS: Final = 4.0
"""Channels blurred by this many cells (16 px) or more put patches of colour on faces and walls; finer ones put strokes
there."""

NOISE_STEP: Final = 1 / 24
"""Distance of two values of the noise, of which the largest is about 5."""

CELL: Final = 4
"""Pixels per side of one cell of the canvas, and the factor of LiteNet's space-to-depth stem."""


class OnCanvas(nn.Module):
    """A network that may have a canvas: the noise, convolved by `canvas_conv`, is added to the output of the first
    convolutions, at a quarter of the resolution.

    Args:
        canvas_channels: noise channels; 0 leaves the canvas out.
        width: channels of the feature maps that they are added to.
    """

    canvas: Tensor
    """The noise of `canvas_noise`. The same for all networks, and therefore not kept in checkpoints."""
    canvas_strength: Tensor
    """(canvas_channels,): a factor for each channel."""

    def __init__(self, canvas_channels: int, width: int) -> None:
        super().__init__()
        self.canvas_conv: nn.Conv2d | None = None
        if canvas_channels:
            self.register_buffer("canvas", canvas_noise(canvas_channels), persistent=False)
            self.register_buffer("canvas_strength", torch.ones(canvas_channels))
            self.canvas_conv = nn.Conv2d(canvas_channels, width, 3, bias=False)
            nn.init.zeros_(self.canvas_conv.weight)  # begins without effect; training learns to use it

    def weaken_patches(self, strength: float) -> None:
        """Sets the strength of the coarse channels of the canvas.

        0 also erases their weights from a warm start, which would otherwise come back untrained with the strength.
        """
        if self.canvas_conv is not None:
            self.canvas_strength.copy_(patch_factors(len(self.canvas_strength), strength))
            if strength == 0:
                self.canvas_conv.weight.data *= self.canvas_strength[:, None, None]

    def painted_on(self, x: Tensor, offset: tuple[float, float]) -> Tensor:
        """Adds the canvas, moved by (rows, columns) of pixels, to feature maps (N, width, H, W)."""
        if self.canvas_conv is None:
            return x
        top, left = (-1 - amount / CELL for amount in offset)  # the 3x3 kernel looks one cell beyond
        seen = window(self.canvas, top, left, x.shape[-2] + 2, x.shape[-1] + 2)
        out: Tensor = x + self.canvas_conv(seen * self.canvas_strength[:, None, None])
        return out


def blur_of(channel: int, channels: int) -> float:
    """Standard deviation, in cells, of the blur of a canvas channel."""
    return CANVAS_BLURS[channel * len(CANVAS_BLURS) // channels]


def patch_factors(channels: int, strength: float) -> Tensor:
    """(channels,): `strength` for the coarse channels, which put patches of colour on faces; 1 for the others."""
    coarse = (blur_of(channel, channels) >= PATCH_CELLS for channel in range(channels))
    return torch.tensor([strength if c else 1.0 for c in coarse])


def canvas_noise(channels: int) -> Tensor:
    """Fixed unit-variance noise, (1, channels, *CANVAS_SIZE), periodic, from fine to coarse.

    Fine noise alone spreads strokes evenly, like a wallpaper; the coarse channels let them gather and thin out.

    NumPy's seeded legacy generator, whose stream is frozen: the canvas must be the same on every machine. All values
    are multiples of `NOISE_STEP`, up to 127 of them, so that styles keep them in 8 bits and nothing is lost.
    """
    return _noise(channels).clone()


@cache
def _noise(channels: int) -> Tensor:
    """Takes as long as all else of a small network."""
    noise = np.random.RandomState(1889).standard_normal((channels, *CANVAS_SIZE))
    rows, columns = (np.fft.fftfreq(size) for size in CANVAS_SIZE)
    squared = rows[:, None] ** 2 + columns[None, :] ** 2
    for channel in range(channels):
        sigma = blur_of(channel, channels)
        blur = np.exp(-2 * (np.pi * sigma) ** 2 * squared)
        noise[channel] = np.fft.ifft2(np.fft.fft2(noise[channel]) * blur).real
    noise -= noise.mean((1, 2), keepdims=True)
    noise /= noise.std((1, 2), keepdims=True)
    steps = np.round(noise / NOISE_STEP).clip(-127, 127).astype(np.float32)
    return torch.from_numpy(steps * np.float32(NOISE_STEP))[None]


def cubic_taps(t: float) -> tuple[float, float, float, float]:
    """Catmull-Rom weights of the values at -2, -1, 0 and 1 for interpolating at -t, with 0 <= t < 1."""
    return (t**3 - t**2) / 2, (-3 * t**3 + 4 * t**2 + t) / 2, (3 * t**3 - 5 * t**2 + 2) / 2, -t * (1 - t) ** 2 / 2


def window(tile: Tensor, top: float, left: float, height: int, width: int) -> Tensor:
    """The part (1, C, height, width) of a periodic tile (1, C, rows, columns) that begins at (top, left).

    Interpolates with Catmull-Rom's cubic (Keys 1981, a = -1/2), which keeps the contrast of `canvas_noise` within a few
    percent. Linear interpolation would take a third of it, and strokes would pulse as the camera moves.
    """
    for axis, place, length in ((2, top, height), (3, left, width)):
        below = math.ceil(place)
        cells = torch.arange(below, below + length, device=tile.device)
        tile = sum(
            (
                weight * tile.index_select(axis, (cells + step) % tile.shape[axis])
                for weight, step in zip(cubic_taps(below - place), (-2, -1, 0, 1), strict=True)
                if weight
            ),
            start=torch.zeros((), device=tile.device),
        )
    return tile
