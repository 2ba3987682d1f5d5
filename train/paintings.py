"""Reading the paintings that styles are made of."""

from __future__ import annotations

from pathlib import Path

from train.content import SMALLEST_SIDE, read_rgb
from train.errors import TrainError
from train.scenes import Picture


def read_painting(path: Path) -> Picture:
    """RGB uint8.

    Raises:
        TrainError: missing, not a picture, or too small.
    """
    painting = read_rgb(path)
    check_side(path, painting)
    return painting


def check_side(path: Path, picture: Picture) -> None:
    """Raises TrainError if the picture of that file is too small."""
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise TrainError(f"{path} is {width}x{height}; at least {SMALLEST_SIDE}x{SMALLEST_SIDE} pixels are needed")
