"""How large a picture, or a frame of a video, may be."""

from __future__ import annotations

import math
import os
from typing import Final

LIMIT: Final = "NSTCAM_MAX_MEGAPIXELS"
"""The environment variable that holds the largest picture."""
DEFAULT_LIMIT: Final = 200
"""Megapixels: the largest that phones take. A picture of that size takes some 2 GB."""
FRAMES_AT_ONCE: Final = 10
"""How much smaller a frame of a video has to be, because several are in memory at once: 20 megapixels take 3 GB."""


def most_pixels(frames: int = 1) -> int:
    """How many pixels each of so many pictures in memory may have.

    Raises:
        ValueError: the environment holds something else than a number above 0; the text says so.
    """
    text = os.environ.get(LIMIT) or str(DEFAULT_LIMIT)
    try:
        megapixels = float(text)
    except ValueError:
        megapixels = math.nan
    if not 0 < megapixels <= 1e6:
        raise ValueError(f"{LIMIT}={text} is not a number above 0; give megapixels, like {LIMIT}=400")
    return int(megapixels * 1e6) // frames


def decoder_options() -> dict[str, str]:
    """Options that have a decoder of FFmpeg refuse frames that are too large, before it takes memory for them.

    Raises:
        ValueError: as `most_pixels`.
    """
    return {"max_pixels": str(most_pixels(FRAMES_AT_ONCE))}


def too_large(size_wh: tuple[int, int], frames: int = 1) -> str | None:
    """Why a picture of (width, height) is refused, and what to do; None if it is not.

    Args:
        frames: how many are in memory at once.

    Raises:
        ValueError: as `most_pixels`.
    """
    pixels, most = size_wh[0] * size_wh[1], most_pixels(frames)
    if pixels <= most:
        return None
    what, needed = "a picture" if frames == 1 else "a video", math.ceil(pixels * frames / 1e6)
    return (
        f"is {size_wh[0]}x{size_wh[1]}, {pixels / 1e6:.1f} megapixels, and the limit for {what} is {most / 1e6:g}; "
        f"make it smaller, or set {LIMIT}={needed} if there is the memory"
    )
