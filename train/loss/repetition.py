"""Repetition: strokes at equal distances, like wallpaper, where the painting has none.

Gram matrices do not see it: a lattice of dots and randomly strewn dots have the same features equally often.
Autocorrelation does; it is a statistic of textures in Portilla and Simoncelli 2000, and of deep features in Sendik and
Cohen-Or 2017, who match it to make patterns regular. Here it bounds from above.
"""

from __future__ import annotations

import functools
from typing import Final

import torch
from torch import Tensor

from nstcam.train.loss.losses import UNSEEN, luminance, mean_around

WINDOW: Final = 96
"""Side, in pixels, of the windows that are compared with shifted copies of themselves."""
NEAREST: Final = 6
"""Smallest distance in pixels at which strokes count as two, not as one."""
FARTHEST: Final = 24
"""Largest distance. It covers neighbours and next neighbours, which any lattice has."""

_STRIDE: Final = 88
_TRANSFORM: Final = 128  # at least WINDOW + FARTHEST, so that nothing wraps around


def repetition_error(image: Tensor, content: Tensor, usual: Tensor) -> Tensor:
    """Mean squared excess of the autocorrelation of an image, (N, 3, H, W) in 0..1, over what is usual.

    At distances of NEAREST to FARTHEST pixels in any direction, within windows of 96 px, of the luminance without its
    shading. What the content repeats (a fence, a keyboard) may repeat.

    Args:
        usual: the painting's `usual_repetition`.
    """
    with torch.no_grad():
        allowed = torch.maximum(autocorrelation(content), usual)
    excess = (autocorrelation(image) - allowed).clamp(min=0)
    rows, columns = _distances(image.device)
    return excess[..., rows, columns].square().mean()


def usual_repetition(painting: Tensor) -> Tensor:
    """(2 FARTHEST + 1, 2 FARTHEST + 1) of a painting, (1, 3, H, W): mean over its windows plus one deviation.

    A mosaic has its lattice, long strokes go along with themselves; chance adds some in any window.
    """
    found = autocorrelation(painting).flatten(0, 1)
    return found.mean(0) + found.std(0, correction=0)


def autocorrelation(image: Tensor) -> Tensor:
    """(N, windows, 2 FARTHEST + 1, 2 FARTHEST + 1), about 1 at the middle: by how much each window is like itself,
    moved by so many rows and columns. 0 where there is nothing to see."""
    bright = luminance(image.float())
    detail = (bright - mean_around(bright))[:, 0]
    side = min(WINDOW, *detail.shape[-2:])
    windows = detail.unfold(1, side, _STRIDE).unfold(2, side, _STRIDE).flatten(1, 2)
    taper, overlap = _taper(side, image.device)
    windows = (windows - windows.mean((-2, -1), keepdim=True)) * taper
    moved = _correlate(windows)
    middle = moved[..., FARTHEST : FARTHEST + 1, FARTHEST : FARTHEST + 1]
    whole = overlap[FARTHEST, FARTHEST]
    # Over what the tapers, moved, still have in common: far ones see less of each other, not less alike.
    common = (overlap / whole).clamp(min=0.05)
    return moved / (middle + UNSEEN * whole) / common


def _correlate(windows: Tensor) -> Tensor:
    """Sums over products of a window with itself, moved by up to FARTHEST; Wiener-Khinchin."""
    spectrum = torch.fft.rfft2(windows, (_TRANSFORM, _TRANSFORM))
    power = spectrum.real.square() + spectrum.imag.square()
    sums: Tensor = torch.fft.fftshift(torch.fft.irfft2(power, (_TRANSFORM, _TRANSFORM)), (-2, -1))
    half = _TRANSFORM // 2
    return sums[..., half - FARTHEST : half + FARTHEST + 1, half - FARTHEST : half + FARTHEST + 1]


@functools.cache
def _taper(side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """A Hann window, and what it has in common with itself, moved."""
    line = torch.hann_window(side, device=device)
    taper = line[:, None] * line[None, :]
    return taper, _correlate(taper)


@functools.cache
def _distances(device: torch.device) -> tuple[Tensor, ...]:
    """Rows and columns of the displacements that count; of each and its opposite, which are equal, one."""
    steps = torch.arange(-FARTHEST, FARTHEST + 1)
    distance = (steps[:, None].square() + steps[None, :].square()).sqrt()
    half = (steps[:, None] > 0) | ((steps[:, None] == 0) & (steps[None, :] > 0))
    counted = (distance >= NEAREST) & (distance <= FARTHEST) & half
    return tuple(places.to(device) for places in counted.nonzero(as_tuple=True))
