"""Bundled styles that the user does not want in lists: names in a file beside the user's own styles."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Final

from nstcam.media.own_files import read_at_most
from nstcam.realtime.errors import SinkError
from nstcam.realtime.files import part_file

FILE: Final = "hidden.txt"
_MOST_BYTES: Final = 1 << 14

_log = logging.getLogger(__name__)


def hidden_names(folder: Path) -> frozenset[str]:
    """The names in the file, one a line; none if there is no file. One that cannot be read is a line in the log."""
    path = folder / FILE
    if not path.is_file():
        return frozenset()
    try:
        text = read_at_most(path, _MOST_BYTES).decode()
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be read (%s), so no style is hidden; delete it", path, error)
        return frozenset()
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def hide(folder: Path, names: Collection[str]) -> None:
    """Writes the names in place of those that were there; without any, removes the file.

    Raises:
        SinkError: the folder cannot be written.
    """
    path = folder / FILE
    try:
        if not names:
            path.unlink(missing_ok=True)
            return
        folder.mkdir(parents=True, exist_ok=True)
        with part_file(path) as part:
            part.write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")
    except OSError as error:
        raise SinkError(f"cannot write {path} ({error.strerror}); check the permissions") from error
