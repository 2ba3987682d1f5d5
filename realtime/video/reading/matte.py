"""Mattes: the colour that is seen through transparent pixels where the output cannot keep them."""

from __future__ import annotations

import re
from typing import Final

Matte = tuple[int, int, int]
"""Blue, green, red, each 0..255."""

BLACK: Final[Matte] = (0, 0, 0)
_NAMES: Final = {
    "black": BLACK, "white": (255, 255, 255), "grey": (128, 128, 128), "gray": (128, 128, 128), "red": (0, 0, 255),
    "green": (0, 255, 0), "blue": (255, 0, 0), "yellow": (0, 255, 255), "magenta": (255, 0, 255), "cyan": (255, 255, 0),
}  # fmt: skip


def parse_matte(text: str) -> Matte:
    """A name or #rrggbb -> the colour.

    Raises:
        ValueError: it is neither; the text says what is.
    """
    found = re.fullmatch(r"#?([0-9a-fA-F]{6})", text)
    if found:
        red, green, blue = bytes.fromhex(found[1])
        return blue, green, red
    if text.lower() not in _NAMES:
        raise ValueError(f"{text} is not a colour; write #rrggbb or one of {', '.join(_NAMES)}")
    return _NAMES[text.lower()]


def matte_of(text: str | None) -> Matte:
    """The colour of a setting: black if there is none.

    Raises:
        ValueError: as parse_matte.
    """
    return BLACK if text is None else parse_matte(text)


def matte_name(matte: Matte) -> str:
    """The colour for a message: its name, or #rrggbb."""
    blue, green, red = matte
    return next((name for name, colour in _NAMES.items() if colour == matte), f"#{red:02x}{green:02x}{blue:02x}")
