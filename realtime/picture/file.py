"""Picture files read and written: upright pixels of 8 or 16 bits with their transparency and colour profile.

nstcam.media decodes them. OpenCV writes them, with the profiles of PNG, JPEG, WebP and AVIF; tifffile writes TIFF.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.media.pixels import Picture, Pixels, as_8_bits, on_black
from nstcam.realtime.decoded_file import decoded_file
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.files import part_file
from nstcam.realtime.quiet_codecs import quiet_codecs

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".bmp", ".tif", ".tiff")
KEEP_ALPHA: Final = (".png", ".webp", ".avif", ".tif", ".tiff")
KEEP_16_BITS: Final = (".png", ".tif", ".tiff")
QUALITY: Final = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
    ".avif": [cv2.IMWRITE_AVIF_QUALITY, 90],
}
_TIFF: Final = (".tif", ".tiff")

_log = logging.getLogger(__name__)


def read_picture(path: Path) -> Picture:
    """The picture as it is displayed: upright, with grey levels and palettes converted to BGR.

    A profile for other colours than RGB (CMYK, grey) does not fit the result; it is left out with a warning.

    Raises:
        SourceError: the file cannot be read, is too large, or is not a picture of 8 or 16 bits.
    """
    picture, _ = decoded_file(path, SourceError)
    if picture.animated:
        _log.warning("%s is an animation; only its first frame is painted; nstcam video paints all of them", path)
    if picture.icc is not None and picture.icc[16:20] != b"RGB ":
        kind = picture.icc[16:20].decode("ascii", "replace").strip() or "unknown"
        _log.warning(
            "the colour profile of %s is for %s instead of RGB and is left out; colours may differ", path, kind
        )
        picture = replace(picture, icc=None)
    return picture


def write_picture(target: Path, picture: Picture) -> None:
    """Writes or replaces `target`, whose suffix chooses the format. What that cannot hold is left out with a warning.

    Raises:
        SinkError: the picture cannot be encoded or written.
    """
    suffix = target.suffix.lower()
    pixels, alpha, icc = picture.pixels, picture.alpha, picture.icc
    if alpha is not None and suffix not in KEEP_ALPHA:
        if alpha.min() < np.iinfo(alpha.dtype).max:
            _log.warning(
                "transparent parts become black in %s; write a .png, .webp or .tif to keep it transparent", target.name
            )
            pixels = on_black(pixels, alpha)
        alpha = None
    if pixels.dtype == np.uint16 and suffix not in KEEP_16_BITS:
        _log.warning("%s has 8 bits per channel, its source 16; write a .png or .tif to keep them", target.name)
        pixels, alpha = as_8_bits(pixels), alpha if alpha is None else as_8_bits(alpha)
    if icc is not None and suffix == ".bmp":
        _log.warning("the colour profile is lost in %s; write a .png, .jpg, .webp or .tif to keep it", target.name)
        icc = None
    with part_file(target) as part:
        try:
            if suffix in _TIFF:
                _write_tiff(part, pixels, alpha, icc)
            else:
                part.write_bytes(_encoded(target, pixels, alpha, icc))
        except OSError as error:
            raise SinkError(
                f"cannot write {target} ({error.strerror}); free some space or choose another folder"
            ) from error


def _encoded(target: Path, pixels: Pixels, alpha: Pixels | None, icc: bytes | None) -> bytes:
    whole = pixels if alpha is None else np.dstack((pixels, alpha))
    suffix = target.suffix.lower()
    kinds = [] if icc is None else [cv2.IMAGE_METADATA_ICCP]
    metadata = [] if icc is None else [np.frombuffer(icc, np.uint8)]
    with quiet_codecs():
        done, data = _encode(suffix, whole, kinds, metadata)
        if not done and kinds:
            done, data = _encode(suffix, whole, [], [])
            if done:
                _log.warning("the colour profile is damaged and is left out of %s", target.name)
    if not done:
        height, width = pixels.shape[:2]
        raise SinkError(f"cannot write {target}: {width}x{height} is too large for {suffix}; use .png")
    return bytes(data.data)


def _encode(suffix: str, pixels: Pixels, kinds: list[int], metadata: list[NDArray[np.uint8]]) -> tuple[bool, Any]:
    try:
        return cv2.imencodeWithMetadata(suffix, pixels, kinds, metadata, QUALITY.get(suffix, []))
    except cv2.error:
        return False, None


def _write_tiff(part: Path, pixels: Pixels, alpha: Pixels | None, icc: bytes | None) -> None:
    """Raises OSError if the file cannot be written."""
    import tifffile

    rgb = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    whole = rgb if alpha is None else np.dstack((rgb, alpha))
    tifffile.imwrite(
        part, whole, photometric="rgb", compression="zlib", iccprofile=icc,
        extrasamples=None if alpha is None else ["unassalpha"], metadata=None, software=False,
    )  # fmt: skip
