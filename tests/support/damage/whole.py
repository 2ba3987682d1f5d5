"""Checks whether a file that a command has written can be used, and whether other files are unchanged."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import av
import cv2
import numpy as np


def fault_in(path: Path, *, plays: bool = True) -> str:
    """What is wrong with the file; "" if nothing is.

    Files other than videos, pictures, parts and locks must only not be empty.

    Args:
        plays: whether a video must contain frames that can be decoded, not just packets.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in (".mp4", ".mkv", ".webm", ".mov"):
            return _fault_in_video(path, plays)
        if suffix in (".png", ".jpg", ".webp", ".tif"):
            picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
            return "which no decoder reads" if picture is None else ""
        if suffix == ".nstpart":
            with zipfile.ZipFile(path) as archive:
                return f"whose {name} is damaged" if (name := archive.testzip()) else ""
    except Exception as error:  # the decoder's own error: the file is incomplete
        return f"which cannot be read ({type(error).__name__}: {error})"
    return "" if path.stat().st_size or path.name == ".lock" else "which is empty"


def _fault_in_video(path: Path, plays: bool) -> str:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"  # threads would not survive the next fork
        frames = sum(1 for _ in (container.decode(stream) if plays else container.demux(stream)))
    return "" if frames else "which holds no frame"


def contents_of(folder: Path) -> dict[str, str]:
    """The hash, time and mode of each path, without the empty folder that PyTorch creates for itself."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name.startswith("torchinductor_"):
            continue
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
        moment = status.st_mtime_ns if path.is_file() else 0
        found[str(path.relative_to(folder))] = f"{status.st_mode} {moment} {content}"
    return found
