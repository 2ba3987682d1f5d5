"""Paints the bundled photographs with a network that is not in a file yet, in NumPy: which colours it paints, and which
range its values have, is known before the first frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.colours import Colours, colours_of
from nstcam.realtime.palette.eight_bits import Range, best_range
from nstcam.realtime.palette.encoder import THREADS
from nstcam.realtime.palette.network import BLOCKS, CELL, DILATIONS, Kernel, Network

ZERO: Final = 128
"""The level that the network takes as 0."""
_PHOTOGRAPHS: Final = Path(__file__).parents[2] / "train" / "photos"
_SIDE: Final = 200
"""Pixels of the photographs' shorter side."""
_SAMPLES: Final = 400
"""Values of each map that are looked at in each photograph, evenly spaced."""
Floats = NDArray[np.float32]
Watch = Callable[[str, Floats], Floats]
"""Is told every value with its name, and returns it."""


class Rehearsal(NamedTuple):
    """What a network does on the photographs."""

    colours: Colours
    """Of what it paints, as means over them."""
    ranges: dict[str, Range]
    """Of each value between the frames, by its name in export/convert/lite.py."""


def rehearse(network: Network, noise: Floats) -> Rehearsal:
    """Paints the photographs.

    Args:
        network: `in_levels`.
        noise: the canvas, (rows, columns, channels); see `canvas_of`.
    """

    def tried(photograph: Frame) -> tuple[Colours, dict[str, Floats]]:
        """The colours it is painted in, and samples of every value by name."""
        seen: dict[str, Floats] = {}

        def keep(name: str, values: Floats) -> Floats:
            flat = values.ravel()
            seen[name] = flat[:: max(len(flat) // _SAMPLES, 1)].copy()
            return values

        return colours_of(paint(network, photograph, noise, keep)), seen

    with ThreadPoolExecutor(THREADS) as pool:
        painted = list(pool.map(tried, photographs()))
        samples = [np.concatenate([seen[name] for _, seen in painted]) for name in painted[0][1]]
        ranges = dict(zip(painted[0][1], pool.map(partial(best_range, lowers=6, uppers=14), samples), strict=True))
    mean = np.mean([colours.mean for colours, _ in painted], 0)
    return Rehearsal(Colours(mean, np.mean([colours.covariance for colours, _ in painted], 0)), ranges)


def paint(network: Network, frame: Frame, noise: Floats, watch: Watch) -> Frame:
    """A frame as the network paints it, with the canvas where it is at first.

    Args:
        network: `in_levels`.
        frame: BGR; both sides multiples of CELL.
        noise: see `rehearse`.
    """
    rows, columns = (side // CELL for side in frame.shape[:2])
    bordered = np.pad(frame, ((CELL, CELL), (CELL, CELL), (0, 0)), "reflect").astype(np.float32) - ZERO
    cells = bordered.reshape(rows + 2, CELL, columns + 2, CELL, 3).swapaxes(1, 2).reshape(rows + 2, columns + 2, -1)
    stem = watch("stem", _convolved(cells, network["stem"]))
    places = np.ix_(np.arange(-1, rows + 1) % len(noise), np.arange(-1, columns + 1) % noise.shape[1])
    canvas = watch("canvas", _convolved(noise[places], network["canvas"]))
    x = watch("trunk0", np.maximum(stem + canvas, 0))
    for number, reach in zip(BLOCKS, DILATIONS, strict=True):
        inner = _convolved(_reflected(x, reach), network[f"inner{number}"], reach)
        inner = watch(f"inner{number}", np.maximum(inner, 0))
        change = watch(f"change{number}", _convolved(_reflected(inner, reach), network[f"change{number}"], reach))
        x = watch(f"trunk{number}", x + change)
    x = watch("up1", np.maximum(_convolved(_reflected(x, 1), network["up1"]), 0))
    levels = np.clip(np.rint(_convolved(x, network["up2"])), 0, 255).astype(np.uint8)
    return levels.reshape(rows, columns, CELL, CELL, 3).swapaxes(1, 2).reshape(frame.shape)


@cache
def photographs() -> Sequence[Frame]:
    """The bundled photographs, BGR, a little smaller than they would be, in whole cells."""
    found = []
    for path in sorted(_PHOTOGRAPHS.glob("*.jpg")):
        picture = cv2.imread(str(path))
        assert picture is not None, path
        scale = _SIDE / min(picture.shape[:2])
        size_hw = [round(side * scale) // CELL * CELL for side in picture.shape[:2]]
        found.append(cv2.resize(picture, size_hw[::-1], interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))
    return found


def _reflected(x: Floats, amount: int) -> Floats:
    return np.pad(x, ((amount, amount), (amount, amount), (0, 0)), "reflect")


def _convolved(x: Floats, kernel: Kernel, dilation: int = 1) -> Floats:
    """A convolution of (rows, columns, inputs), without a border."""
    down, across = kernel.weight.shape[2:]
    rows, columns = x.shape[0] - (down - 1) * dilation, x.shape[1] - (across - 1) * dilation
    out = np.broadcast_to(kernel.bias, (rows, columns, len(kernel.bias))).copy()
    for row in range(down):
        for column in range(across):
            top, left = row * dilation, column * dilation
            out += x[top : top + rows, left : left + columns] @ kernel.weight[:, :, row, column].T
    return out
