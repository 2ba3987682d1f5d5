"""What the page shows of the session, ready for JSON; and when that has changed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from nstcam.realtime.live.control.status import status
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading

FIGURES: Final = ("fps", "latency_ms", "frames", "dropped")
"""What changes with each frame."""
FIGURES_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.03
"""Between two states that are told: a fader moves faster than anybody can see."""


def state_of(session: Session, reading: Reading, tiles: Mapping[int, int]) -> dict[str, Any]:
    """What the command `status` answers, and what the page needs beside it.

    Args:
        tiles: which picture of a style's tile is the newest, by the style's index.
    """
    gallery = session.gallery
    message = session.message if time.monotonic() < session.message_until else ""
    return status(session, reading) | {
        "message": message,
        "wanted": gallery.wanted,
        "bypass": gallery.bypass,
        "titles": [style.label for style in gallery.styles],
        "tiles": [tiles.get(index, 0) for index in range(len(gallery.styles))],
        "can_record": session.recorder is not None,
        "can_picture": session.backdrop is not None,
    }


class Changes:
    """Tells the state whenever it has changed, and its figures once a second."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`tell` takes the state as JSON on one line."""
        self._tell, self._clock = tell, clock
        self._told: dict[str, Any] = {}
        self._when = float("-inf")

    def look(self, state: Mapping[str, Any]) -> None:
        """Takes the state of this moment."""
        passed = self._clock() - self._when
        if passed < PAUSE_SECONDS:
            return
        plain = {name: value for name, value in state.items() if name not in FIGURES}
        if plain != self._told or passed >= FIGURES_SECONDS:
            self._told, self._when = plain, self._clock()
            self._tell(json.dumps(state))
