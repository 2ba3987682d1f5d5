"""The protocol of outputs that are switched on and off while frames go by: recordings, the virtual camera."""

from __future__ import annotations

from typing import Protocol

from nstcam.realtime.frame import Frame


class Output(Protocol):
    @property
    def on(self) -> bool: ...

    def toggle(self) -> str:
        """Switches it; gives what the user should read.

        Raises:
            NstError: it cannot be switched on.
        """

    def write(self, frame: Frame, seconds: float) -> None:
        """Takes a frame while it is on; nothing happens while it is off.

        Args:
            seconds: when the frame was captured; later frames have later times.

        Raises:
            NstError: it cannot go on, and is off from now on.
        """

    def close(self) -> str:
        """Ends it; gives what the user should read, "" for nothing."""
