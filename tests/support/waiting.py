"""Waits for other threads and programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_PAUSE: Final = 0.02


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits until that is so; fails when it does not become so.

    Counts how often it looked, not the clock: where a starved or suspended machine makes programs wait, so does this.
    """
    for _ in range(round(seconds / _PAUSE)):
        if condition():
            return
        time.sleep(_PAUSE)
    raise AssertionError(f"did not become so within {seconds:g} s")
