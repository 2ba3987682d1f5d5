"""A sheet of all styles: a row each, of photographs and of frames that are hard to paint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from export.errors import ExportError
from export.scenes import difficult_frames
from export.yardstick import Paint
from realtime.frame import Frame

SIZES_WH: Final = ((320, 240), (1280, 720))
CELL_HEIGHT: Final = 108
"""Pixels; frames are painted at their own size and shown smaller."""
MOST_BYTES: Final = 600_000
QUALITIES: Final = 85, 75, 65, 55, 45, 35
GAP: Final = 2


def write_quality_sheet(
    path: Path, painters: Mapping[str, Paint], photographs: Mapping[str, Frame], frames: Path | None = None
) -> None:
    """A JPEG of at most MOST_BYTES, as good as that allows: photographs, then the difficult frames at both SIZES_WH.

    Args:
        frames: a folder, made where it is missing, for every painted frame at its own size, as PAINTER-SCENE.png.

    Raises:
        ExportError: it cannot be written, or is too large even at the lowest quality.
    """
    scenes = dict(photographs)
    for size_wh in SIZES_WH:
        scenes |= {f"{name} {size_wh[0]}x{size_wh[1]}": frame for name, frame in difficult_frames(size_wh).items()}
    rows = [_row(scenes, list(scenes))]
    for title, paint in painters.items():
        painted = {name: paint(frame) for name, frame in scenes.items()}
        rows.append(_row(painted, [title]))
        if frames:
            _keep(frames, title, painted)
    _write(path, np.vstack(rows))


def _row(cells: Mapping[str, Frame], labels: list[str]) -> Frame:
    """Frames abreast, the first ones labelled."""
    shown = []
    for index, frame in enumerate(cells.values()):
        width = round(frame.shape[1] * CELL_HEIGHT / frame.shape[0])
        cell = np.asarray(cv2.resize(frame, (width, CELL_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        if index < len(labels):
            _label(cell, labels[index])
        shown.append(cv2.copyMakeBorder(cell, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
    return np.asarray(np.hstack(shown), np.uint8)


def _label(cell: Frame, text: str) -> None:
    scale = 0.32
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    cv2.rectangle(cell, (0, 0), (width + 6, height + 7), (0, 0, 0), cv2.FILLED)
    cv2.putText(cell, text, (3, height + 3), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _keep(folder: Path, title: str, painted: Mapping[str, Frame]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in painted.items():
            (folder / f"{title}-{name}.png".replace(" ", "-")).write_bytes(cv2.imencode(".png", frame)[1].tobytes())
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror}; choose another folder") from error


def _write(path: Path, sheet: Frame) -> None:
    for quality in QUALITIES:
        data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])[1]
        if data.size <= MOST_BYTES:
            break
    else:
        raise ExportError(f"the sheet takes {data.size} bytes even at quality {quality}; show fewer styles")
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}; choose another file") from error
