"""Colour and tone of painted pictures, as pure functions: which colours there are, and that they belong to things.

Gram matrices know neither: the colour of a canvas that ignores the scene, or a pale picture, costs them little.
Pictures are (N, 3, H, W) RGB, about 0..1; cells are squares of pixels, averaged.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.loss.losses import cell_luminance

SCENE_CELL: Final = 16
"""Pixels. Strokes average out in cells of this size; faces, walls and clothes do not."""

PALETTE_CELLS: Final = 1, 4, 16
"""Pixels: single pixels have the contrast of strokes, cells that of forms."""

_OPPONENT: Final = ((0.2126, 0.7152, 0.0722), (0.75, -0.75, 0.0), (0.375, 0.375, -0.75))
"""Luminance, red against green, yellow against blue; the hues half as strong again as the luminance."""


def scene_colour_error(image: Tensor, content: Tensor) -> Tensor:
    """Share, 0..1, of the variance of an image's cell colours that its content's cell colours do not explain.

    One minus the R^2 of a quadratic regression in each picture, mean over the batch: 0 if things of one colour are
    painted in one colour, whichever it is; near 1 if colours come from the canvas. Content of a single colour counts
    little: it has nothing to explain with.
    """
    painted, seen = (F.avg_pool2d(x.float(), SCENE_CELL).flatten(2).mT for x in (image, content))
    basis = _quadratic(seen).double()
    count = basis.shape[1]
    ridge = 1e-5 * count * torch.eye(basis.shape[2], dtype=torch.float64, device=image.device)
    centred = (painted - painted.mean(1, keepdim=True)).double()
    fitted = basis @ torch.linalg.solve_ex(basis.mT @ basis + ridge, basis.mT @ centred)[0]
    rest = (centred - fitted).square().sum(2).mean(1)
    # The divisor is a constant of the step: growing it, instead of explaining more, must not pay.
    whole = centred.square().sum(2).mean(1).detach()
    variety = seen.var(1, correction=0).sum(1).double()
    error: Tensor = (rest / (whole + 1e-3) * variety / (variety + 3e-3)).mean()
    return error.float()


def _quadratic(colours: Tensor) -> Tensor:
    """(N, cells, 3) -> (N, cells, 10): all products of up to two of the values."""
    r, g, b = colours.unbind(2)
    return torch.stack([torch.ones_like(r), r, g, b, r * r, g * g, b * b, r * g, g * b, r * b], 2)


def tone_slope_error(image: Tensor, content: Tensor, wanted: float = 0.8) -> Tensor:
    """Squared lack of tonal range: by how much the slope of cell luminance on the content's falls short of `wanted`.

    `tone_error` is content with any flatter version of the content; this one is not. 0 where the slope is enough.
    """
    a, b = (cell_luminance(x, SCENE_CELL) for x in (image, content))
    a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
    variance = b.square().mean(1)
    slope = (a * b).mean(1) / (variance + 1e-4)
    return ((wanted - slope).clamp_min(0).square() * variance / (variance + 2e-3)).mean()


def palette_of(image: Tensor) -> dict[int, Tensor]:
    """The opponent colours (cells, 3) of all pictures of a batch together, by cell size. Of the pixels, every ninth."""
    found = {}
    for size in PALETTE_CELLS:
        cells = image[..., 1::3, 1::3] if size == 1 else F.avg_pool2d(image, size)
        found[size] = cells.float().permute(0, 2, 3, 1).reshape(-1, 3) @ _opponent(image.device).T
    return found


@functools.cache
def _opponent(device: torch.device) -> Tensor:
    """Kept: a GPU would wait for them each time."""
    return torch.tensor(_OPPONENT, device=device)


def palette_error(painted: Tensor, earlier: Tensor, wanted: Tensor, directions: Tensor) -> Tensor:
    """Sliced Wasserstein distance of painted colours, pooled with earlier pictures', to those of a painting.

    In each direction every painted colour is compared with the wanted colour of the same rank among all that was
    painted, in units of the wanted variance; mean of squares (Pitie et al. 2005; Bonneel et al. 2015). Ranks are those
    in the pool: a whole gallery has the painting's colours, and a grey room need not show all of them at once.

    Args:
        painted: (n, 3) opponent colours, with gradients.
        earlier: (m, 3) of pictures before, m >= 0.
        wanted: (k, 3) of the painting, k >= 2.
        directions: (3, d), of length 1.
    """
    # In rows, one for each direction: sorting columns would copy them first, which takes longer than the sorting.
    values, target = directions.T @ painted.T, _sorted(directions.T @ wanted.T)
    with torch.no_grad():
        pool = _sorted(torch.cat([values, directions.T @ earlier.T], 1))
        rank = torch.searchsorted(pool, values) + torch.searchsorted(pool, values, right=True)
        share = rank / (2 * pool.shape[1])  # the middle of equal values
        count = target.shape[1]
        place = (share * count - 0.5).clamp(0, count - 1)
        below = place.floor().long().clamp_max(count - 2)
        goal = torch.lerp(target.gather(1, below), target.gather(1, below + 1), place - below)
    return ((values - goal).square().mean(1) / (target.var(1) + 1e-4)).mean()


def _sorted(rows: Tensor) -> Tensor:
    """Each row (n, k) in rising order. On CPUs by NumPy, which needs a tenth of PyTorch's time, for that sorts indices
    too."""
    rows = rows.detach().contiguous()
    return torch.from_numpy(np.sort(rows.numpy(), axis=1)) if rows.device.type == "cpu" else rows.sort(1).values


def random_directions(count: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """(3, count) unit vectors, uniform over the sphere."""
    drawn = torch.randn((3, count), generator=generator, device=device)
    directions: Tensor = drawn / drawn.norm(dim=0, keepdim=True)
    return directions
