"""Reading paintings."""

from __future__ import annotations

import logging
from pathlib import Path

from nstcam.media.pixels import on_white
from nstcam.train.errors import TrainError
from nstcam.train.picture import SMALLEST_SIDE, Picture, read_file

log = logging.getLogger(__name__)


def read_painting(path: Path) -> Picture:
    """The painting as RGB uint8; transparent parts become white.

    Raises:
        TrainError: missing, not a picture, or too small.
    """
    painting = read_on_white(path)
    check_side(path, painting)
    return painting


def read_on_white(path: Path) -> Picture:
    """Like `read_rgb`, but transparent parts become white instead of the colour stored there, which is often black.

    Raises:
        TrainError: missing, or not a picture.
    """
    rgb, alpha = read_file(path)
    if alpha is None or alpha.min() == 255:
        return rgb
    log.warning("the transparent parts of %s become white", path)
    return on_white(rgb, alpha)


def check_side(path: Path, picture: Picture) -> None:
    """Raises TrainError if the picture is too small; `path` is for the message."""
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise TrainError(f"{path} is {width}x{height}; at least {SMALLEST_SIDE}x{SMALLEST_SIDE} pixels are needed")
