"""One result of `nstcam doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was checked, how it is, and what to do about it."""

    what: str
    state: str
    """ok, hint (nstcam works without it) or fault."""
    text: str
    cure: str = ""
    """What the user can do; empty where there is nothing to do."""
