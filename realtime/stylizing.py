"""The protocol of a style at work, which engine/stylizer.py keeps, and how its canvas is moved."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from nstcam.realtime.frame import Frame


class Offset(NamedTuple):
    """How far a canvas is moved down and to the right, in pixels; any value, it is periodic."""

    rows: int
    columns: int


UNMOVED: Final = Offset(0, 0)


class Stylizing(Protocol):
    """A style opened on a device.

    Attributes:
        device: what really does the work, as users read it: CPU, CUDA, ...
        at_once: how many threads may call `stylize` at the same time with profit.
    """

    @property
    def device(self) -> str: ...

    @property
    def at_once(self) -> int: ...

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        """The frame painted, at its own size."""

    def warm_up(self, height: int, width: int) -> None:
        """Prepares for frames of that size before the first one comes; never needed, only sooner ready."""

    def close(self) -> None:
        """Frees the device's memory; no frames after it."""
