"""Checks whether an X server answers before Qt tries to connect: Qt ends the program if none does."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import Final

_DISPLAY: Final = re.compile(r"(?:unix:|unix/:)?([^:/]*):(\d+)(?:\.\d+)?")
_SECONDS: Final = 3.0


def answers(display: str) -> bool:
    """Whether something listens at `display`, a value of DISPLAY; True if its form is unknown."""
    match = _DISPLAY.fullmatch(display)
    if match is None or not hasattr(socket, "AF_UNIX"):
        return True
    host, number = match[1], int(match[2])
    if host:  # ssh -X
        with suppress(OSError), socket.create_connection((host, 6000 + number), _SECONDS):
            return True
        return False
    path = f"/tmp/.X11-unix/X{number}"
    for name in (path, "\0" + path):  # the second is a name in the abstract namespace of Linux, without a file
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(name)
            return True
    return False
