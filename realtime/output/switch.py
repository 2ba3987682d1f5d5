"""The protocol of outputs that can be switched on and off during a session: recordings and the virtual camera."""

from __future__ import annotations

from typing import Protocol

from nstcam.realtime.frame import Frame


class Output(Protocol):
    """Takes frames while it is on."""

    @property
    def on(self) -> bool: ...

    def toggle(self) -> str:
        """Switches it on, or off; returns a message for the user.

        Raises:
            NstError: it cannot be switched on.
        """

    def write(self, frame: Frame, seconds: float) -> None:
        """Takes a frame; does nothing while it is off.

        Args:
            seconds: when the frame was captured; times rise from frame to frame.

        Raises:
            NstError: it cannot go on; it is off from now on.
        """

    def close(self) -> str:
        """Switches it off and finishes what it was writing; returns a message for the user, "" for none.

        Raises:
            NstError: it could not be finished.
        """
