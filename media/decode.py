"""decode_picture(): the bytes of any picture file as upright pixels, the same ones for painting and for training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.media.avif import AvifProperties, avif_properties
from nstcam.media.brands import brands, is_avif
from nstcam.media.depth import as_grey, highest_level
from nstcam.media.heic import read_heic
from nstcam.media.kinds import begins_like_video, foreign_kind
from nstcam.media.opencv_codecs import stored_picture
from nstcam.media.pixels import TURNS, Picture, PictureError, full_range
from nstcam.media.tiff import is_tiff, read_tiff

_ANIMATED: Final = {b"\x89PNG": b"acTL", b"RIFF": b"ANIM", b"GIF8": b"NETSCAPE2.0"}
"""The first bytes of PNG, WebP and GIF files, and the mark near the beginning of those that are animated."""


def decode_picture(data: NDArray[np.uint8]) -> Picture:
    """The picture as it is displayed: upright, with grey levels and palettes converted to BGR.

    Args:
        data: the whole file, (bytes,).

    Raises:
        PictureError: it is not a picture of 8 or 16 bits that can be read, or is damaged.
    """
    if not data.size:
        raise PictureError("is empty (0 bytes); get the file again")
    head = data[:64].tobytes()
    if foreign := foreign_kind(head):
        if foreign == "HEIC":
            return read_heic(data)
        raise PictureError(f"is a {foreign} file, which cannot be read; save it as PNG, JPEG or TIFF first")
    if begins_like_video(head):
        raise PictureError("is a video, not a picture; give a PNG, JPEG or TIFF, or use nstcam video")
    if is_tiff(head[:4]):
        return read_tiff(data)
    picture, exif = _by_opencv(as_grey(data) if head.startswith(b"P7") else data)
    if is_avif(head):
        picture = replace(picture, animated=b"avis" in brands(head))
        return _as_avif_says(picture, avif_properties(data.tobytes()))  # HEIF, 6.5.10: it overrules EXIF
    most = highest_level(data[:4096].tobytes(), picture.pixels.dtype == np.uint16)
    if most is not None:
        picture = _each_plane(picture, lambda plane: full_range(plane, most))
    return _each_plane(picture, TURNS[_orientation(exif) - 1])


def _by_opencv(data: NDArray[np.uint8]) -> tuple[Picture, bytes | None]:
    """The picture as it is stored, and its EXIF."""
    stored, exif, icc = stored_picture(data)
    if stored.dtype not in (np.uint8, np.uint16):
        raise PictureError(f"holds {stored.dtype} values; save it with 8 or 16 bits per channel first")
    alpha = None
    if stored.ndim == 2:
        alpha = _clear_grey(data.tobytes(), stored)
        stored = np.asarray(cv2.cvtColor(stored, cv2.COLOR_GRAY2BGR))
    elif stored.shape[2] == 4:
        alpha, stored = stored[:, :, 3], stored[:, :, :3]
    mark = _ANIMATED.get(data[:4].tobytes())
    animated = mark is not None and mark in data[:4096].tobytes()
    return Picture(stored, alpha, icc, animated), exif


def _as_avif_says(picture: Picture, properties: AvifProperties) -> Picture:
    icc, white = properties.icc or picture.icc, 2**properties.bits - 1
    if picture.pixels.dtype == np.uint16 and properties.bits > 8:
        picture = _each_plane(picture, lambda plane: full_range(plane, white))
    for turn in properties.turns:
        picture = _each_plane(picture, turn)
    return replace(picture, icc=icc)


def _each_plane(picture: Picture, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Picture:
    alpha = None if picture.alpha is None else np.ascontiguousarray(change(picture.alpha))
    return replace(picture, pixels=np.ascontiguousarray(change(picture.pixels)), alpha=alpha)


def _clear_grey(png: bytes, grey: NDArray[Any]) -> NDArray[Any] | None:
    """The alpha of a grey PNG that declares one level transparent (tRNS), which OpenCV drops; None if it does not."""
    at = png.find(b"tRNS", 0, max(png.find(b"IDAT"), 0))
    if at < 0 or not png.startswith(b"\x89PNG"):
        return None
    most, bits = np.iinfo(grey.dtype).max, png[24]
    level = int.from_bytes(png[at + 4 : at + 6], "big") * most // (2**bits - 1)
    return np.where(grey == level, 0, most).astype(grey.dtype)


def _orientation(exif: bytes | None) -> int:
    """1 to 8, as in EXIF; 1 if it says nothing.

    OpenCV obeys EXIF only if it drops the alpha channel. So it is given six pixels with the same EXIF, and the turn is
    read off the result.
    """
    if exif is None:
        return 1
    stored = np.array([[0, 50], [100, 150], [200, 250]], np.uint8)
    _, encoded = cv2.imencodeWithMetadata(".png", stored, [cv2.IMAGE_METADATA_EXIF], [np.frombuffer(exif, np.uint8)])
    turned = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    return next((i for i, turn in enumerate(TURNS, 1) if np.array_equal(turn(stored), turned)), 1)
