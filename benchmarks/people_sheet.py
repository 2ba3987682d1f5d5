"""Paints photographs in each mode of --paint and --background, for looking at: a row a photograph, a column a mode.

    python -m benchmarks.people_sheet SHEET.jpg PHOTO... [--style starry] [--second wave] [--picture FILE]

The modes, from the left: the photograph; all, person, background; the room in the second style, out of focus, and
behind it the picture, with the person painted; the person alone, unpainted, on checks where the file is transparent.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.media.pixels import as_8_bits
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame, letterbox, resize
from nstcam.realtime.people.layers import before
from nstcam.realtime.people.masks import Masks
from nstcam.realtime.people.network import sighting
from nstcam.realtime.people.scene import Backdrop, Scene
from nstcam.realtime.people.words import ALL, BACKGROUND, BLUR, PERSON, PICTURE, STYLE
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.style_files.library import find_style

BEHIND: Final = Path(__file__).parents[1] / "train" / "photos" / "coffee.jpg"
LONGEST: Final = 640
"""Pixels of a photograph's longer side, as a camera would give."""
CELL_WH: Final = 320, 240
CHECK: Final = 12
"""Pixels per side of the checks behind what is transparent."""


def photograph(path: Path) -> Frame:
    """The picture, no larger than a camera's."""
    frame = as_8_bits(read_picture(path).pixels)
    scale = LONGEST / max(frame.shape[:2])
    return frame if scale >= 1 else resize(frame, (round(frame.shape[1] * scale), round(frame.shape[0] * scale)))


def checks(frame: Frame) -> Frame:
    """Light and dark squares at the size of the frame."""
    rows, columns = np.indices(frame.shape[:2]) // CHECK
    return np.where((rows + columns)[..., None] % 2, 170, 110).astype(np.uint8).repeat(3, 2)


def row(frame: Frame, first: Stylizer, second: Stylizer, picture: Frame) -> list[Frame]:
    """The photograph in each mode."""
    seen = Masks().take(frame, sighting(frame), 0)
    painted, behind, backdrop = first.stylize(frame), second.stylize(frame), Backdrop(picture)
    scenes = [
        Scene(ALL), Scene(PERSON), Scene(BACKGROUND), Scene(PERSON, STYLE), Scene(PERSON, BLUR),
        Scene(PERSON, PICTURE, backdrop),
    ]  # fmt: skip
    shown = [frame] + [scene.together(painted, frame, seen, behind) for scene in scenes]
    return [*shown, before(checks(frame), frame, seen.mask)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    parser.add_argument("--style", default="starry")
    parser.add_argument("--second", default="wave")
    parser.add_argument("--picture", type=Path, default=BEHIND)
    options = parser.parse_args()
    picture = as_8_bits(read_picture(options.picture).pixels)
    with (
        Stylizer(find_style(options.style), "cpu", None) as first,
        Stylizer(find_style(options.second), "cpu", None) as second,
    ):
        rows = [row(photograph(path), first, second, picture) for path in options.photos]
    sheet = np.vstack([np.hstack([letterbox(cell, CELL_WH) for cell in cells]) for cells in rows])
    if not cv2.imwrite(str(options.sheet), sheet):
        raise SystemExit(f"{options.sheet} cannot be written")


if __name__ == "__main__":
    main()
