"""Decoding and encoding pictures without the lines that their codecs print."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LOCK: Final = threading.Lock()
"""Held while standard error leads nowhere: of two threads, the later would restore what the earlier had put there."""


@contextmanager
def quiet_codecs() -> Iterator[None]:
    """Silences libpng and libtiff, which write to stderr at any log level of OpenCV; our own messages say it better."""
    with _LOCK:
        saved = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
