"""Decoding and encoding pictures without the lines that their codecs print."""

from __future__ import annotations

import os
import sys
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


def keep_own_lines() -> None:
    """Gives sys.stderr a descriptor of its own, so that no line is lost while another thread silences codecs."""
    usual = sys.__stderr__
    if usual is not None and sys.stderr is usual:
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=usual.encoding, errors="backslashreplace")
