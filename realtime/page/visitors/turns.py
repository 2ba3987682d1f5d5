"""Turns: of each visitor the newest frame, and all visitors one after the other."""

from __future__ import annotations

import asyncio
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Waiting(NamedTuple, Generic[T]):
    """A visitor's frame that waits to be painted."""

    visitor: T
    number: int
    """As the visitor counts."""
    data: bytes
    came: float
    """time.monotonic() when it came."""


class Turns(Generic[T]):
    """A queue in which every visitor has at most one place. A newer frame takes the place of an older one; after a turn
    the visitor's next frame goes to the end. For coroutines of one loop."""

    def __init__(self) -> None:
        self._waiting: dict[T, Waiting[T]] = {}
        self._some = asyncio.Event()

    def put(self, frame: Waiting[T]) -> None:
        """Takes a frame; an older one of that visitor is dropped."""
        self._waiting[frame.visitor] = frame  # a key that is there keeps its place
        self._some.set()

    def drop(self, visitor: T) -> None:
        """The visitor has left."""
        self._waiting.pop(visitor, None)

    async def next(self) -> Waiting[T]:
        """The frame whose turn it is, as soon as there is one."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.pop(next(iter(self._waiting)))
