"""Commands that change a Look: the same for the viewer of a window and for each visitor of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from nstcam.realtime.effects.look import Look
from nstcam.realtime.effects.strokes import LARGEST, SMALLEST
from nstcam.realtime.live.control.answers import shown, within

_NUMBERS: Final[Mapping[str, tuple[float, float, Callable[[Look, float], Look]]]] = MappingProxyType(
    {
        "strength": (0, 1, Look.with_strength),
        "steady": (0, 1, lambda look, number: replace(look, steady=number)),
        "stroke-scale": (SMALLEST, LARGEST, lambda look, number: replace(look, stroke_scale=number)),
    }
)
"""By command: the least and the largest value, and what it does."""
_SWITCHES: Final[Mapping[str, Callable[[Look, bool], Look]]] = MappingProxyType(
    {
        "keep-colors": lambda look, on: replace(look, keep_colors=on),
        "follow": lambda look, on: replace(look, follow=on),
        "brighten": lambda look, on: replace(look, brighten=on),
    }
)
"""By command, which `on` or `off` follows: what it does."""


def look_after(word: str, value: str, look: Look) -> Look | str | None:
    """The look after the command `word` with that value, what was wrong with the value as a line that begins with
    "error", or None if this is not a command that changes a look."""
    if word in _SWITCHES and value in ("on", "off"):
        return _SWITCHES[word](look, value == "on")
    if word not in _NUMBERS:
        return None
    low, high, change = _NUMBERS[word]
    number = within(value, low, high)
    if number is None:
        return f"error {word} {shown(value)} is not a number from {low:g} to {high:g}"
    return change(look, number)
