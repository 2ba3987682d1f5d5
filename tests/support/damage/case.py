"""A damaged file and the command that is run on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SENTINEL: Final = "letter.txt"
"""A stranger's file in the folder beside the one that a command works in; many cases try to reach it."""


@dataclass(frozen=True)
class Case:
    """One trial.

    Attributes:
        label: what was damaged, and how; outcomes are counted by the part before the first colon.
        files: the contents of the folder that the command works in, by path.
        command: the words of the command line; the first is nstcam, nst-train, nst-paint or nst-export.
        outputs: names that the command may make in that folder. Those that it makes must be whole.
        environment: variables to be set; paths in them start in the folder.
        said: a word that must be printed; "" if any will do.
        typed: what is written to standard input a second and a half after the start.
        kept: beginnings of the names of input files that the command may change, like those of a run that it resumes.
        links: symbolic links in the folder and what they point to; "a pipe" makes a named pipe instead.
        plays: whether a video that it makes must play; packets out of somebody's part are copied as they are.
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
        count: how many cases the whole check tries.
        prepare: makes whole files in an empty folder; run once, in a process of its own.
        make: the case of a number, from those files and dice that are the same for the same number.
        ready: imports what every case needs, once for a whole worker process.
    """

    name: str
    count: int
    prepare: Callable[[Path], None]
    make: Callable[[Path, int, random.Random], Case]
    ready: Callable[[], None]

    def case(self, wholes: Path, number: int) -> Case:
        """The same for the same number, on every machine where the whole files are the same."""
        return self.make(wholes, number, random.Random(f"{self.name} {number}"))
