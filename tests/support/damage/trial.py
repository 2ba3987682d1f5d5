"""Runs a command on a damaged file in a process of its own, and finds out whether it did anything forbidden.

Each case runs in a fork of a worker process, so that the commands' imports are done only once. Linux only, because it
reads /proc.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from tests.support.damage.case import SENTINEL, Case
from tests.support.damage.whole import contents_of, fault_in

SECONDS: Final = 30.0
"""The longest that a case may take, without the time that it waits for a core. The usual one takes less than one."""
MOST_BYTES: Final = 2 << 30
"""The most memory that a case may take."""
_LARGEST_FILE: Final = 512 << 20
_TYPED_AFTER: Final = 1.5
_POLL: Final = 0.005
_MAINS: Final = {
    "nstcam": "nstcam.realtime.cli.app",
    "nst-train": "nstcam.train.cli.nst_train",
    "nst-paint": "nstcam.train.cli.nst_paint",
    "nst-export": "nstcam.export.cli.nst_export",
}
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters but tab and line feed; a carriage return alone hides what stood before it."""


@dataclass(frozen=True)
class Outcome:
    """How a case ended.

    Attributes:
        refused: whether the command exited with 1 rather than 0.
        fault: the forbidden thing that it did; "" if none.
        seconds: the wall time.
        megabytes: its peak memory.
        printed: its standard error.
    """

    refused: bool
    fault: str
    seconds: float
    megabytes: int
    printed: str


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, negative for a signal, or why it was killed."""

    code: int
    killed: str
    seconds: float
    peak_bytes: int


def try_case(case: Case, place: Path) -> Outcome:
    """Runs the case in folder `place`, whose content is replaced."""
    shutil.rmtree(place, ignore_errors=True)
    folder, around = place / "folder", place / "around"
    for name, content in {**_strangers(), **{f"folder/{name}": data for name, data in case.files.items()}}.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, target in case.links.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(folder / name) if target == "a pipe" else (folder / name).symlink_to(target)
    (around / "tmp").mkdir(parents=True)
    before = contents_of(around)
    ended = _run(case, place)
    out, err = ((place / name).read_text(errors="replace") for name in ("stdout", "stderr"))
    fault = ended.killed or _fault_of_end(case, ended.code, out, err) or _fault_of_files(case, folder, ended.code)
    if not fault and contents_of(around) != before:
        fault = f"touched {sorted(set(contents_of(around).items()) ^ set(before.items()))[0][0]} in another folder"
    return Outcome(ended.code == 1, fault, ended.seconds, ended.peak_bytes >> 20, err)


def _strangers() -> dict[str, bytes]:
    return {
        f"around/{SENTINEL}": b"a letter that nobody but its owner touches\n",
        "around/docs/a.txt": b"one\n",
        "around/docs/000000.npz": b"two\n",
        "around/home/.config/nstcam/mine.toml": b"three = 3\n",
    }


def _run(case: Case, place: Path) -> Ended:
    asked, typed = os.pipe()
    sys.stdout.flush()
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        os.close(typed)
        _be_the_command(case, place, asked)
    os.close(asked)
    killed, told = "", False
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        took = time.monotonic() - started
        if ended:
            break
        if not told and took > (_TYPED_AFTER if case.typed else 0):
            told = True
            _type(typed, case.typed)
        if not killed and resident_bytes(pid) > MOST_BYTES:
            killed = f"took more than {MOST_BYTES >> 20} MB"
        elif not killed and took > SECONDS and took - _starved_seconds(pid) > SECONDS:
            killed = f"had not ended after {SECONDS:g} s"
        if killed:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL)
    if not told:
        os.close(typed)
    peak = usage.ru_maxrss << 10
    if not killed and peak > MOST_BYTES:
        killed = f"took {peak >> 20} MB"
    return Ended(os.waitstatus_to_exitcode(status), killed, took, peak)


def _type(pipe: int, text: str) -> None:
    """Writes to a program, which may have ended already, then closes its standard input."""
    try:
        os.write(pipe, text.encode())
    except BrokenPipeError:
        pass
    finally:
        os.close(pipe)


def resident_bytes(pid: int) -> int:
    """The resident memory of a process, in bytes; 0 if there is no such process."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):  # it has just ended
        return 0


def _starved_seconds(pid: int) -> float:
    """How long its most delayed thread waited for a core: on a busy machine, that is not the program's fault."""
    waits = [0]
    for status in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):  # a thread that has just ended
            waits.append(int(status.read_text().split()[1]))
    return max(waits) / 1e9


def _be_the_command(case: Case, place: Path, asked: int) -> NoReturn:
    """Runs the command in the forked process as its console script would, and exits as an interpreter does."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    os.dup2(asked, 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    os.chdir(place / "folder")
    around = place / "around"
    os.environ |= {"HOME": str(around / "home"), "TMPDIR": str(around / "tmp"), "COLUMNS": "400"}
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "NSTCAM_DEBUG", "NSTCAM_SETTINGS"):
        os.environ.pop(name, None)
    os.environ |= case.environment
    tempfile.tempdir = None
    logging.getLogger().handlers.clear()
    sys.argv = list(case.command)
    code = 70
    try:
        importlib.import_module(_MAINS[case.command[0]]).main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter does
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # skips the destructors of libraries, some of which do not survive a fork


def _fault_of_end(case: Case, code: int, out: str, err: str) -> str:
    said = out + err
    lines = err.splitlines()
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    if "Traceback" in said or code not in (0, 1):
        return f"exit code {code}: {lines[-1] if lines else ''}"
    if found := _CONTROL.search(said):
        return f"printed {found[0]!r}"
    if code and not (lines and lines[-1].startswith(f"{case.command[0]}: ")):
        return f"exit code {code} without a message"
    if case.command[0] == "nstcam" and (strange := [line for line in lines if not line.startswith("nstcam: ")]):
        return f"a line that is not ours: {strange[0]}"
    if case.said not in said:
        return f"did not print {case.said}"
    return ""


def _fault_of_files(case: Case, folder: Path, code: int) -> str:
    """What is wrong with the files; "" if the inputs are unchanged and the only new files are complete outputs.

    A command that refuses must leave no output.
    """
    for name, content in case.files.items():
        if not name.startswith(case.kept or ("\0",)) and not _holds(folder / name, content):
            return f"changed or removed {name}"
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name in case.files or name in case.links or path.is_dir():
            continue
        if name.startswith(tuple(f".{output}.nstcam/" for output in case.outputs)) and code:
            continue  # a run that was refused half-way keeps its finished segments
        if not name.startswith(case.outputs or ("\0",)):
            return f"left {name} behind"
        if fault := fault_in(path, plays=case.plays):
            return f"wrote {name}, {fault}"
    made = [output for output in case.outputs if (folder / output).exists()]
    if code == 0 and case.outputs and not made:
        return "ended well, but wrote nothing"
    return ""


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def environment_of_worker() -> Mapping[str, str]:
    """Limits libraries that would otherwise use all cores to one thread, because many cases run in parallel."""
    return dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
