"""One process at a time in the folder of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from nstcam.train.errors import TrainError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME: Final = ".lock"


@contextmanager
def locked(run: Path, option: str = "--run") -> Iterator[None]:
    """Keeps the run folder, made if need be, for this process; the system lets go of it however the process ends.

    Args:
        option: by which the user chooses another, for the message.

    Raises:
        TrainError: another process has it, or it cannot be made or written to.
    """
    try:
        run.mkdir(parents=True, exist_ok=True)
        file = (run / LOCK_NAME).open("ab")
    except OSError as error:
        raise TrainError(f"cannot write the run folder {run} ({error.strerror}); choose another {option}") from error
    with file:
        try:
            _take(file)
        except (BlockingIOError, PermissionError) as error:
            raise TrainError(f"another process is at work in {run}; wait for it, or choose another {option}") from error
        except OSError:  # a network drive that knows no locks: two at once are the user's to avoid
            pass
        yield


def _take(file: BinaryIO) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
