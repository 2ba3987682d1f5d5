"""What commands understand and answer: numbers, on and off, text from outside, and whether something was done."""

from __future__ import annotations

from typing import Final

from nstcam.realtime.live.session import Session

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
