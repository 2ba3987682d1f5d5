"""The pictures from which shares are learnt: some 800, of 29 paintings and of 49 that are drawn or made up.

Parts of paintings, mirrored and in other colours, so that strokes are told by their features and not by their colours;
and photographs as the networks paint them that have learnt these paintings. What bundled styles paint only shows how
features vary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch

from nstcam.train.fit.learning import STYLE_SIZE
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, read_rgb, shrink_to, to_picture, to_tensor

OF_PAINTING, OF_NETWORK = 7, 3
"""How many pictures are made of each."""
_SIDES: Final = 340, 620
"""Range of the shorter side of a picture, in pixels: strokes of several widths."""
_PHOTOGRAPHS: Final = 380, 560
"""The same of photographs before a part is cut out."""
_GREY: Final = np.full((3, 3), 1 / 3)
_RED_GREEN: Final = np.array([1, -1, 0]) / 2**0.5
_BLUE_YELLOW: Final = np.cross(np.ones(3) / 3**0.5, _RED_GREEN)


class Planned(NamedTuple):
    """A picture that can be made."""

    name: str
    """Of its file, without the suffix."""
    make: Callable[[np.random.Generator], Picture]
    painting: str | None
    """The painting whose strokes it has, where that is one of those learnt."""

    def picture(self, seed: int) -> Picture:
        """RGB; always the same one for the same seed, whichever others are made."""
        return self.make(np.random.default_rng([seed, *self.name.encode()]))


def of_painting(name: str, read: Callable[[], Picture], painting: str) -> Iterator[Planned]:
    """The picture itself, a part of it, and parts in other colours."""

    def make(number: int, rng: np.random.Generator) -> Picture:
        whole = read()
        if number == 0:
            return shrink_to(whole, STYLE_SIZE)
        part = part_of(whole, rng)
        return shrink_to(part if number == 1 else recoloured(part, rng), int(rng.integers(*_SIDES)))

    for number in range(OF_PAINTING):
        yield Planned(f"{name}.{number}", partial(make, number), painting)


def of_network(
    name: str, load: Callable[[], TransformerNet | LiteNet], photographs: Sequence[Path], painting: str | None
) -> Iterator[Planned]:
    """Parts of photographs as the network paints them; all but the first in other colours."""

    def make(number: int, rng: np.random.Generator) -> Picture:
        photograph = read_rgb(photographs[int(rng.integers(len(photographs)))])
        part = part_of(shrink_to(photograph, int(rng.integers(*_PHOTOGRAPHS))), rng)
        with torch.no_grad():
            painted = to_picture(load()(to_tensor(part, torch.device("cpu"))))
        return recoloured(painted, rng) if number else painted

    for number in range(OF_NETWORK):
        yield Planned(f"{name}.{number}", partial(make, number), painting)


def part_of(picture: Picture, rng: np.random.Generator) -> Picture:
    """A part of 0.55 to all of either side, half of the time mirrored, seldom lying on its side."""
    height, width = picture.shape[:2]
    share = rng.uniform(0.55, 1)
    rows, columns = int(height * share), int(width * share)
    top, left = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
    part = picture[top : top + rows, left : left + columns]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    if rng.random() < 0.15:
        part = part.transpose(1, 0, 2)[:, ::-1]
    return np.ascontiguousarray(part)


def recoloured(
    picture: Picture,
    rng: np.random.Generator,
    contrast: tuple[float, float] = (0.7, 1.25),
    chroma: tuple[float, float] = (0.5, 1.5),
) -> Picture:
    """The picture with another mean, its hues turned by any angle about grey.

    Args:
        picture: RGB or BGR.
        contrast, chroma: ranges of the factors of both.
    """
    pixels = picture.reshape(-1, 3) / 255
    mean = pixels.mean(0)
    angle = rng.uniform(0, 2 * np.pi)
    red, blue = _RED_GREEN, _BLUE_YELLOW
    turn = np.cos(angle) * (np.outer(red, red) + np.outer(blue, blue))
    turn += np.sin(angle) * (np.outer(blue, red) - np.outer(red, blue))
    matrix = _GREY * rng.uniform(*contrast) + turn * rng.uniform(*chroma)
    changed = (pixels - mean) @ matrix.T + np.clip(mean + rng.normal(0, 0.1, 3), 0.15, 0.85)
    return np.asarray(np.clip(changed, 0, 1) * 255, np.uint8).reshape(picture.shape)
