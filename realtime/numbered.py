"""Numbered picture files, like frames/%05d.png: their names, and which of them are there."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from nstcam.realtime.errors import SourceError

_PLACE: Final = re.compile(r"%(?:0([1-9]))?d")
_MOST_DIGITS: Final = 9
"""The most digits of a number in a name; a number with more is not a count of frames."""
_SHOWN: Final = 5
"""Gaps that a message names."""


@dataclass(frozen=True)
class Numbered:
    """File names that differ in a number.

    Attributes:
        folder: where they are.
        before, after: the name before and after the number.
        digits: how many digits the number has at least, filled up with zeros; 1: as many as it needs.
    """

    folder: Path
    before: str
    digits: int
    after: str

    @property
    def suffix(self) -> str:
        """The suffix of the names, in lower case."""
        return Path(f"1{self.after}").suffix.lower()

    def path(self, number: int) -> Path:
        return self.folder / f"{self.before}{number:0{self.digits}}{self.after}"

    def number(self, name: str) -> int | None:
        """The number in a file name; None if it is none of these names."""
        digits = name[len(self.before) : len(name) - len(self.after)]
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
            return None
        return int(digits) if self.path(int(digits)).name == name else None

    def there(self) -> list[int]:
        """The numbers of the files that exist, rising. Only regular files count.

        Raises:
            OSError: the folder cannot be read.
        """
        if not self.folder.is_dir():
            return []
        with os.scandir(self.folder) as entries:
            numbers = [self.number(entry.name) for entry in entries if entry.is_file()]
        return sorted(number for number in numbers if number is not None)


def numbered(path: Path) -> Numbered | None:
    """The names that a path with %d or %05d in its last part stands for; None if it has none, or is itself a file.

    Raises:
        SourceError: it has more than one.
    """
    places = list(_PLACE.finditer(path.name))
    if not places or os.path.lexists(path):
        return None
    if len(places) > 1:
        raise SourceError(f"{path} has {len(places)} places for a number; give one, like frames/%05d.png")
    found = places[0]
    return Numbered(path.parent, path.name[: found.start()], int(found[1] or 1), path.name[found.end() :])


def as_people_sort(path: Path) -> tuple[object, ...]:
    """A key by which 2.png comes before 10.png, and capitals do not matter."""
    pieces = re.split(r"([0-9]+)", path.stem.casefold())
    return tuple(piece.zfill(20) if index % 2 else piece for index, piece in enumerate(pieces)), path.name


def gaps(numbers: Sequence[int]) -> str:
    """The numbers that are missing between the first and the last, like "4, 7 to 9"; "" if none is.

    Args:
        numbers: rising.
    """
    found = [
        str(earlier + 1) if later == earlier + 2 else f"{earlier + 1} to {later - 1}"
        for earlier, later in pairwise(numbers)
        if later > earlier + 1
    ]
    return ", ".join([*found[:_SHOWN], "..."] if len(found) > _SHOWN else found)
