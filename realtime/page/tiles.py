"""Tiles: the small pictures of all styles on the page, painted in rounds from what the camera sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nstcam.realtime.frame import Frame

EVERY_SECONDS: Final = 10.0
"""From the end of a round to the next: somebody chooses by them, and the live picture matters more."""
LONGEST_SECONDS: Final = 20.0
"""A round ends after this time even if a picture is missing: a style may not open, and the camera may stand still."""


class Tiles:
    """Asks for small pictures of all styles, and passes on each new one. While nobody looks, none are asked for.

    Attributes:
        versions: by the style's index, how many pictures of it there have been.
    """

    def __init__(self, put: Callable[[int, Frame], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`put` takes a style's index and its new picture."""
        self._put, self._clock = put, clock
        self.versions: dict[int, int] = {}
        self._seen: dict[int, Frame] = {}
        self._fresh: set[int] = set()
        """Styles painted in this round."""
        self._began: float | None = None
        self._due = float("-inf")
        self._count = 0

    def begin_with(self, previews: Sequence[Frame | None]) -> None:
        """Passes on the previews of those styles of which there has been no picture yet; the list is of all styles."""
        for index, preview in enumerate(previews):
            if preview is not None and index not in self.versions:
                self.versions[index] = 1
                self._put(index, preview)

    def wanted(self, count: int, painted: Mapping[int, Frame], *, watched: bool) -> tuple[int, ...]:
        """The styles whose pictures are to be painted from now on.

        Args:
            count: how many styles there are.
            painted: the small pictures that came with the last frame, by the style's index.
            watched: whether anybody looks.
        """
        for index, picture in painted.items():
            if picture is not self._seen.get(index):
                self._seen[index] = picture
                self._fresh.add(index)
                self.versions[index] = self.versions.get(index, 0) + 1
                self._put(index, picture)
        now = self._clock()
        if self._began is not None:
            over = len(self._fresh) >= count or now - self._began > LONGEST_SECONDS
            if over or not watched:
                self._began, self._due = None, now + EVERY_SECONDS
        elif watched and (now >= self._due or count != self._count):
            self._began, self._count = now, count
            self._fresh.clear()
        return tuple(range(count)) if self._began is not None else ()
