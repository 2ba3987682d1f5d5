"""Which of the styles is shown, wanted, mixed in or failed. Indices and plain values; gallery.py acts on them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from nstcam.realtime.live.recipe import Recipe, weighted


@dataclass
class Choice:
    count: int
    """How many styles there are, at least one."""
    current: int
    """Is shown."""
    wanted: int
    """Is to be shown as soon as it is ready."""
    mix: float | None = None
    """The share of another style in a mixture; None without."""
    mixed_in: int | None = None
    """That style; None for the next one."""
    bypass: bool = False
    """The original is shown."""
    all_wanted: bool = False
    failed: set[int] = field(default_factory=set)

    def neighbour(self, index: int, by: int) -> int:
        """Around the end, without those that failed."""
        for _ in range(self.count):
            index = (index + by) % self.count
            if index not in self.failed:
                break
        return index

    def partner(self) -> int | None:
        """The style that is mixed in, or would be: the one asked for, else the next."""
        if self.mixed_in not in (None, self.current, *self.failed):
            return self.mixed_in
        index = self.neighbour(self.current, 1)
        return index if index != self.current else None

    def select(self, index: int) -> None:
        self.bypass = False
        self.wanted = index
        self.failed.discard(index)

    def blend(self, index: int | None, share: float | None) -> None:
        """Mixes that style in, None for the next; without a share ends that."""
        self.bypass = False
        self.mix, self.mixed_in = share, index
        if index is not None:
            self.failed.discard(index)

    def fail(self, index: int) -> None:
        self.failed.add(index)
        if self.wanted == index:
            self.wanted = self.current

    def show_wanted(self, opened: Container[int]) -> None:
        if self.wanted in opened:
            self.current = self.wanted

    def wishes(self) -> list[int]:
        """What should be open, the most urgent first."""
        partner = self.partner() if self.mix is not None else None
        wishes = [self.wanted] if partner is None else [self.wanted, partner]
        return wishes + (list(range(self.count)) if self.all_wanted else [])

    def target(self, opened: Container[int]) -> Recipe:
        """What is shown once a fade is over, of what is open."""
        partner = self.partner() if self.mix is not None else None
        if self.mix is None or partner is None or partner not in opened:
            return ((self.current, 1.0),)
        return weighted({self.current: 1 - self.mix, partner: self.mix})
