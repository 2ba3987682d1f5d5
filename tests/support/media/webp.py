"""Animated WebP files for tests, put together chunk by chunk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def write_webp(
    path: Path, parts: list[tuple[NDArray[np.uint8], int, int, int, int]], *, quality: int = 101, between: bytes = b""
) -> Path:
    """An animation of (BGRA, left, top, flags, milliseconds) on a canvas as large as the first.

    Args:
        quality: of libwebp; 101: without loss.
        between: chunks between the pictures.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return kind + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)

    def size(height: int, width: int) -> bytes:
        return (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")

    body = chunk(b"VP8X", b"\x12\0\0\0" + size(*parts[0][0].shape[:2])) + chunk(b"ANIM", bytes(6))
    for pixels, left, top, flags, lasts in parts:
        still = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()[12:]
        picture = still[18:] if still[:4] == b"VP8X" else still
        place = (left // 2).to_bytes(3, "little") + (top // 2).to_bytes(3, "little")
        header = place + size(*pixels.shape[:2]) + lasts.to_bytes(3, "little") + bytes([flags])
        body += chunk(b"ANMF", header + picture) + between
    path.write_bytes(chunk(b"RIFF", b"WEBP" + body))
    return path
