"""Pictures too large for one go, painted in overlapping tiles that meet without a seam.

Exact where each pixel depends on its surroundings only, as in the lite networks (`Style.is_local`): tiles then equal
the whole. Networks with instance normalisation see the whole picture at once and cannot be tiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import Offset, Stylizing

CELL: Final = 4
"""Side in pixels of what a lite network sees as one (train/network/canvas.py): tiles begin at multiples of it."""

OVERLAP: Final = 128
"""Pixels of surroundings that a tile sees beyond what is kept of it. Lite networks look 87 px far."""

STEP: Final = 1536
"""From tile to tile; painting takes some 120 MB beside the result, whatever its size (benchmarks/image_tiles.py)."""


class Span(NamedTuple):
    """Of a tile along one side: it reaches from `origin` to before `stop`; `begin` to before `end` of it is kept."""

    origin: int
    stop: int
    begin: int
    end: int


def stylize_tiled(frame: Frame, stylizer: Stylizing, step: int = STEP) -> Frame:
    """The whole picture in tiles of `step` pixels, a multiple of `CELL`, and their overlap, on one canvas."""
    if step % CELL:
        raise ValueError(f"step {step} is no multiple of {CELL}")
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
    """What is kept adds up to the length; no tile is shorter than `OVERLAP`, unless the length is."""
    for origin in range(0, max(length - OVERLAP, 1), step):
        yield Span(
            origin,
            min(origin + step + 2 * OVERLAP, length),
            origin + OVERLAP if origin else 0,
            min(origin + step + OVERLAP, length),
        )
