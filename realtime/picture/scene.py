"""The scene around people, with its picture read from a file."""

from __future__ import annotations

from pathlib import Path

from nstcam.media.pixels import as_8_bits, on_black
from nstcam.realtime.people.scene import Backdrop, Scene
from nstcam.realtime.people.words import PICTURE
from nstcam.realtime.picture.file import read_picture


def read_scene(paint: str, kind: str, picture: Path | None = None) -> Scene:
    """The scene of --paint and --background.

    Args:
        paint, kind: words of people/words.py.
        picture: what stands behind people, if the kind is PICTURE; black where it is transparent.

    Raises:
        SourceError: the picture cannot be read.
    """
    if kind != PICTURE or picture is None:
        return Scene(paint, kind)
    found = read_picture(picture)
    pixels = found.pixels if found.alpha is None else on_black(found.pixels, found.alpha)
    return Scene(paint, PICTURE, Backdrop(as_8_bits(pixels)))
