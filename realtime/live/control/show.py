"""An automatic show: another style every few seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.style import Style


class Show:
    """A remote control that goes from style to style. A style picked by hand is shown for the full time; while the
    original is shown or a style is being opened, the show waits."""

    def __init__(
        self,
        every: float,
        *,
        shuffle: bool = False,
        clock: Callable[[], float] = time.monotonic,
        seed: int | None = None,
    ) -> None:
        """Begins with the style that is shown.

        Args:
            every: seconds that each style is shown.
            shuffle: in random order, each style once before any comes again.
            seed: of that order; None: a different order each time.
        """
        self._every, self._shuffle, self._clock = every, shuffle, clock
        self._random = random.Random(seed)
        self._bag: list[int] = []
        self._shown: Style | None = None
        self._due = 0.0

    def obey(self, session: Session, reading: Reading) -> None:
        """Selects the next style if it is time. `reading` does not matter."""
        gallery, now = session.gallery, self._clock()
        if gallery.current is not self._shown or gallery.bypass or gallery.opening is not None or reading.frames == 0:
            self._shown, self._due = gallery.current, now + self._every
        elif now >= self._due:
            self._due = now + self._every
            if not self._shuffle:
                gallery.step(1)
            elif len(gallery.styles) > 1:
                gallery.select(self._drawn(gallery.styles.index(gallery.current), len(gallery.styles)))

    def _drawn(self, current: int, count: int) -> int:
        """The index of the next style: never the current one."""
        if not self._bag:
            self._bag = list(range(count))
            self._random.shuffle(self._bag)
        index = next(index for index in reversed(self._bag) if index != current or len(self._bag) == 1)
        self._bag.remove(index)
        return index if index != current else self._drawn(current, count)
