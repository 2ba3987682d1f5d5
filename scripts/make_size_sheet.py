"""Paints a sheet of the bundled styles at 640x480, 1280x720 and 1920x1080: how broad strokes are, and how sharp edges.

Run from the repository's root: python -m scripts.make_size_sheet PHOTO OUT.webp [--left 0.5] [--top 0.4] [STYLE]...

The photograph should have 1080 lines or more: a smaller one is enlarged and has no detail that could be lost. There is
a row for each style, of the same part of the scene: the frame, and then for each size the frame painted as it is and
what nstcam shows, which for large frames is painted smaller and enlarged.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.tools.shown import as_shown
from nstcam.realtime.caption import label
from nstcam.realtime.effects.strokes import NATIVE, ratio_for
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.style_files.library import find_style, list_styles

SIZES_WH: Final = (640, 480), (1280, 720), (1920, 1080)
TILE: Final = 160
"""Side of the parts on the sheet in pixels."""
PART: Final = 0.7
"""Height of the part that is shown, of the frame's."""
QUALITY: Final = 32
"""Of WebP: a third of the bytes of 75, and strokes look the same."""


def cut(photo: Frame, size_wh: tuple[int, int]) -> Frame:
    """The middle of the photograph in the proportions of that size, scaled to it."""
    height, width = photo.shape[:2]
    scale = min(width / size_wh[0], height / size_wh[1])
    inner_wh = int(size_wh[0] * scale), int(size_wh[1] * scale)
    top, left = (height - inner_wh[1]) // 3, (width - inner_wh[0]) // 2
    middle = np.ascontiguousarray(photo[top : top + inner_wh[1], left : left + inner_wh[0]])
    method = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(middle, size_wh, interpolation=method), np.uint8)


def part_of(frame: Frame, left: float, top: float) -> Frame:
    """A square about the point (left, top), in shares of the frame's sides, scaled to a tile."""
    height, width = frame.shape[:2]
    side = round(height * PART)
    x, y = (min(max(round(at), 0), most) for at, most in
            ((left * width - side / 2, width - side), (top * height - side / 2, height - side)))  # fmt: skip
    return np.asarray(
        cv2.resize(frame[y : y + side, x : x + side], (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8
    )


def row(photo: Frame, name: str, stylizer: Stylizer, at: tuple[float, float]) -> Frame:
    """The tiles of one style beside each other."""
    tiles = {name: part_of(cut(photo, SIZES_WH[-1]), *at)}
    for size_wh in SIZES_WH:
        frame, size = cut(photo, size_wh), "x".join(map(str, size_wh))
        tiles[size] = part_of(stylizer.stylize(frame), *at)
        if ratio_for((size_wh[1], size_wh[0]), 1.0) != NATIVE:
            tiles[f"{size}, shown"] = part_of(as_shown(stylizer)(frame), *at)
    for text, tile in tiles.items():
        label(tile, text, 0.4)
    return np.hstack(list(tiles.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument("sheet", metavar="OUT.webp")
    parser.add_argument("styles", nargs="*", metavar="STYLE")
    parser.add_argument("--left", type=float, default=0.5, help="where the part is, of the width; 0.5 is the middle")
    parser.add_argument("--top", type=float, default=0.4, help="where it is, of the height")
    asked = parser.parse_args()
    photo = read_picture(asked.photo).pixels
    rows = []
    for name in asked.styles or [style.name for style in list_styles() if style.bundled]:
        print(name, flush=True)
        with Stylizer(find_style(name), "cpu") as stylizer:
            rows.append(row(photo, name, stylizer, (asked.left, asked.top)))
    if not cv2.imwrite(asked.sheet, np.vstack(rows), [cv2.IMWRITE_WEBP_QUALITY, QUALITY]):
        sys.exit(f"{asked.sheet} cannot be written; is there such a folder?")


if __name__ == "__main__":
    main()
