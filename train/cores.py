"""How many cores there are to compute with."""

from __future__ import annotations

import os


def available_cores() -> int:
    """The cores this process may use; a container or a scheduler may allow fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
