"""What commands understand and answer: numbers, switches, styles, texts, and whether something was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nstcam.realtime.live.session import Session
from nstcam.realtime.style_files.style import Style

SWITCHES: Final = {"start": True, "on": True, "stop": False, "off": False}
"""What may follow a command that switches something."""


def shown(text: str) -> str:
    """Text from outside, quoted, shortened and on one line."""
    return repr(text.strip()[:40])


def said(session: Session, done: bool) -> str:
    """The answer to a command whose result the session has put into words."""
    return f"{'ok' if done else 'error'} {session.message}"


def share_of(text: str) -> float | None:
    """A number from 0 to 1; None for any other text."""
    return within(text, 0, 1)


def within(text: str, low: float, high: float) -> float | None:
    """A number from `low` to `high`; None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if low <= number <= high else None


def index_of(value: str, styles: Sequence[Style]) -> int | None:
    """The index of the style with that name or number; None if there is none."""
    names = [style.name for style in styles]
    if value in names:
        return names.index(value)
    return int(value) - 1 if value.isdecimal() and 1 <= int(value) <= len(names) else None


def no_style(value: str, styles: Sequence[Style]) -> str:
    """The answer to a command that names a style that is not in the list."""
    return f"error style {shown(value)} is not among {', '.join(style.name for style in styles)}"
