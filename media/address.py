"""Addresses given where a file is meant."""

from __future__ import annotations

import re
from pathlib import Path


def as_address(path: Path) -> str:
    """What to say of a path that is really an address, of which Path has taken a slash; "" if it is none.

    Everything that may hold a password is left out.
    """
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):[/\\]+([^/\\?#]*)", str(path))
    if not found:
        return ""
    host = found[2].rpartition("@")[2].partition(":")[0]
    return f"{found[1]}://{host}/... is an address, not a file"
