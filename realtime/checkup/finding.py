"""One finding of doctor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    what: str
    state: str
    """ok, hint (works without) or fault."""
    text: str
    cure: str = ""
