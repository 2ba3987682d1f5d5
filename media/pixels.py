"""Pictures in memory: pixels over the whole range of 8 or 16 bits, with their transparency and colour profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8 | np.uint16]
"""(height, width, 3) BGR, or (height, width) alpha (0 is transparent), over the whole range of the dtype."""

TURNS: Final[Sequence[Callable[[NDArray[Any]], NDArray[Any]]]] = (
    lambda p: p,
    lambda p: p[:, ::-1],
    lambda p: p[::-1, ::-1],
    lambda p: p[::-1],
    lambda p: p.swapaxes(0, 1),
    lambda p: p.swapaxes(0, 1)[:, ::-1],
    lambda p: p.swapaxes(0, 1)[::-1, ::-1],
    lambda p: p.swapaxes(0, 1)[::-1],
)
"""What turns a stored picture upright, for the orientations 1 to 8 of EXIF and TIFF (TIFF 6.0, tag 274)."""


@dataclass(frozen=True)
class Picture:
    """The contents of a picture file.

    Attributes:
        pixels: (height, width, 3) BGR.
        alpha: (height, width) of the same dtype; None: opaque.
        icc: the colour profile, byte for byte as in the file.
        animated: whether the file has more frames; the pixels are those of the first.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None
    animated: bool = False


class PictureError(Exception):
    """A picture file cannot be read. The text is a predicate, like "is empty (0 bytes)": the file's name goes before
    it."""


def as_8_bits(pixels: Pixels) -> NDArray[np.uint8]:
    """The pixels with 8 bits per channel, rounded; white stays white."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    return cv2.convertScaleAbs(pixels, alpha=1 / 257).astype(np.uint8, copy=False)


def full_range(levels: NDArray[Any], most: int) -> NDArray[Any]:
    """Levels of 0..`most`, as files of 10 or 12 bits have them, over the whole range of their dtype; beyond is white.

    Args:
        levels: uint8 or uint16, any shape.
        most: at least 1.
    """
    white = np.iinfo(levels.dtype).max
    if most == white:
        return levels
    table = (np.minimum(np.arange(white + 1), most) * white + most // 2) // most
    spread: NDArray[Any] = table.astype(levels.dtype)[levels]
    return spread


def on_black(colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """What is seen of a transparent picture before a black wall.

    Args:
        colours: (height, width, 3) uint8 or uint16, not multiplied by alpha.
        alpha: (height, width) of the same dtype, over its whole range; 0 is transparent.
    """
    white = np.iinfo(colours.dtype).max
    seen: NDArray[Any] = cv2.multiply(colours, cv2.cvtColor(alpha, cv2.COLOR_GRAY2BGR), scale=1 / white)
    return seen


def on_colour(colours: NDArray[Any], alpha: NDArray[Any], bgr: tuple[int, int, int]) -> NDArray[Any]:
    """What is seen of a transparent picture before a wall of that colour (0..255); as `on_black`."""
    seen = on_black(colours, alpha)
    if not any(bgr):
        return seen
    wall = np.full_like(colours, np.array(bgr, colours.dtype) * (np.iinfo(colours.dtype).max // 255))
    behind: NDArray[Any] = cv2.add(seen, on_black(wall, np.bitwise_not(alpha)))
    return behind


def on_white(colours: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is seen of a transparent picture on white paper; as `on_black`, with 8 bits."""
    share = alpha[..., None] / np.float32(255)
    return np.asarray((colours * share + 255 * (1 - share)).round(), np.uint8)


def as_8_bits_on_white(picture: Picture) -> NDArray[np.uint8]:
    """(height, width, 3) BGR: what is seen of the picture on white paper, in 8 bits."""
    pixels = as_8_bits(picture.pixels)
    return pixels if picture.alpha is None else on_white(pixels, as_8_bits(picture.alpha))


def unmultiplied(colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Colours that were stored multiplied by their alpha (associated), divided by it.

    Args:
        colours: (height, width, channels) uint8 or uint16.
        alpha: (height, width) of the same dtype. Where it is 0, the colour is unknown and stays as it is.
    """
    white = np.iinfo(colours.dtype).max
    scale = np.divide(white, alpha, where=alpha > 0, out=np.ones(alpha.shape, np.float32), dtype=np.float32)
    out: NDArray[Any] = np.minimum(colours * scale[:, :, None] + np.float32(0.5), white).astype(colours.dtype)
    return out
