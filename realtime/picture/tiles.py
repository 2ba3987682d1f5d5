"""stylize_tiled(): paints large pictures in overlapping tiles that meet without a seam.

If each pixel depends on its surroundings only, as in the lite networks (`Style.is_local`), the tiles equal the whole
picture painted in one go. Networks with instance normalisation depend on the whole picture and cannot be tiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import Offset, Stylizing

CELL: Final = 4
"""Pixels: side of the cells that a lite network works on (train/network/canvas.py). Tiles begin at multiples of it."""

OVERLAP: Final = 128
"""Pixels around the part of a tile that is kept. Lite networks look 87 px far."""

STEP: Final = 1536
"""Pixels from tile to tile. Painting then takes some 120 MB beside the result, whatever its size
(benchmarks/image_tiles.py)."""


class Span(NamedTuple):
    """Where a tile lies along one side: it covers origin <= pixel < stop, of which begin <= pixel < end is kept."""

    origin: int
    stop: int
    begin: int
    end: int


def stylize_tiled(frame: Frame, stylizer: Stylizing, step: int = STEP) -> Frame:
    """Paints the whole picture in tiles on one canvas.

    Args:
        step: pixels from tile to tile, a multiple of `CELL`; each tile is larger by the overlap.

    Raises:
        ValueError: `step` is not a multiple of `CELL`.
    """
    if step % CELL:
        raise ValueError(f"step {step} is not a multiple of {CELL}")
    out = np.empty_like(frame)
    for rows in spans(frame.shape[0], step):
        for columns in spans(frame.shape[1], step):
            tile = np.ascontiguousarray(frame[rows.origin : rows.stop, columns.origin : columns.stop])
            painted = stylizer.stylize(tile, Offset(-rows.origin, -columns.origin))
            out[rows.begin : rows.end, columns.begin : columns.end] = painted[
                rows.begin - rows.origin : rows.end - rows.origin,
                columns.begin - columns.origin : columns.end - columns.origin,
            ]
    return out


def spans(length: int, step: int) -> Iterator[Span]:
    """The tiles along a side of `length` pixels.

    Their kept parts add up to the length, and no tile is shorter than `OVERLAP` unless the length is.
    """
    for origin in range(0, max(length - OVERLAP, 1), step):
        yield Span(
            origin,
            min(origin + step + 2 * OVERLAP, length),
            origin + OVERLAP if origin else 0,
            min(origin + step + OVERLAP, length),
        )
