"""Keeps encoders from running ahead of everything else on the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def usual_priority() -> Iterator[None]:
    """This thread, and threads that the block starts, are scheduled afterwards as this thread was before.

    Where it is allowed to, as for root in a container, SVT-AV1 gives itself and the thread that opens it real-time
    priority (SCHED_FIFO, 99), and all that they start inherits it. ONNX Runtime's threads wait busily and would then
    keep every other thread from their cores.
    """
    if sys.platform != "linux":
        yield
        return
    before, policy, param = _threads(), os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for thread in {0, *_threads() - before}:
            with suppress(OSError):  # it has ended
                os.sched_setscheduler(thread, policy, param)


def _threads() -> set[int]:
    try:
        return {int(path.name) for path in Path("/proc/self/task").iterdir()}
    except OSError:  # no /proc
        return set()
