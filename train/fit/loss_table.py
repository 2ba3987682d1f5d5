"""losses.csv: the losses of every step, for spreadsheets and plots."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nstcam.media.own_files import open_own
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.progress import Step

TABLE_NAME: Final = "losses.csv"
COLUMNS: Final = "step", "seconds", "total", "content", "style", "tone", "flicker"
"""Fields of Step, in order."""


@contextmanager
def loss_table(path: Path, history: Sequence[Step]) -> Iterator[Callable[[Step], None]]:
    """Yields a function that appends a step, which is in the file when it returns.

    The file begins anew with the steps in `history`: after a crash it may hold steps that no checkpoint has, and that
    are done again.

    Raises:
        TrainError: the file cannot be written; also from the function.
    """
    write_whole(path, "".join(map(_line, [None, *history])).encode())
    try:
        # Found anew by its name, which may be a stranger's link by now: open_own follows none.
        file = os.fdopen(open_own(path, os.O_WRONLY | os.O_APPEND), "ab", buffering=0)
    except OSError as error:
        raise _unwritable(path, error) from error

    def add(step: Step) -> None:
        try:
            file.write(_line(step).encode())
        except OSError as error:
            raise _unwritable(path, error) from error

    with file:
        yield add


def _line(step: Step | None) -> str:
    """A line of the table; the heading for None."""
    values = COLUMNS if step is None else [f"{getattr(step, name):.6g}" for name in COLUMNS[1:]]
    return ",".join(values if step is None else [str(step.step), *values]) + "\n"


def _unwritable(path: Path, error: OSError) -> TrainError:
    return TrainError(f"{path} cannot be written ({error.strerror}); free some space or choose another folder")
