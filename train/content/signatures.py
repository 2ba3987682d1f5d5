"""Recognising picture files by their first bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"II+\0", b"MM\0*", b"MM\0+", b"GIF8")


def begins_like_picture(file: Path) -> bool:
    """Whether the file begins as pictures do, whatever its suffix.

    cv2.haveImageReader cannot open every path that Windows allows, and then answers no.
    """
    try:
        with file.open("rb") as opened:
            head = opened.read(12)
    except OSError:
        return False
    return head.startswith(_BEGINNINGS) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
