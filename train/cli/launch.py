"""nst-train --processes N: this process is number 0 and starts the others, which get the same command line.

Under torchrun all of them have been started already.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Final

import typer
from torch._C._distributed_c10d import PrefixStore, Store, TCPStore

from nstcam.train.errors import NotFiniteError, TrainError, UsageError
from nstcam.train.processes import ALONE, LostError, Processes, ToldError, check_in_key, from_environment, joined

PROGRAM: Final = "nstcam.train.cli.nst_train"
_POLL_SECONDS: Final = 0.05
_ENDING_SECONDS: Final = 20.0
"""How long the others may take to end once this process is done."""
_LOOPBACK: Final = {"linux": "lo", "darwin": "lo0"}


@contextmanager
def others_started(processes: Processes, arguments: Sequence[str], program: str = PROGRAM) -> Iterator[Store]:
    """Starts processes 1 to `count` - 1 on this machine; yields where all of them meet. None outlives the block.

    Args:
        arguments: of the program.
        program: the module that is run.

    Raises:
        LostError: one ended before it came to the meeting.
    """
    if sys.platform in _LOOPBACK:  # by default gloo listens where the machine's name leads, perhaps to all the world
        os.environ.setdefault("GLOO_SOCKET_IFNAME", _LOOPBACK[sys.platform])
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    place = {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(store.port),
        "WORLD_SIZE": str(processes.count), "LOCAL_WORLD_SIZE": str(processes.count),
    }  # fmt: skip
    children: list[subprocess.Popen[bytes]] = []
    try:
        for rank in range(1, processes.count):
            environment = {**os.environ, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            command = [sys.executable, "-m", program, *arguments]
            children.append(subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL))
        _wait_for(store, children)
        yield PrefixStore("default_pg", store)
        deadline = time.monotonic() + _ENDING_SECONDS
        for child in children:
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(deadline - time.monotonic(), 0))
    finally:
        for child in children:
            if child.poll() is None:
                child.kill()
            child.wait()


def _wait_for(store: Store, children: Sequence[subprocess.Popen[bytes]]) -> None:
    while not store.check([check_in_key(rank) for rank in range(1, len(children) + 1)]):
        for rank, child in enumerate(children, 1):
            if child.poll() is not None:
                raise LostError(f"process {rank} ended at the start with exit code {child.returncode}; see above")
        time.sleep(_POLL_SECONDS)


def place_of(wanted: int | None) -> Processes:
    """Which process of how many this is.

    Args:
        wanted: the value of --processes.

    Raises:
        UsageError: --processes contradicts what torchrun says.
    """
    found = from_environment(os.environ)
    if found == ALONE:
        return Processes(count=wanted or 1, local_count=wanted or 1)
    if wanted not in (None, found.count):
        raise UsageError(f"--processes {wanted} and torchrun's {found.count} contradict; leave out --processes")
    return found


@contextmanager
def taking_part(processes: Processes, program: str = PROGRAM) -> Iterator[None]:
    """Within the block the processes can reach each other; those that are missing are started. All but the first are
    silent, and end with exit code 1 where the first tells why.

    Args:
        program: the module that this process runs.

    Raises:
        TrainError: what went wrong in this process alone; its text says which.
        typer.Exit: 1.
    """
    with ExitStack() as stack:
        started_here = processes.count > 1 and "RANK" not in os.environ
        store = stack.enter_context(others_started(processes, sys.argv[1:], program)) if started_here else None
        try:
            stack.enter_context(joined(processes, store))
            if not processes.leads:
                silence = stack.enter_context(Path(os.devnull).open("w"))
                stack.enter_context(redirect_stdout(silence))
                stack.enter_context(redirect_stderr(silence))
            yield
        except (LostError, ToldError, NotFiniteError):
            if processes.leads:
                raise
            raise typer.Exit(1) from None
        except TrainError as error:
            if processes.leads:
                raise
            raise TrainError(f"process {processes.rank}: {error}") from error
