"""Recognising picture files by their first bytes."""

from __future__ import annotations

from pathlib import Path

from nstcam.media.kinds import picture_kind


def begins_like_picture(file: Path) -> bool:
    """Whether the file begins as pictures do, whatever its suffix.

    cv2.haveImageReader cannot open every path that Windows allows, and then answers no.
    """
    try:
        with file.open("rb") as opened:
            return picture_kind(opened.read(64)) is not None
    except OSError:
        return False
