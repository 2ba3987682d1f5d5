"""A file for one process at a time; a killed one leaves no lock behind."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def lock_file(path: Path) -> ExitStack:
    """Keeps the file, made if there is none, for this process until what it gives is closed; what is in it stays.

    On Windows nobody else, nor the same process by another handle, can meanwhile write to it or remove it.

    Raises:
        BlockingIOError: another process has it.
        OSError: it cannot be made.
    """
    with ExitStack() as closing:
        file = closing.enter_context(path.open("ab"))
        if sys.platform == "win32":
            file.seek(0)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except PermissionError as error:
                raise BlockingIOError from error
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other may have ended since the file was opened, and have removed it.
            if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                raise BlockingIOError
        return closing.pop_all()
