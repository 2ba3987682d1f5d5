"""A picture file as what stands behind people."""

from __future__ import annotations

from pathlib import Path

from nstcam.media.pixels import as_8_bits, on_black
from nstcam.realtime.people.scene import Backdrop
from nstcam.realtime.picture.file import read_picture


def read_backdrop(path: Path) -> Backdrop:
    """What is transparent is black.

    Raises:
        SourceError: the picture cannot be read.
    """
    picture = read_picture(path)
    return Backdrop(as_8_bits(picture.pixels if picture.alpha is None else on_black(picture.pixels, picture.alpha)))
