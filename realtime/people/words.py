"""The words of --paint and --background. Loads nothing heavy: the command line needs them before it starts."""

from __future__ import annotations

from typing import Final

ALL: Final = "all"
PERSON: Final = "person"
BACKGROUND: Final = "background"
PAINT: Final = (ALL, PERSON, BACKGROUND)
"""What is painted in the style; the rest stays as the camera sees it."""

OFF: Final = "off"
BLUR: Final = "blur"
PICTURE: Final = "picture"
STYLE: Final = "style"
CLEAR: Final = "transparent"
"""What stands behind people: the room, the room out of focus, a picture, the room in a second style, or nothing."""


def shows_style(paint: str, background: str) -> bool:
    """Whether anything of what the style paints is seen; False if people stay as they are before another picture."""
    return not (paint == BACKGROUND and background in (BLUR, PICTURE, CLEAR))
