"""What others need of nstcam.realtime.engine.stylizer.Stylizer, so that they do without ONNX Runtime and tests with stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nstcam.realtime.engine.style import UNMOVED, Offset
from nstcam.realtime.frame import Frame

if TYPE_CHECKING:
    from nstcam.realtime.engine.ways import Slower, Taken


class Stylizing(Protocol):
    """For those who show frames."""

    device: str

    @property
    def slower(self) -> Slower | None:
        """Why frames take a slower way than the device has; known after `warm_up`."""

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame: ...

    def warm_up(self, height: int, width: int) -> None: ...

    def close(self) -> None: ...


class Measured(Stylizing, Protocol):
    """For those who measure it."""

    def taken(self, height: int, width: int) -> Taken: ...
