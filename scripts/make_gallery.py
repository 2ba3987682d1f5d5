"""Paints docs/gallery.webp: free photographs next to the same photographs in each bundled style, labelled.

Run from the repository's root: python -m scripts.make_gallery [STYLE]...

With few styles all three photographs are shown, one per row; the more styles, the fewer photographs, so that the
picture stays readable. A photograph with more than COLUMNS cells continues in the next row.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from nstcam.realtime.caption import label
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.library import list_styles

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee")
SIZE_WH = (360, 270)
COLUMNS = 6
MOST_CELLS = 18


def photo(name: str) -> Frame:
    """The top of a bundled photograph, 4:3, full width."""
    picture = cv2.imread(f"train/photos/{name}.jpg")
    assert picture is not None
    cut = picture[: picture.shape[1] * 3 // 4]
    return np.asarray(cv2.resize(cut, SIZE_WH, interpolation=cv2.INTER_CUBIC), np.uint8)


def labelled(frame: Frame, text: str) -> Frame:
    cell = frame.copy()
    label(cell, text, 0.6)
    return cell


def grid(cells: Sequence[Frame]) -> Frame:
    """The cells in rows as even as COLUMNS allows; the rest of the last row is white."""
    rows = -(-len(cells) // COLUMNS)
    columns = -(-len(cells) // rows)
    blank = np.full_like(cells[0], 255)
    filled = [*cells, *[blank] * (rows * columns - len(cells))]
    return np.vstack([np.hstack(filled[first : first + columns]) for first in range(0, len(filled), columns)])


def main(names: Sequence[str]) -> None:
    bundled = {style.name: style for style in list_styles() if style.bundled}
    stylizers = {name: Stylizer(bundled[name], "cpu") for name in names or bundled}
    each = 1 + len(stylizers)
    blocks = []
    for photograph in PHOTOGRAPHS[: max(MOST_CELLS // each, 1)]:
        original = photo(photograph)
        painted = [labelled(s.stylize(original), name) for name, s in stylizers.items()]
        blocks.append(grid([labelled(original, "original"), *painted]))
    cv2.imwrite(str(Path("docs") / "gallery.webp"), np.vstack(blocks), [cv2.IMWRITE_WEBP_QUALITY, 75])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("styles", nargs="*", metavar="STYLE")
    main(parser.parse_args().styles)
