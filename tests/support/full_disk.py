"""Simulates a full disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def at_most_bytes_in_a_file(count: int) -> Iterator[None]:
    """Makes writing more bytes to a file fail, as on a full disk; skips the test on systems without such a limit."""
    resource = pytest.importorskip("resource", reason="Unix only")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
