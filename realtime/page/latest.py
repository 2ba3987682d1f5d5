"""Latest: the newest of a row of values, for any number of coroutines that each take it when they are ready."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds one value and never a queue: whoever is slow misses values, and nobody waits for anybody. For coroutines of
    one loop.

    Attributes:
        number: counts the values; 0 before the first one.
        value: the newest one; None before the first one.
    """

    def __init__(self) -> None:
        self.number = 0
        self.value: T | None = None
        self._next = asyncio.Event()

    def put(self, value: T) -> None:
        self.number, self.value = self.number + 1, value
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, number: int, within: float | None = None) -> tuple[int, T | None]:
        """The newest value and its number, as soon as that is another one than `number`.

        Args:
            within: seconds after which it is returned in any case; None waits for as long as it takes.
        """
        while self.number == number:
            try:
                await asyncio.wait_for(self._next.wait(), within)
            except TimeoutError:
                break
        return self.number, self.value
