"""Stylizing, the protocol of an opened style (implemented in engine/stylizer.py), and the offset of its canvas."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from nstcam.realtime.frame import Frame


class Offset(NamedTuple):
    """Pixels by which a canvas is moved down (rows) and to the right (columns). Any value: the canvas is periodic."""

    rows: int
    columns: int


UNMOVED: Final = Offset(0, 0)


class Slower(NamedTuple):
    """Why frames do not take the fastest way of their device, and what to do about it."""

    reason: str
    cure: str

    def __str__(self) -> str:
        return f"{self.reason}; {self.cure}"


class Stylizing(Protocol):
    """A style opened on a device.

    Attributes:
        device: what really does the work, as shown to users: CPU, CUDA, ...
        at_once: how many threads can usefully call `stylize` at the same time.
    """

    @property
    def device(self) -> str: ...

    @property
    def slower(self) -> Slower | None:
        """Why frames take a slower way than the device has; known after `warm_up`."""

    @property
    def at_once(self) -> int: ...

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        """The frame repainted, at its own size."""

    def warm_up(self, height: int, width: int) -> None:
        """Prepares for frames of that size, so that the first one is not slow; never required."""

    def close(self) -> None:
        """Frees the memory of the device; `stylize` must not be called afterwards."""
