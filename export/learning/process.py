"""The process that learns a painting while nstcam shows it: python -m nstcam.export.learning.process.

Its standard input gives one line, the job, and then ends when the parent does, however that ends: then the process ends
at once and removes the job's folder. Loading PyTorch takes seconds, so it begins with that, job or not. Its standard
output gives events, one a line, in JSON:

    {"steps": 12, "seconds": 4.1}             learnt so far
    {"net": 2, "steps": 12, "seconds": 4.1}   folder 2 of the job's folder holds a style, complete and checked
    {"finished": true}                        the end, with the last network handed over
    {"failed": "why"}                         the end

PyTorch is imported only when all that is set up, while a thread waits for the job.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Final

NICENESS: Final = 5
"""On POSIX, once a network has been handed over: then the picture comes first. Until then people wait for that network.
On Windows the parent starts the process with a lower priority."""
_NICEST: Final = 19
_MOST_BYTES: Final = 1 << 20


def main() -> None:
    """Never returns: PyTorch's threads need not be waited for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    events = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not look like an event

    def tell(event: Mapping[str, object]) -> None:
        with suppress(OSError):  # the parent has gone, and so will we
            os.write(events, json.dumps(event).encode() + b"\n")
        if event.get("net") == 1:
            _give_way()

    lines: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    try:
        missing = _load()
        line = lines.get()
        tell({"failed": why} if (why := missing or _failure(line, tell)) else {})
    finally:
        os._exit(0)


def _load() -> str:
    """Imports what learning needs and reads the loss network; returns why that failed, "" if it did not.

    Nothing is garbage meanwhile, and looking for it would take a fifth of the time.
    """
    gc.disable()
    try:
        from nstcam.export.learning.lesson import loaded
    except ModuleNotFoundError as error:
        return f"it needs {error.name}, which is not installed: pip install 'nstcam[train]'"
    except ImportError as error:
        return f"PyTorch cannot be loaded ({_first_line(error)})"
    from nstcam.train.errors import TrainError

    try:
        loaded()
    except (TrainError, OSError, MemoryError) as error:
        return _first_line(error)
    gc.freeze()
    gc.enable()
    return ""


def _give_way() -> None:
    """Leaves the cores to the picture. All threads, which Linux weighs one by one: they are the process's group, whose
    leader the parent makes it."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.setpriority(os.PRIO_PGRP, 0, min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS, _NICEST))


def _failure(line: bytes, tell: object) -> str:
    """Does the job; returns why it failed, "" if it did not."""
    from nstcam.export.errors import ExportError
    from nstcam.export.learning.job import job_of
    from nstcam.export.learning.lesson import learn
    from nstcam.realtime.errors import NstError
    from nstcam.train.errors import TrainError

    try:
        learn(job_of(line), tell)  # type: ignore[arg-type]
    except (ExportError, NstError, TrainError) as error:
        return str(error)
    except MemoryError:
        return "there is not enough memory"
    except OSError as error:
        return error.strerror or str(error)
    except RuntimeError as error:
        return "there is not enough memory" if "alloc" in str(error) else _first_line(error)
    except Exception as error:
        return f"{type(error).__name__}: {_first_line(error)}"
    return ""


def _line() -> bytes:
    """The first line of standard input, past Python's buffers: a thread reads on."""
    line = b""
    while not line.endswith(b"\n") and len(line) < _MOST_BYTES:
        more = os.read(0, 1 << 16)
        if not more:
            os._exit(0)
        line += more
    return line


def _listen(lines: SimpleQueue[bytes]) -> None:
    """Hands the job over, then waits for the end of standard input, which comes with the parent's, even if that was
    killed."""
    line = _line()
    lines.put(line)
    with suppress(OSError):
        while os.read(0, 1 << 10):
            pass
    with suppress(ValueError, TypeError, KeyError):
        shutil.rmtree(Path(json.loads(line)["folder"]), ignore_errors=True)
    os._exit(0)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [repr(error)])[0]


if __name__ == "__main__":
    main()
