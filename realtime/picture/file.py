"""Picture files read and written: upright pixels of 8 or 16 bits with their transparency and colour profile.

OpenCV reads and writes them, with the profiles of PNG, JPEG and WebP; tifffile does the rest for TIFF.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.files import part_file

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
KEEP_ALPHA: Final = (".png", ".webp", ".tif", ".tiff")
KEEP_16_BITS: Final = (".png", ".tif", ".tiff")
QUALITY: Final = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
}
_TIFF: Final = (".tif", ".tiff")
_TIFF_STARTS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_ANIMATED: Final = {b"\x89PNG": b"acTL", b"RIFF": b"ANIM", b"GIF8": b"NETSCAPE2.0"}
"""The first bytes of PNG, WebP and GIF files, and the mark near the beginning of those that are animated."""

_log = logging.getLogger(__name__)

Pixels = NDArray[np.uint8 | np.uint16]
"""(height, width, 3) BGR, or (height, width) alpha (0 is transparent), over the whole range of the dtype."""


@dataclass(frozen=True)
class Picture:
    """The contents of a picture file.

    Attributes:
        pixels: (height, width, 3) BGR.
        alpha: (height, width) of the same dtype; None: opaque.
        icc: the RGB colour profile, byte for byte as in the file.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None


def read_picture(path: Path) -> Picture:
    """The picture as it is displayed: upright, with grey levels and palettes converted to BGR.

    A profile for other colours than RGB (CMYK, grey) does not fit the result; it is left out with a warning.

    Raises:
        SourceError: the file cannot be read, or is not a picture of 8 or 16 bits that OpenCV knows.
    """
    try:
        data = np.fromfile(path, np.uint8)  # cv2.imread cannot open every path on Windows
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    if not data.size:
        raise SourceError(f"{path} is empty (0 bytes); get the file again")
    refusal = f"{path} is not a picture that can be read, or is damaged; give a PNG, JPEG, WebP, BMP or TIFF"
    is_tiff = data[:4].tobytes() in _TIFF_STARTS
    try:
        with _quiet_codecs():
            stored, kinds, metadata = cv2.imdecodeWithMetadata(data, flags=cv2.IMREAD_UNCHANGED)
            if stored is None:
                raise SourceError(refusal)
            # libtiff turns pictures upright itself
            turn: Callable[[Any], Any] = (lambda p: p) if is_tiff else _turn(kinds, metadata)
            upright: NDArray[Any] = turn(stored)
    except cv2.error as error:  # e.g. more pixels than OpenCV allows
        raise SourceError(f"{refusal} ({error.err})") from error
    if upright.dtype not in (np.uint8, np.uint16):
        raise SourceError(f"{path} holds {upright.dtype} values; save it with 8 or 16 bits per channel first")
    mark = _ANIMATED.get(data[:4].tobytes())
    if mark and mark in data[:4096].tobytes():
        _log.warning("%s is an animation; only its first frame is painted", path)
    icc, has_alpha = _about_tiff(path) if is_tiff else (_profile(kinds, metadata), True)
    alpha = None
    if upright.ndim == 3 and upright.shape[2] == 4:
        if has_alpha:
            alpha = np.ascontiguousarray(upright[:, :, 3])
        upright = upright[:, :, :3]
        if is_tiff and alpha is not None and alpha.dtype == np.uint8:
            upright = _unmultiplied(upright, alpha)
    elif upright.ndim == 2:
        clear = _clear_grey(data.tobytes(), stored)
        alpha = None if clear is None else np.ascontiguousarray(turn(clear))
        upright = np.asarray(cv2.cvtColor(upright, cv2.COLOR_GRAY2BGR))
    if icc is not None and icc[16:20] != b"RGB ":
        kind = icc[16:20].decode("ascii", "replace").strip() or "unknown"
        _log.warning(
            "the colour profile of %s is for %s instead of RGB and is left out; colours may differ", path, kind
        )
        icc = None
    return Picture(np.ascontiguousarray(upright), alpha, icc)


def write_picture(target: Path, picture: Picture) -> None:
    """Writes or replaces `target`, whose suffix chooses the format. What that cannot hold is left out with a warning.

    Raises:
        SinkError: the picture cannot be encoded or written.
    """
    suffix = target.suffix.lower()
    pixels, alpha, icc = picture.pixels, picture.alpha, picture.icc
    if alpha is not None and suffix not in KEEP_ALPHA:
        _log.warning("transparency is lost in %s; write a .png, .webp or .tif to keep it", target.name)
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


def as_8_bits(pixels: Pixels) -> NDArray[np.uint8]:
    """The pixels with 8 bits per channel, rounded; white stays white."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    return cv2.convertScaleAbs(pixels, alpha=1 / 257).astype(np.uint8, copy=False)


def _encoded(target: Path, pixels: Pixels, alpha: Pixels | None, icc: bytes | None) -> bytes:
    whole = pixels if alpha is None else np.dstack((pixels, alpha))
    suffix = target.suffix.lower()
    kinds = [] if icc is None else [cv2.IMAGE_METADATA_ICCP]
    metadata = [] if icc is None else [np.frombuffer(icc, np.uint8)]
    with _quiet_codecs():
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


def _profile(kinds: Sequence[int], metadata: Sequence[NDArray[Any]]) -> bytes | None:
    for kind, data in zip(kinds, metadata, strict=True):
        if kind == cv2.IMAGE_METADATA_ICCP:
            return data.tobytes()
    return None


def _about_tiff(path: Path) -> tuple[bytes | None, bool]:
    """The colour profile of the first page, and whether a fourth channel is alpha; for CMYK, libtiff adds one."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            profile = page.tags.get("InterColorProfile")
            return bytes(profile.value) if profile else None, bool(page.extrasamples)
    except Exception:  # damaged tags raise anything; OpenCV has read the pixels
        return None, True


def _unmultiplied(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undoes libtiff's multiplication of 8-bit colours by their alpha."""
    scale = 255 / np.maximum(alpha, 1).astype(np.float32)
    return cv2.convertScaleAbs(pixels * scale[:, :, None]).astype(np.uint8, copy=False)


def _clear_grey(png: bytes, grey: NDArray[Any]) -> NDArray[Any] | None:
    """The alpha of a grey PNG that declares one level transparent (tRNS), which OpenCV drops; None if it does not."""
    at = png.find(b"tRNS", 0, max(png.find(b"IDAT"), 0))
    if at < 0 or not png.startswith(b"\x89PNG"):
        return None
    most, bits = np.iinfo(grey.dtype).max, png[24]
    level = int.from_bytes(png[at + 4 : at + 6], "big") * most // (2**bits - 1)
    return np.where(grey == level, 0, most).astype(grey.dtype)


def _turn(kinds: Sequence[int], metadata: Sequence[NDArray[Any]]) -> Callable[[Any], Any]:
    """A function that turns the stored picture upright, as its EXIF says.

    OpenCV obeys EXIF only if it drops the alpha channel. So it is given six pixels with the same EXIF, and the turn is
    read off the result.
    """
    exif = [data for kind, data in zip(kinds, metadata, strict=True) if kind == cv2.IMAGE_METADATA_EXIF]
    if not exif:
        return lambda p: p
    stored = np.array([[0, 50], [100, 150], [200, 250]], np.uint8)
    _, encoded = cv2.imencodeWithMetadata(".png", stored, [cv2.IMAGE_METADATA_EXIF], exif[:1])
    turned = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    turns: list[Callable[[Any], Any]] = [
        lambda p: p,
        lambda p: p[:, ::-1],
        lambda p: p[::-1, ::-1],
        lambda p: p[::-1],
        lambda p: p.swapaxes(0, 1),
        lambda p: p.swapaxes(0, 1)[:, ::-1],
        lambda p: p.swapaxes(0, 1)[::-1, ::-1],
        lambda p: p.swapaxes(0, 1)[::-1],
    ]
    return next((turn for turn in turns if np.array_equal(turn(stored), turned)), turns[0])


@contextmanager
def _quiet_codecs() -> Iterator[None]:
    """Silences libpng and libtiff, which write to stderr at any log level of OpenCV; our own messages say it better."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
