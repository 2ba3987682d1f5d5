"""A damaged file and the command that is run on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SENTINEL: Final = "letter.txt"
"""A file of somebody else, in a folder beside the one that a command works in; many cases try to reach it."""


@dataclass(frozen=True)
class Case:
    """One trial.

    Attributes:
        label: what was damaged, and how; outcomes are counted by the part before the first colon.
        files: the contents of the folder that the command works in, by path.
        command: the words of the command line; the first is nstcam, nst-train, nst-paint or nst-export.
        outputs: names of files that the command may write in that folder; those that it writes must be complete.
        environment: environment variables to set; paths in them are relative to the folder.
        said: a word that must be printed; "" if there is none.
        typed: text that is written to standard input 1.5 seconds after the start.
        kept: prefixes of the names of input files that the command may change, like those of a run that it resumes.
        links: symbolic links in the folder, and their targets; the target "a pipe" makes a named pipe instead.
        plays: whether a video that it writes must play; packets from a damaged part are copied as they are.
    """

    label: str
    files: Mapping[str, bytes]
    command: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    typed: str = ""
    kept: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    plays: bool = True


@dataclass(frozen=True)
class Kind:
    """A kind of damaged file.

    Attributes:
        count: how many cases the full check tries.
        prepare: writes undamaged files into an empty folder; run once, in a process of its own.
        make: makes the case with a given number from those files and a generator seeded with the number.
        ready: imports what every case needs, once per worker process.
    """

    name: str
    count: int
    prepare: Callable[[Path], None]
    make: Callable[[Path, int, random.Random], Case]
    ready: Callable[[], None]

    def case(self, wholes: Path, number: int) -> Case:
        """The case with that number; it depends only on the number and the undamaged files."""
        return self.make(wholes, number, random.Random(f"{self.name} {number}"))
