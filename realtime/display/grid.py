"""The grid: nine styles at once, live, to choose from. In the preview only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.caption import label
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.frame import Frame, resize

SIDE: Final = 3
PLACES: Final = SIDE * SIDE
_EDGE: Final = (255, 255, 255)


def tile_hw(frame: Frame) -> tuple[int, int]:
    """(height, width) of one tile in a grid as large as `frame`."""
    return frame.shape[0] // SIDE, frame.shape[1] // SIDE


def draw_grid(tiles: Sequence[Frame | None], names: Sequence[str], size_hw: tuple[int, int], current: int) -> Frame:
    """Draws the grid into a new picture.

    Args:
        tiles: a picture for each of the first styles, in order; None for a style that is not open yet.
        names: names of the styles, in the same order.
        size_hw: (height, width) of the result.
        current: index of the style that is marked with a white edge.
    """
    height, width = size_hw
    out = np.zeros((height, width, 3), np.uint8)
    cell_wh = width // SIDE, height // SIDE
    for place, (tile, name) in enumerate(zip(tiles[:PLACES], names, strict=False)):
        top, left = place // SIDE * cell_wh[1], place % SIDE * cell_wh[0]
        cell = out[top : top + cell_wh[1], left : left + cell_wh[0]]
        if tile is not None:
            cell[:] = resize(tile, cell_wh)
        text = f"{place + 1} {name}" if tile is not None else f"{place + 1} {name} ..."
        label(cell, text, max(cell_wh[1] / 320, 0.35))
        if place == current:
            cv2.rectangle(out, (left + 1, top + 1), (left + cell_wh[0] - 2, top + cell_wh[1] - 2), _EDGE, 2)
    return out


def place_at(pointer: Pointer) -> int:
    """The index of the tile under the mouse; the nearest one if the mouse is beside the picture."""
    column, row = (min(max(int(share * SIDE), 0), SIDE - 1) for share in pointer)
    return row * SIDE + column
