"""Snapshots: single frames as PNG files, with the style in their metadata."""

from __future__ import annotations

import re
import struct
import time
import zlib
from collections.abc import Mapping
from pathlib import Path

import cv2

from nstcam.media.own_files import create_anew
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame


def with_text(png: bytes, texts: Mapping[str, str]) -> bytes:
    """Inserts texts into a PNG, before its picture data, as iTXt chunks, which can hold any letter."""
    chunks = b""
    for keyword, text in texts.items():
        body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
        chunks += struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    head = 8 + 25  # the signature and IHDR
    return png[:head] + chunks + png[head:]


def save_snapshot(frame: Frame, style_name: str, folder: Path, title: str = "") -> Path:
    """Saves a frame as a PNG named after the time and the style. Never replaces a file; writes the whole file or none.

    Args:
        frame: uint8 (height, width, 3) BGR.
        title: goes into the metadata; by default the name of the style.

    Raises:
        SinkError: the folder cannot be written to.
    """
    words = re.sub(r"[^\w.-]+", "-", style_name).strip("-.") or "style"
    stem = f"nstcam-{time.strftime('%Y%m%d-%H%M%S')}-{words}"
    data = cv2.imencode(".png", frame)[1].tobytes()
    data = with_text(data, {"Software": "nstcam", "Title": title or style_name})
    try:
        path = _reserve(folder, stem)
        part = path.with_name(f".{path.name}.part")
        try:
            with create_anew(part) as file:
                file.write(data)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SinkError(
            f"no snapshot saved in {folder.absolute()} ({error.strerror}); start nstcam in another folder"
        ) from error
    return path


def _reserve(folder: Path, stem: str) -> Path:
    """Creates an empty file under a name that is not taken."""
    number = 1
    while True:
        path = folder / (f"{stem}.png" if number == 1 else f"{stem}-{number}.png")
        try:
            path.touch(exist_ok=False)
            return path
        except FileExistsError:
            number += 1
