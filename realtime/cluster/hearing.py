"""What a worker tells of trouble: errors as plain values, and the warnings of its work."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from nstcam.realtime.cluster.task import Answer
from nstcam.realtime.errors import NstError, refused_by_system


def failed(error: NstError | OSError, *, again: bool) -> Answer:
    """The answer that tells of the error; `again`: another worker may succeed."""
    text = refused_by_system(error) if isinstance(error, OSError) else str(error)
    return {"error": text, "again": again}


@contextmanager
def heard() -> Iterator[dict[str, None]]:
    """Yields what gets the warnings that are logged within the block about the work, each line once."""
    lines: dict[str, None] = {}
    handler = _Listener(lines)
    logging.getLogger("nstcam").addHandler(handler)
    try:
        yield lines
    finally:
        logging.getLogger("nstcam").removeHandler(handler)


class _Listener(logging.Handler):
    def __init__(self, lines: dict[str, None]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("nstcam.realtime.cluster"):
            self._lines[record.getMessage()] = None
