"""Pictures too large for one go, painted in overlapping tiles that meet without a seam.

Exact where each pixel depends on its surroundings only, as in the lite networks (`Style.is_local`): tiles then equal
the whole. Networks with instance normalisation see the whole picture at once and cannot be tiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from realtime.blend import Stylizes
from realtime.frame import Frame

CANVAS: Final = 512
"""Pixels after which the noise that lite networks paint on repeats (train.canvas.CANVAS_PERIOD): tiles begin at
multiples of it, so that they paint on what the whole picture would have there."""

OVERLAP: Final = 128
"""Pixels of surroundings that a tile sees beyond what is kept of it. Lite networks look 87 px far."""

STEP: Final = 3 * CANVAS
"""From tile to tile; painting takes 300 MB at most, whatever the picture (benchmarks/image_tiles.py)."""


class Span(NamedTuple):
    """Of a tile along one side: it reaches from `origin` to before `stop`; `begin` to before `end` of it is kept."""

    origin: int
    stop: int
    begin: int
    end: int


def stylize_tiled(frame: Frame, stylizer: Stylizes, step: int = STEP) -> Frame:
    """The whole picture in tiles of `step` pixels, a multiple of `CANVAS`, and their overlap."""
    if step % CANVAS:
        raise ValueError(f"step {step} is no multiple of {CANVAS}")
    out = np.empty_like(frame)
    for rows in spans(frame.shape[0], step):
        for columns in spans(frame.shape[1], step):
            tile = np.ascontiguousarray(frame[rows.origin : rows.stop, columns.origin : columns.stop])
            painted = stylizer.stylize(tile)
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
