"""Records what a step prints and measures. Values are written at once, so a step that is ended keeps what it has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Record:
    """Prints lines for people on standard output and writes values for programs to a file.

    Args:
        file: the JSON file for the values; None if they need not be written.
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
    """The values in a record's file; empty if there is no file or the process was killed while writing it."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
