"""What a step says and finds. Kept after each finding: a step that runs out of time has not worked for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Record:
    """Lines for people on standard output, values for programs in a file.

    Args:
        file: gets the values, as JSON; None keeps none.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.values: dict[str, Any] = {}

    def say(self, text: str) -> None:
        print(text, flush=True)

    def keep(self, **values: Any) -> None:
        """Adds values, or replaces those of the same name."""
        self.values |= values
        if self._file is not None:
            self._file.write_text(json.dumps(self.values, indent=1, default=str) + "\n")


def read_values(file: Path) -> dict[str, Any]:
    """What was kept; nothing where nothing was, or where the process was killed as it wrote."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
