"""What visitors upload: paintings, checked before they are decoded, and models, under names of ours."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.media.decode import decode_picture
from nstcam.media.own_files import create
from nstcam.media.pixels import PictureError, as_8_bits_on_white
from nstcam.media.stated_size import stated_size
from nstcam.media.style_names import name_from
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import SMALLEST_SIDE, fit_within
from nstcam.realtime.quiet_codecs import quiet_codecs

MOST_BYTES: Final = 20 << 20
MOST_PIXELS: Final = 50_000_000
"""More than phones take; decoded, that is 150 MB."""
_KEPT_WH: Final = 1600, 1600
"""Kept no larger than this: a style needs 640 pixels."""
_KINDS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
"""The first bytes of JPEG, PNG and WebP, whose size is known before they are decoded."""


class Paintings:
    """A private temporary folder of uploaded pictures and models, which is removed at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._count = 0

    def keep(self, data: bytes, name: str = "") -> Path:
        """Decodes an uploaded picture and keeps its pixels, or keeps a model as it is. One at a time, whatever thread
        asks.

        Args:
            name: what the file is called; a model's ends in .onnx, and gives the style its name.

        Raises:
            StyleError: it is not a picture, is damaged, too large or too small.
        """
        with self._lock:
            model = name.lower().endswith(".onnx")
            kept = data if model else cv2.imencode(".png", _decoded(data))[1].tobytes()
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="nstcam-"))  # for this user alone
            self._count += 1
            path = self._folder / f"painting-{self._count}.png"
            if model:  # alone in a folder, so that it cannot name another file for its weights
                path = path.with_suffix("") / f"{name_from(Path(name))}.onnx"
                path.parent.mkdir()
            with create(path) as file:
                file.write(kept)
            return path

    def close(self) -> None:
        with self._lock:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)


def _decoded(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if not data.startswith(_KINDS):
        raise StyleError("the file is not a JPEG, PNG or WebP picture; save it as one of these first")
    size = stated_size(data)
    if size is None or min(size) < 1:
        raise StyleError("the picture is damaged: it does not say how large it is")
    if size[0] * size[1] > MOST_PIXELS:
        raise StyleError(f"the picture is {size[0]}x{size[1]}; at most {MOST_PIXELS // 10**6} megapixels are taken")
    try:
        with quiet_codecs():
            picture = decode_picture(np.frombuffer(data, np.uint8))
    except PictureError as error:
        raise StyleError(f"the picture {error}") from error
    pixels = fit_within(as_8_bits_on_white(picture), _KEPT_WH)
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        raise StyleError(
            f"the picture is {size[0]}x{size[1]}; a style needs at least {SMALLEST_SIDE}x{SMALLEST_SIDE} pixels"
        )
    return pixels
