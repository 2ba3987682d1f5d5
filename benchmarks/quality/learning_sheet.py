"""The sheet of benchmarks.quality.learning: what is painted in a picture, beside the photograph and the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.quality.sheet import GAP, PHOTOGRAPH_SIZE, frame_of, padded, write_sheet
from nstcam.realtime.caption import label
from nstcam.realtime.frame import Frame

CELL_WH: Final = 384, 288
"""Width and height of a picture on the sheet, in pixels."""


class LearningSheet:
    """A row for each painting and photograph: both of them, then what was painted, in the order in which it was.

    Photographs are painted at PHOTOGRAPH_SIZE: strokes of smaller ones would be broader than people see them.
    """

    def __init__(self, photographs: Sequence[Path]) -> None:
        self._frames = [frame_of(path, PHOTOGRAPH_SIZE) for path in photographs]
        self._rows: list[list[Frame]] = []

    def begin(self, painting: Path) -> None:
        """Begins the rows of a painting."""
        shown = cell(frame_of(painting, PHOTOGRAPH_SIZE), painting.stem)
        self._rows += [[cell(frame), shown] for frame in self._frames]

    def add(self, caption: str, paint: Callable[[Frame], Frame]) -> None:
        """Paints the photographs for the rows of the painting that was begun last."""
        for row, frame in zip(self._rows[-len(self._frames) :], self._frames, strict=True):
            row.append(cell(paint(frame), caption))

    def picture(self) -> Frame:
        """The sheet so far; rows that are shorter than others are filled with white."""
        rows = [np.hstack(row) for row in self._rows]
        width = max(row.shape[1] for row in rows)
        return np.vstack([padded(row, 0, width - row.shape[1]) for row in rows])

    def write(self, path: Path) -> None:
        """Writes a WebP.

        Raises:
            ExportError: it cannot be written, or is too large even at the lowest quality.
        """
        write_sheet(path, self.picture())


def cell(frame: Frame, caption: str = "") -> Frame:
    """A picture as it is on the sheet, with a gap below and on the right."""
    small = np.asarray(cv2.resize(frame, CELL_WH, interpolation=cv2.INTER_AREA), np.uint8)
    if caption:
        label(small, caption)
    return padded(small, GAP, GAP)
