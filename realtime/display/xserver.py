"""Whether an X server answers, before Qt asks it: Qt ends the program when it gets no answer."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import Final

_DISPLAY: Final = re.compile(r"(?:unix:|unix/:)?([^:/]*):(\d+)(?:\.\d+)?")
_SECONDS: Final = 3.0


def answers(display: str) -> bool:
    """Whether something listens at `display`, a value of DISPLAY; True for what is written in another way."""
    match = _DISPLAY.fullmatch(display)
    if match is None or not hasattr(socket, "AF_UNIX"):
        return True
    host, number = match[1], int(match[2])
    if host:  # ssh -X
        with suppress(OSError), socket.create_connection((host, 6000 + number), _SECONDS):
            return True
        return False
    path = f"/tmp/.X11-unix/X{number}"
    for name in (path, "\0" + path):  # the second without a file, in the abstract name space of Linux
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_SECONDS)
            connection.connect(name)
            return True
    return False
