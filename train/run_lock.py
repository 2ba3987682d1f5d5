"""A lock that lets one process at a time work in a run folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from nstcam.media.own_files import open_own
from nstcam.train.errors import TrainError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME: Final = ".lock"


@contextmanager
def locked(run: Path, option: str = "--run") -> Iterator[None]:
    """Locks the run folder, which is created if necessary. The system releases the lock however the process ends.

    Args:
        option: the option that chooses another folder, for the message.

    Raises:
        TrainError: another process has locked it, it cannot be created or written to, or its lock is a link or no file.
    """
    try:
        run.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(open_own(run / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND), "ab")
    except OSError as error:
        raise TrainError(f"cannot write the run folder {run} ({error.strerror}); choose another {option}") from error
    with file:
        try:
            _take(file)
        except (BlockingIOError, PermissionError) as error:
            raise TrainError(
                f"another process is working in {run}; wait until it ends, or choose another {option}"
            ) from error
        except OSError:  # a network drive without locks: users must avoid two processes themselves
            pass
        yield


def _take(file: BinaryIO) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
