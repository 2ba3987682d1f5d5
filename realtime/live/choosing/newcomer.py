"""Styles that join a live session: pictures that nobody named when it began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from nstcam.realtime.engine.style import Style, style_of_picture

MOST_NEWCOMERS: Final = 50
"""The most pictures in a session, including those that wait to be read: each open style takes memory and stays open."""


class Newcomer(NamedTuple):
    """A style that has still to be read."""

    name: str
    """The name shown until the style is read."""
    read: Callable[[], Style]
    """Reads it, which takes a tenth of a second, or longer for a large picture; may raise NstError."""


def newcomer_of(picture: Path) -> Newcomer:
    """The style that a picture file makes."""
    return Newcomer(picture.name, lambda: style_of_picture(picture))


def joined(styles: Sequence[Style], style: Style) -> tuple[tuple[Style, ...], int]:
    """The list with the style, and the index of the style in it.

    A picture that is in the list already, by its contents, stays in its place. One with the name of another style gets
    a number after it, since commands know styles by their names.
    """
    if style.painting is not None:
        for index, there in enumerate(styles):
            if there.painting is not None and there.painting.digest == style.painting.digest:
                return tuple(styles), index
    names = {there.name for there in styles}
    numbers = (f"{style.name}-{number}" for number in range(2, len(styles) + 3))
    free = next(name for name in (style.name, *numbers) if name not in names)
    return (*styles, replace(style, name=free)), len(styles)
