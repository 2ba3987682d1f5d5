"""stylize_image(): one picture, file to file."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.blend import Stylizes
from realtime.errors import SinkError, SourceError
from realtime.frame import SMALLEST_SIDE, Frame
from realtime.partfile import check_paths, part_file

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
KEEP_ALPHA: Final = (".png", ".webp")
QUALITY: Final = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
}

_log = logging.getLogger(__name__)

Alpha = NDArray[np.uint8]
"""(height, width), 0..255, 0 is transparent."""


def stylize_image(source: Path, target: Path, stylizer: Stylizes, *, overwrite: bool = False) -> None:
    """Stylizes a picture as it is displayed: upright, 8 bits a channel. Transparency is kept in .png and .webp.

    Raises:
        SourceError: not a picture, damaged, or smaller than 32x32.
        SinkError: the target is there already, is the source, has an unknown suffix, or cannot be written.
    """
    check_paths(source, target, SUFFIXES, overwrite=overwrite)
    frame, alpha = read_image(source)
    height, width = frame.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise SourceError(
            f"{source} is {width}x{height}, styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}; enlarge it first"
        )
    if alpha is not None and target.suffix.lower() not in KEEP_ALPHA:
        _log.warning("the transparency of %s is lost in %s; write a .png or .webp to keep it", source, target.name)
        alpha = None
    write_image(target, stylizer.stylize(frame), alpha)


def read_image(path: Path) -> tuple[Frame, Alpha | None]:
    """The picture upright, and its transparency if it has any.

    Raises:
        SourceError: cannot be read, or is no picture that OpenCV knows.
    """
    try:
        data = np.fromfile(path, np.uint8)  # cv2.imread cannot open every path that Windows allows
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    refusal = f"{path} is not a picture that can be read, or is damaged; PNG, JPEG, WebP, BMP and TIFF work"
    if not data.size:
        raise SourceError(f"{path} is empty (0 bytes); get the file again")
    try:
        with _quiet_codecs():
            frame = cv2.imdecode(data, cv2.IMREAD_COLOR)
            as_stored = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
            if frame is None or as_stored is None:
                raise SourceError(refusal)
            has_alpha = as_stored.ndim == 3 and as_stored.shape[2] == 4
            alpha = _upright_alpha(data, as_stored[:, :, 3]) if has_alpha else None
    except cv2.error as error:  # e.g. more pixels than OpenCV allows
        raise SourceError(f"{refusal} ({error.err})") from error
    return frame.astype(np.uint8, copy=False), alpha


def write_image(target: Path, frame: Frame, alpha: Alpha | None = None) -> None:
    """Replaces `target`, whose suffix chooses the format.

    Raises:
        SinkError: it cannot be encoded or written.
    """
    picture = frame if alpha is None else np.dstack((frame, alpha))
    suffix = target.suffix.lower()
    with part_file(target) as part:
        with _quiet_codecs():
            encoded, data = cv2.imencode(suffix, picture, QUALITY.get(suffix, []))
        if not encoded:
            height, width = frame.shape[:2]
            raise SinkError(f"cannot write {target}: {width}x{height} is too large for {suffix}; use .png")
        try:
            part.write_bytes(data.tobytes())
        except OSError as error:
            raise SinkError(
                f"cannot write {target} ({error.strerror}); free some space or choose another folder"
            ) from error


def _upright_alpha(data: NDArray[np.uint8], alpha: NDArray[np.integer | np.floating]) -> Alpha:
    """OpenCV applies the EXIF orientation only where it drops the alpha: so let it read the alpha as a picture."""
    _, kinds, metadata = cv2.imdecodeWithMetadata(data, flags=cv2.IMREAD_UNCHANGED)
    _, as_picture = cv2.imencodeWithMetadata(".png", np.ascontiguousarray(alpha), kinds, metadata)
    upright = cv2.imdecode(as_picture, cv2.IMREAD_GRAYSCALE)
    assert upright is not None
    return upright.astype(np.uint8, copy=False)


@contextmanager
def _quiet_codecs() -> Iterator[None]:
    """libpng and libtiff write to stderr itself, whatever OpenCV's log level; the caller says it better."""
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
