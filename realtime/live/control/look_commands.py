"""Commands that change a Look: the same for the viewer of a window and for each visitor of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from nstcam.realtime.effects.look import Look
from nstcam.realtime.effects.strokes import LARGEST, SMALLEST
from nstcam.realtime.live.control.answers import shown, within

_NUMBERS: Final[Mapping[str, tuple[str, float, float]]] = MappingProxyType(
    {
        "strength": ("strength", 0, 1),
        "steady": ("steady", 0, 1),
        "stroke-scale": ("stroke_scale", SMALLEST, LARGEST),
    }
)
"""By command: the field of Look, the least and the largest value."""
_SWITCHES: Final[Mapping[str, str]] = MappingProxyType(
    {"keep-colors": "keep_colors", "follow": "follow", "brighten": "brighten"}
)
"""By command, which `on` or `off` follows: the field of Look."""


def look_after(word: str, value: str, look: Look) -> Look | str | None:
    """The look after the command `word` with that value, what was wrong with the value as a line that begins with
    "error", or None if this is not a command that changes a look."""
    if word in _SWITCHES and value in ("on", "off"):
        switched: dict[str, Any] = {_SWITCHES[word]: value == "on"}
        return replace(look, **switched)
    if word not in _NUMBERS:
        return None
    field, low, high = _NUMBERS[word]
    number = within(value, low, high)
    if number is None:
        return f"error {word} {shown(value)} is not a number from {low:g} to {high:g}"
    changes: dict[str, Any] = {field: round(number, 3) if word == "strength" else number}
    return replace(look, **changes)
