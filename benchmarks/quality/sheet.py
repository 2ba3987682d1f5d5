"""Draws a sheet of all styles, a row for each: photographs, and frames that are hard to paint.

    python -m benchmarks.quality.sheet docs/quality_sheet.webp [--style NAME]... [--frames FOLDER] [PHOTOGRAPH]...

The default photographs are bundled ones that may be shown. --frames also saves every painted frame at full size, to be
inspected pixel by pixel.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.quality.make_references import bundled_styles
from nstcam.export.cli.nst_eval import check_target
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.closeness import Paint
from nstcam.export.evaluate.hard_frames import difficult_frames
from nstcam.export.evaluate.photographs import pictures_of, sized
from nstcam.realtime.caption import label
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import Frame
from nstcam.train.errors import TrainError
from nstcam.train.picture import read_rgb

PHOTOGRAPH_SIZE: Final = "640x480"
SIZES_WH: Final = ((320, 240), (1280, 720))
CELL_HEIGHT: Final = 108
"""The height of a picture on the sheet, in pixels; frames are painted at full size and then reduced."""
SUFFIX: Final = ".webp"
"""A third less than JPEG where pictures are small and full of strokes."""
MOST_BYTES: Final = 480_000
QUALITIES: Final = 90, 80, 70, 60, 50, 40
GAP: Final = 2


def write_quality_sheet(
    path: Path, painters: Mapping[str, Paint], photographs: Mapping[str, Frame], frames: Path | None = None
) -> None:
    """Writes photographs and the difficult frames at both SIZES_WH as the best WebP of at most MOST_BYTES.

    Args:
        frames: a folder for every painted frame at full size, as PAINTER-SCENE.png; created if it is missing.

    Raises:
        ExportError: it cannot be written, or is too large even at the lowest quality.
    """
    small, large = (
        {f"{name} {width}x{height}": frame for name, frame in difficult_frames((width, height)).items()}
        for width, height in SIZES_WH
    )
    sheets = [_block(painters, scenes, frames) for scenes in ({**photographs, **small}, large)]
    width = max(sheet.shape[1] for sheet in sheets)
    write_sheet(path, np.vstack([padded(sheet, 0, width - sheet.shape[1]) for sheet in sheets]))


def shown(photographs: Sequence[Path]) -> dict[str, Frame]:
    """The photographs at PHOTOGRAPH_SIZE, by name."""
    return {path.stem: frame_of(path, PHOTOGRAPH_SIZE) for path in photographs}


def frame_of(picture: Path, size: str) -> Frame:
    """A picture file as a frame, BGR, scaled and cropped as `sized` does.

    Raises:
        TrainError: it cannot be read.
    """
    return np.ascontiguousarray(sized(read_rgb(picture), size)[..., ::-1])


def _block(painters: Mapping[str, Paint], scenes: Mapping[str, Frame], frames: Path | None) -> Frame:
    """A row of the scenes, then a row for each painter."""
    rows = [row_of(scenes, list(scenes))]
    for title, paint in painters.items():
        painted = {name: paint(frame) for name, frame in scenes.items()}
        rows.append(row_of(painted, [title]))
        if frames:
            _keep(frames, title, painted)
    return padded(np.vstack(rows), 4 * GAP, 0)


def row_of(cells: Mapping[str, Frame], labels: list[str]) -> Frame:
    """Frames side by side; labels go to the first ones."""
    abreast = []
    for index, frame in enumerate(cells.values()):
        width = round(frame.shape[1] * CELL_HEIGHT / frame.shape[0])
        cell = np.asarray(cv2.resize(frame, (width, CELL_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        if index < len(labels):
            label(cell, labels[index], 0.32)
        abreast.append(padded(cell, GAP, GAP))
    return np.asarray(np.hstack(abreast), np.uint8)


def padded(picture: Frame, below: int, right: int) -> Frame:
    """The picture with so many white pixels below and on the right."""
    padded = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return np.asarray(padded, np.uint8)


def _keep(folder: Path, title: str, painted: Mapping[str, Frame]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in painted.items():
            (folder / f"{title}-{name}.png".replace(" ", "-")).write_bytes(cv2.imencode(".png", frame)[1].tobytes())
    except OSError as error:
        raise ExportError(f"{folder} cannot be written: {error.strerror}; choose another folder") from error


def write_sheet(path: Path, sheet: Frame, most_bytes: int | None = None) -> None:
    """Writes the best WebP of at most `most_bytes`, by default MOST_BYTES.

    Raises:
        ExportError: it cannot be written, or is too large even at the lowest quality.
    """
    most_bytes = most_bytes or MOST_BYTES
    for quality in QUALITIES:
        data = cv2.imencode(SUFFIX, sheet, [cv2.IMWRITE_WEBP_QUALITY, quality])[1]
        if data.size <= most_bytes:
            break
    else:
        raise ExportError(f"the sheet takes {data.size} bytes even at quality {quality}; show fewer styles")
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}; choose another file") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sheet", type=Path, metavar=f"FILE{SUFFIX}")
    parser.add_argument("photographs", type=Path, nargs="*", metavar="PHOTOGRAPH")
    parser.add_argument("--style", action="append", metavar="NAME", help="repeatable; default: all bundled ones")
    parser.add_argument("--frames", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        check_target(options.sheet, {SUFFIX}, overwrite=True)
        photographs = shown(options.photographs or pictures_of(None))
        with ExitStack() as stack:
            stylizers = {style.name: Stylizer(style, "cpu") for style in bundled_styles(options.style)}
            for stylizer in stylizers.values():
                stack.callback(stylizer.close)
            painters = {name: stylizer.stylize for name, stylizer in stylizers.items()}
            write_quality_sheet(options.sheet, painters, photographs, options.frames)
    except (ExportError, TrainError, NstError) as error:
        print(f"benchmarks.quality.sheet: {error}", file=sys.stderr)
        return 1
    print(f"written to {options.sheet}: {options.sheet.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
