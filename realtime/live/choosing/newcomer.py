"""Styles that join a live session: files that nobody named when it began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style

MOST_NEWCOMERS: Final = 50
"""The most styles that join a session, including those that wait to be read: each open style takes memory and stays
open."""


class Newcomer(NamedTuple):
    """A style that has still to be read."""

    name: str
    """The name shown until the style is read."""
    read: Callable[[], Style]
    """Reads it, which takes less than a second for a picture, longer for a large one; may raise NstError."""


def newcomer_of(path: Path) -> Newcomer:
    """The style that a file makes: a picture, a style file, or another program's model."""

    def read() -> Style:
        try:
            return find_style(str(path))
        except StyleError as error:
            raise StyleError(str(error).replace(str(path), path.name)) from error  # a line in the window is short

    return Newcomer(path.name, read)


def joined(styles: Sequence[Style], style: Style) -> tuple[tuple[Style, ...], int]:
    """The list with the style, and the index of the style in it.

    A picture that is in the list already, by its contents, stays in its place, and so does another file by its path and
    what it says of itself. One with the name of another style gets a number after it, since commands know styles by
    their names.
    """
    for index, there in enumerate(styles):
        if _same(there, style):
            return tuple(styles), index
    names = {there.name for there in styles}
    numbers = (f"{style.name}-{number}" for number in range(2, len(styles) + 3))
    free = next(name for name in (style.name, *numbers) if name not in names)
    return (*styles, replace(style, name=free)), len(styles)


def _same(there: Style, style: Style) -> bool:
    if style.painting is not None and there.painting is not None:
        return style.painting.digest == there.painting.digest
    return replace(there, name=style.name) == style
