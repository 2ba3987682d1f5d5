"""AnimatedWebp: the frames of an animated WebP, which libavformat does not read.

The container (RFC 9649) is taken apart here, and OpenCV gets each picture as a WebP of its own, so that one at a time
is in memory. Pictures cover a part of the canvas, over or in place of what was there.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.media.pixels import on_colour
from nstcam.media.size_limit import FRAMES_AT_ONCE, too_large
from nstcam.media.stated_size import stated_size
from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.reading.frames import Closing, TimedFrame, as_written
from nstcam.realtime.video.reading.matte import BLACK, Matte, matte_name

_UNSEEN: Final = 100
"""Milliseconds that browsers show a frame which is said to last 10 or less."""
_LONGEST: Final = 1 << 30
"""Bytes of one picture."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Part:
    """A picture of the animation: where it lies in the file and on the canvas, in pixels, and when, in milliseconds."""

    at: int
    length: int
    left: int
    top: int
    width: int
    height: int
    begins: int
    lasts: int
    blends: bool
    clears: bool


def is_animated_webp(path: Path) -> bool:
    """Whether a file begins like an animated WebP; False if it cannot be read."""
    try:
        with path.open("rb") as file:
            return _is_animated(file.read(64))
    except OSError:
        return False


def _is_animated(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) >= 30 and bool(head[20] & 2)


class AnimatedWebp(Closing):
    """The frames of an animated WebP; see `Frames`."""

    pixel_aspect = Fraction(1)
    time_base = Fraction(1, 1000)
    is_deep = False
    numbers: list[int] | None = None

    def __init__(self, path: Path, start: float = 0, end: float | None = None, *, matte: Matte = BLACK) -> None:
        """Finds the pictures and decodes the first.

        Args:
            start, end: seconds; frames of start <= time < end are read. None: to the end.
            matte: what is seen through transparent pixels, unless `keep_alpha` is set.

        Raises:
            SourceError: the file cannot be read, is damaged, too large, or has no frame between `start` and `end`.
        """
        self.path, self._matte, self._skip = path, matte, 0
        self.keep_alpha = self._warned_of_alpha = False
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise SourceError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
        try:
            self.size_wh, self._parts = self._found()
            lasts = self._parts[-1].begins + self._parts[-1].lasts
            self.rate = Fraction(1000 * len(self._parts), lasts).limit_denominator(100_000)
            low, high = 1000 * as_written(start), float("inf") if end is None else 1000 * as_written(end)
            inside = [number for number, part in enumerate(self._parts) if low <= part.begins < high]
            if not inside:
                raise SourceError(
                    f"{path} lasts {lasts / 1000:.2f} s and has no frame there; choose another --from or --to"
                )
            self._first, self._last = inside[0], inside[-1]
            self.first_seconds = Fraction(self._parts[self._first].begins, 1000)
            self.total: int | None = len(inside)
            canvas = next(self._canvases(), None)
            if canvas is None:
                raise SourceError(f"{path}: no frame can be decoded; the file is damaged, get it again")
            self.has_alpha, self.is_transparent = True, bool(canvas[1][:, :, 3].min() < 255)
        except BaseException:
            self._file.close()
            raise

    def skip(self, frames: int) -> None:
        self._skip = frames

    def __iter__(self) -> Iterator[TimedFrame]:
        count = 0
        for number, canvas in self._canvases():
            count = number + 1
            if number - self._first < self._skip:
                continue
            part, alpha = self._parts[number], np.ascontiguousarray(canvas[:, :, 3])
            colours = np.ascontiguousarray(canvas[:, :, :3])
            if not self.keep_alpha and alpha.min() < 255:
                if not self._warned_of_alpha:
                    self._warned_of_alpha = True
                    _log.warning("%s has transparent pixels, which are shown on %s", self.path, matte_name(self._matte))
                colours = on_colour(colours, alpha, self._matte).astype(np.uint8, copy=False)
            begins = part.begins - self._parts[self._first].begins
            yield TimedFrame(colours, begins, part.lasts, alpha if self.keep_alpha else None)
        if count <= self._last:
            _log.warning("%s is damaged: %d of %d frames were decoded", self.path, count, self._last + 1)

    def _canvases(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Numbers and canvases, BGRA, of the frames that are read; the canvas is reused."""
        width, height = self.size_wh
        canvas = np.zeros((height, width, 4), np.uint8)
        for number, part in enumerate(self._parts[: self._last + 1]):
            picture = self._picture(part)
            if picture is None:
                return
            area = canvas[part.top : part.top + part.height, part.left : part.left + part.width]
            area[:] = _over(picture, area) if part.blends else picture
            if number >= self._first:
                yield number, canvas
            if part.clears:
                area[:] = 0

    def _found(self) -> tuple[tuple[int, int], list[_Part]]:
        """The (width, height) of the canvas, and the pictures."""
        head = self._file.read(30)
        if not _is_animated(head):
            raise SourceError(f"{self.path} is not an animated WebP; choose another file")
        size_wh = _uint24(head[24:27]) + 1, _uint24(head[27:30]) + 1
        if refusal := too_large(size_wh, FRAMES_AT_ONCE):
            raise SourceError(f"{self.path} {refusal}")
        parts: list[_Part] = []
        at, begins = 12, 0
        while len(header := self._read(at, 8)) == 8:
            kind, length = header[:4], struct.unpack("<I", header[4:])[0]
            if kind == b"ANMF":
                frame = self._read(at + 8, 16)
                if len(frame) < 16:
                    break
                left, top = 2 * _uint24(frame[:3]), 2 * _uint24(frame[3:6])
                width, height, lasts = _uint24(frame[6:9]) + 1, _uint24(frame[9:12]) + 1, _uint24(frame[12:15])
                if left + width > size_wh[0] or top + height > size_wh[1] or not 16 < length <= _LONGEST:
                    break
                lasts = lasts if lasts > 10 else _UNSEEN
                blends, clears = not frame[15] & 2, bool(frame[15] & 1)
                parts.append(_Part(at + 24, length - 16, left, top, width, height, begins, lasts, blends, clears))
                begins += lasts
            at += 8 + length + length % 2
        if not parts:
            raise SourceError(f"{self.path}: no frame can be decoded; the file is damaged, get it again")
        return size_wh, parts

    def _read(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        return self._file.read(length)

    def _picture(self, part: _Part) -> NDArray[np.uint8] | None:
        """A picture as (height, width, 4) BGRA; None if it is damaged."""
        data = self._read(part.at, part.length)
        if data[:4] == b"ALPH":  # only the extended format holds it beside the colours
            sides = (part.width - 1).to_bytes(3, "little") + (part.height - 1).to_bytes(3, "little")
            data = b"VP8X" + struct.pack("<II", 10, 16) + sides + data
        whole = b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data
        if stated_size(whole) != (part.width, part.height):  # before memory is taken for another size
            return None
        try:
            picture = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:
            return None
        if picture is None or picture.ndim != 3 or picture.shape[:2] != (part.height, part.width):
            return None
        if picture.shape[2] == 3:
            picture = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
        return np.asarray(picture, np.uint8)

    def close(self) -> None:
        self._file.close()


def _over(above: NDArray[np.uint8], below: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One BGRA picture over another, neither multiplied by its alpha (RFC 9649, 2.7.1.1)."""
    if above[:, :, 3].min() == 255:
        return above
    a, b = above.astype(np.float32), below.astype(np.float32)
    share = a[:, :, 3:] / 255
    rest = b[:, :, 3:] / 255 * (1 - share)
    alpha = share + rest
    colours = (a[:, :, :3] * share + b[:, :, :3] * rest) / np.maximum(alpha, 1e-6)
    return np.dstack((colours, alpha * 255)).round().astype(np.uint8)


def _uint24(data: bytes) -> int:
    return int.from_bytes(data, "little")
