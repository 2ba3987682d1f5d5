"""TIFF files: tifffile tells how the samples lie and what they mean, libtiff (in OpenCV) expands what is compressed.

OpenCV alone reads separate planes of 16 bits as unwritten memory and miniswhite as a negative, drops the alpha of grey
pictures, and hands colours out multiplied by their alpha. It still reads what is neither grey nor RGB of 8 or 16 bits:
palettes, bilevel pictures, CMYK, and JPEG inside TIFF, which libtiff converts.
"""

from __future__ import annotations

import logging
import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.media.opencv_codecs import MOST_PIXELS, REFUSAL, stored_picture
from nstcam.media.pixels import TURNS, Picture, PictureError, full_range, unmultiplied

if TYPE_CHECKING:
    from tifffile import TiffPage

_STARTS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_ASSOCIATED, _UNASSOCIATED = 1, 2
_NONE: Final = 1
_EXPANDED: Final = (_NONE, 5, 8, 32946, 32773)
"""Compressions: none, LZW, deflate under its two numbers, PackBits."""
_MOST_CHANNELS: Final = 64
_SUBFILE_TYPE, _ORIENTATION, _SUB_PAGES, _EXTRA_SAMPLES, _PROFILE, _DNG_VERSION = 254, 274, 330, 338, 34675, 50706


def is_tiff(head: bytes) -> bool:
    """Whether a file with these first 4 bytes is a TIFF or BigTIFF."""
    return head in _STARTS


def read_tiff(data: NDArray[np.uint8]) -> Picture:
    """The first page, upright.

    Raises:
        PictureError: it is damaged, or holds something else than levels of 8 or 16 bits.
    """
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    try:
        with tifffile.TiffFile(BytesIO(data.tobytes())) as file:
            page = file.pages.first
            assert isinstance(page, tifffile.TiffPage)
            if _is_raw(page, data):
                raise PictureError("is a camera's raw file; develop it and save it as TIFF or JPEG first")
            profile = page.tags.get(_PROFILE)
            icc = bytes(profile.value) if profile else None
            if not _lies_plain(page):
                return _by_opencv(data, page, icc)
            bgr, alpha = _interpreted(page, _samples(data, page))
            turn = TURNS[min(max(int(page.tags.valueof(_ORIENTATION, 1)), 1), 8) - 1]
    except PictureError:
        raise
    except Exception as error:  # damaged tags raise anything
        raise PictureError(REFUSAL) from error
    return Picture(np.ascontiguousarray(turn(bgr)), None if alpha is None else np.ascontiguousarray(turn(alpha)), icc)


def _is_raw(page: TiffPage, data: NDArray[np.uint8]) -> bool:
    """DNG, CR2, and NEF and others that put a thumbnail before the sub-pages; the thumbnail is all we could read."""
    is_thumbnail = bool(int(page.tags.valueof(_SUBFILE_TYPE, 0)) & 1)
    return _DNG_VERSION in page.tags or data[8:10].tobytes() == b"CR" or (is_thumbnail and _SUB_PAGES in page.tags)


def _lies_plain(page: TiffPage) -> bool:
    return (
        page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)
        and page.dtype in (np.uint8, np.uint16)
        and page.bitspersample in (8, 16)
        and page.compression in _EXPANDED
        and page.imagedepth == 1
    )


def _samples(data: NDArray[np.uint8], page: TiffPage) -> NDArray[Any]:
    """All samples of the page, (height, width, samples), in the byte order of this machine.

    Raises:
        PictureError: it has too many, or not all of them are in the file.
    """
    compression, fill_order = int(page.compression), page.fillorder
    if compression != _NONE:
        page.compression = page.fillorder = 1  # page.decode then takes expanded segments
    planes, _, height, width, contiguous = page.shaped
    if height * width > MOST_PIXELS or planes * contiguous > _MOST_CHANNELS:
        raise PictureError(f"has {planes * contiguous} channels of {width}x{height} samples, too many; make it smaller")
    out, filled = np.zeros((planes, height, width, contiguous), page.dtype), 0
    for index, (begin, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        segment = data[begin : begin + count]
        if not 0 < count == len(segment):
            raise PictureError(REFUSAL)
        if compression != _NONE:
            _, _, (_, rows, columns, channels) = page.decode(None, index)
            segment = _expanded(segment, compression, fill_order, rows, columns * channels * out.itemsize)
        part, (plane, _, top, left, _), shape = page.decode(segment.tobytes(), index)
        assert part is not None
        rows, columns = min(shape[1], height - top), min(shape[2], width - left)
        out[plane, top : top + rows, left : left + columns] = part[0, :rows, :columns]
        filled += rows * columns * contiguous
    if filled < out.size:
        raise PictureError(REFUSAL)
    return np.moveaxis(out[..., 0], 0, -1) if planes > 1 else out[0]


def _expanded(
    segment: NDArray[np.uint8], compression: int, fill_order: int, rows: int, row_bytes: int
) -> NDArray[np.uint8]:
    """A strip or tile without its compression: libtiff reads it as a grey picture of its own, of as many bytes.

    Raises:
        PictureError: it is damaged.
    """
    bits = 8 if row_bytes % 2 else 16  # OpenCV takes four times the memory for 8 bits
    tags = (
        (256, row_bytes * 8 // bits), (257, rows), (258, bits), (259, compression), (262, _BLACK_IS_ZERO),
        (266, fill_order), (273, 8), (277, 1), (278, rows), (279, len(segment)),
    )  # fmt: skip
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    start = 8 + len(segment) + len(segment) % 2
    file = struct.pack("<4sI", b"II*\0", start) + segment.tobytes() + bytes(len(segment) % 2)
    file += struct.pack("<H", len(tags)) + directory + bytes(4)
    levels = stored_picture(np.frombuffer(file, np.uint8)).pixels
    return np.ascontiguousarray(levels).astype(f"<u{bits // 8}", copy=False).view(np.uint8).reshape(-1)


def _interpreted(page: TiffPage, samples: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """(height, width, 3) BGR and alpha."""
    colours = samples[..., :3] if page.photometric == _RGB else samples[..., :1]
    if page.photometric == _RGB and colours.shape[2] < 3:
        raise PictureError(REFUSAL)
    extra = [int(kind) for kind in page.tags.valueof(_EXTRA_SAMPLES, ())]
    if not extra and page.photometric == _RGB and samples.shape[2] == 4:
        extra = [_UNASSOCIATED]  # OpenCV and others write alpha without the tag that says so
    place = next((i for i, kind in enumerate(extra) if kind in (_ASSOCIATED, _UNASSOCIATED)), None)
    alpha = None if place is None else samples[..., colours.shape[2] + place]
    if alpha is not None and place is not None and extra[place] == _ASSOCIATED:
        colours = unmultiplied(colours, alpha)
    if page.photometric == _WHITE_IS_ZERO:
        colours = np.iinfo(colours.dtype).max - colours
    conversion = cv2.COLOR_RGB2BGR if colours.shape[2] == 3 else cv2.COLOR_GRAY2BGR
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(colours), conversion)), alpha


def _by_opencv(data: NDArray[np.uint8], page: TiffPage, icc: bytes | None) -> Picture:
    """Upright, as libtiff turns pictures itself."""
    bits, most = page.bitspersample, 0
    if bits in (10, 12, 14):
        most = (2**bits - 1) << 16 - bits  # OpenCV moves the levels up and leaves the lowest bits 0
    if bits > 8 and page.planarconfig == 2:
        raise PictureError(
            f"has separate planes of {bits} bits in a form that cannot be read; save it with interleaved channels"
        )
    pixels = stored_picture(data).pixels
    if pixels.dtype not in (np.uint8, np.uint16):
        raise PictureError(f"holds {pixels.dtype} values; save it with 8 or 16 bits per channel first")
    if most:
        pixels = full_range(pixels, most)
    if most and page.photometric == _WHITE_IS_ZERO:
        pixels = np.iinfo(pixels.dtype).max - pixels
    if pixels.ndim == 2:
        return Picture(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)), None, icc)
    bgr, alpha = np.ascontiguousarray(pixels[:, :, :3]), None
    if pixels.shape[2] == 4 and page.extrasamples:  # for CMYK, libtiff adds a channel
        alpha = np.ascontiguousarray(pixels[:, :, 3])
        bgr = unmultiplied(bgr, alpha)  # by libtiff
    return Picture(bgr, alpha, icc)
