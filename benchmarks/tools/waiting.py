"""Waits for other threads and programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_PAUSE: Final = 0.02


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits until the condition holds.

    Counts its pauses instead of reading the clock: on a machine that is starved or was suspended, the programs it waits
    for need more time, and it then waits longer.

    Raises:
        TimeoutError: the condition does not hold after about so many seconds.
    """
    for _ in range(round(seconds / _PAUSE)):
        if condition():
            return
        time.sleep(_PAUSE)
    raise TimeoutError(f"what was waited for did not happen within {seconds:g} s")
