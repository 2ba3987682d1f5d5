"""Pictures of all styles to choose from: a strip at the lower edge, or a large grid in pages. In the preview only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np

from nstcam.realtime.caption import fitted, text_width, write
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.frame import Frame, covering

ACROSS: Final = 5
"""Pictures side by side in the strip."""
SIDE: Final = 3
"""Pictures side by side, and rows, on a page of the grid."""
PAGE: Final = SIDE * SIDE
_EDGE: Final = (255, 255, 255)
_BACK: Final = (24, 24, 24)


class Cell(NamedTuple):
    """The place of one style's picture, in pixels; its name is written below it."""

    style: int
    """Index of the style."""
    left: int
    top: int
    width: int
    height: int
    name_height: int


class Offer(NamedTuple):
    """What there is to choose from."""

    names: Sequence[str]
    """The names of all styles."""
    chosen: int
    """Index of the style that is marked."""
    pictures: Mapping[int, Frame]
    """The pictures painted so far, or previews until then, by the style's index."""
    stand_in: Frame
    """Shown darkened where there is neither."""


def cell_hw(frame: Frame, across: int) -> tuple[int, int]:
    """(height, width) of one of `across` pictures that fill the width of `frame` side by side."""
    return frame.shape[0] // across, frame.shape[1] // across


def strip_cells(size_hw: tuple[int, int], bottom: int, styles: Sequence[int]) -> list[Cell]:
    """Cells of the strip, in the middle above row `bottom`.

    Args:
        size_hw: (height, width) of the picture that the strip is drawn on.
        styles: indices of up to ACROSS styles.
    """
    height, width = size_hw
    wide, high, name = width // ACROSS, height // ACROSS, _name_height(height)
    left = (width - wide * len(styles)) // 2
    return [
        Cell(style, left + wide * place, bottom - high - name, wide, high, name) for place, style in enumerate(styles)
    ]


def grid_cells(size_hw: tuple[int, int], bottom: int, styles: Sequence[int]) -> list[Cell]:
    """Cells of a page of the grid, in rows of SIDE, as large as fits above row `bottom`.

    Args:
        size_hw: as for `strip_cells`.
        styles: indices of up to PAGE styles.
    """
    height, width = size_hw
    name = _name_height(height)
    high = (bottom - name) // SIDE - name  # the last line tells the page
    wide = high * width // height
    left = (width - SIDE * wide) // 2
    return [
        Cell(style, left + place % SIDE * wide, place // SIDE * (high + name), wide, high, name)
        for place, style in enumerate(styles)
    ]


def style_at(cells: Sequence[Cell], size_hw: tuple[int, int], pointer: Pointer) -> int | None:
    """The style whose picture or name is under the mouse; None if there is none."""
    x, y = pointer.x * size_hw[1], pointer.y * size_hw[0]
    for cell in cells:
        if 0 <= x - cell.left < cell.width and 0 <= y - cell.top < cell.height + cell.name_height:
            return cell.style
    return None


def draw_cells(frame: Frame, cells: Sequence[Cell], offer: Offer) -> None:
    """Draws pictures with numbers and names over `frame`, in place."""
    waiting = (offer.stand_in // 3).astype(np.uint8)
    for cell in cells:
        picture = offer.pictures.get(cell.style, waiting)
        below = cell.top + cell.height
        frame[cell.top : below, cell.left : cell.left + cell.width] = covering(picture, (cell.height, cell.width))
        is_chosen = cell.style == offer.chosen
        plate = frame[below : below + cell.name_height, cell.left : cell.left + cell.width]
        plate[:] = _EDGE if is_chosen else _BACK
        text = fitted(f"{cell.style + 1} {offer.names[cell.style]}", cell.width - 6, _line(cell))
        x = cell.left + (cell.width - text_width(text, _line(cell))) // 2
        colour = (0, 0, 0) if is_chosen else _EDGE
        write(frame, text, x, below + cell.name_height * 3 // 4, _line(cell), colour)
        if is_chosen:
            corner = cell.left + cell.width - 2, below + cell.name_height - 2
            cv2.rectangle(frame, (cell.left + 1, cell.top + 1), corner, _EDGE, max(cell.height // 40, 2))
        else:
            frame[cell.top : below + cell.name_height, cell.left] = 0


def draw_strip(frame: Frame, cells: Sequence[Cell], offer: Offer) -> None:
    """Draws the strip over `frame`, in place, with marks at the ends beyond which there are more styles."""
    top, high = cells[0].top, cells[0].height
    band = frame[max(top - 2, 0) : top + high + cells[0].name_height]
    band[:] = band // 4
    draw_cells(frame, cells, offer)
    middle, size, width = top + high // 2, max(high // 8, 4), frame.shape[1]
    if cells[0].style > 0:
        _mark(frame, size, middle, -size)
    if cells[-1].style < len(offer.names) - 1:
        _mark(frame, width - 1 - size, middle, size)


def draw_page(size_hw: tuple[int, int], cells: Sequence[Cell], offer: Offer) -> Frame:
    """A new picture of (height, width) `size_hw` with a page of the grid."""
    frame = np.zeros((*size_hw, 3), np.uint8)
    draw_cells(frame, cells, offer)
    if len(offer.names) > PAGE:
        line, below = _line(cells[0]), SIDE * (cells[0].height + cells[0].name_height)
        shown = f"{cells[0].style + 1}-{cells[-1].style + 1} of {len(offer.names)}"
        text = f"{shown}   wheel, arrows or digits show the others"
        write(frame, fitted(text, size_hw[1] - line, line), line // 2, below + cells[0].name_height * 3 // 4, line)
    return frame


def _mark(frame: Frame, x: int, y: int, by: int) -> None:
    """A triangle that points to the left if `by` is negative, else to the right, black with a white edge."""
    size = abs(by)
    points = np.array([(x - by // 2, y - size), (x - by // 2, y + size), (x + by // 2, y)], np.int32)
    cv2.fillConvexPoly(frame, points, _EDGE, cv2.LINE_AA)
    cv2.polylines(frame, [points], True, (0, 0, 0), max(size // 6, 1), cv2.LINE_AA)


def _name_height(height: int) -> int:
    """Height of a name's plate in a picture of that height, in pixels."""
    return max(height // 24, 14)


def _line(cell: Cell) -> int:
    """Height of a line of text that fits on the plate of a name."""
    return cell.name_height * 9 // 10
