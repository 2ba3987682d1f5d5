"""Paints a sheet that shows how broad strokes are at 640x480, 1280x720 and 1920x1080, and how sharp the edges.

Run from the repository's root: python -m scripts.make_size_sheet PHOTO OUT.jpg [STYLE]...

The photograph should have 1080 lines or more: a smaller one is enlarged and has no detail that could be lost. For each
size and style there is a row: the frame, the frame painted at its own size, and what nstcam shows, all scaled to the
same height; then a part of each, pixel by pixel. Without STYLE, all bundled styles are shown.
"""

from __future__ import annotations

import argparse
import sys

import cv2
import numpy as np

from benchmarks.tools.shown import as_shown
from nstcam.realtime.caption import label
from nstcam.realtime.effects.strokes import painting_hw, ratio_for
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame, letterbox
from nstcam.realtime.style_files.library import find_style, list_styles

SIZES_WH = ((640, 480), (1280, 720), (1920, 1080))
ROW = 300
"""Height of a row in pixels, and side of the parts."""


def cut(photo: Frame, size_wh: tuple[int, int]) -> Frame:
    """The middle of the photograph in the proportions of that size, scaled to it."""
    height, width = photo.shape[:2]
    scale = min(width / size_wh[0], height / size_wh[1])
    inner_wh = int(size_wh[0] * scale), int(size_wh[1] * scale)
    top, left = (height - inner_wh[1]) // 3, (width - inner_wh[0]) // 2
    middle = np.ascontiguousarray(photo[top : top + inner_wh[1], left : left + inner_wh[0]])
    method = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(middle, size_wh, interpolation=method), np.uint8)


def row(frame: Frame, name: str, stylizer: Stylizer) -> Frame:
    """The pictures of one style at one size, beside each other."""
    height, width = frame.shape[:2]
    small = painting_hw((height, width), ratio_for((height, width), 1.0))
    pictures = {
        f"{width}x{height}": frame,
        f"{name}, painted at {width}x{height}": stylizer.stylize(frame),
        f"painted at {small[1]}x{small[0]}": as_shown(stylizer)(frame),
    }
    wholes, parts = [], []
    top, left = (height - ROW) // 2, (width - ROW) // 2
    for text, picture in pictures.items():
        whole = letterbox(picture, (ROW * 16 // 9, ROW)).copy()
        label(whole, text, 0.5)
        wholes.append(whole)
        parts.append(picture[top : top + ROW, left : left + ROW])
    return np.hstack([*wholes, *parts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("sheet", metavar="OUT.jpg")
    parser.add_argument("styles", nargs="*", metavar="STYLE")
    asked = parser.parse_args()
    photo = cv2.imread(asked.photo)
    if photo is None:
        sys.exit(f"{asked.photo} cannot be read as a picture")
    names = asked.styles or [style.name for style in list_styles() if style.bundled]
    rows = []
    for name in names:
        with Stylizer(find_style(name), "cpu") as stylizer:
            rows += [row(cut(np.asarray(photo, np.uint8), size), name, stylizer) for size in SIZES_WH]
    cv2.imwrite(asked.sheet, np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
