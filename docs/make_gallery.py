"""Paints docs/gallery.jpg: three free photographs beside themselves in the bundled styles.

Run from the repository's root: python docs/make_gallery.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from realtime.frame import Frame
from realtime.style import BUNDLED_STYLES, read_style
from realtime.stylizer import Stylizer

STYLES = ("starry", "wave", "scream")
SIZE_WH = (432, 324)


def photo(name: str, top: int) -> Frame:
    """A 4:3 cut of a bundled photograph, full width from row `top`."""
    picture = cv2.imread(f"train/photos/{name}.jpg")
    assert picture is not None
    height = picture.shape[1] * 3 // 4
    cut = picture[top : top + height]
    return np.asarray(cv2.resize(cut, SIZE_WH, interpolation=cv2.INTER_CUBIC), np.uint8)


def main() -> None:
    photos = [photo("astronaut", 0), photo("chelsea", 0), photo("coffee", 0)]
    stylizers = [Stylizer(read_style(BUNDLED_STYLES / f"{name}.onnx"), "cpu") for name in STYLES]
    rows = [np.hstack([p, *(s.stylize(p) for s in stylizers)]) for p in photos]
    cv2.imwrite(str(Path("docs") / "gallery.jpg"), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
