"""Numbered pictures, or those of a folder, as the frames of a video at a rate that the user gives."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.media.kinds import PICTURES
from nstcam.media.pixels import Picture, as_8_bits, on_colour
from nstcam.media.size_limit import FRAMES_AT_ONCE, too_large
from nstcam.realtime.decoded_file import decoded_file
from nstcam.realtime.errors import SourceError
from nstcam.realtime.files import is_folder
from nstcam.realtime.frame import letterbox
from nstcam.realtime.numbered import as_people_sort, gaps, numbered
from nstcam.realtime.video.reading.frames import Closing, TimedFrame, as_written
from nstcam.realtime.video.reading.matte import BLACK, Matte, matte_name

USUAL_RATE: Final = Fraction(25)
"""Frames per second of numbered pictures when nobody says."""
_SAMPLE_BYTES: Final = 4096

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PictureSequence:
    """Pictures in the order in which they are shown.

    Attributes:
        path: what the user named.
        files: at least one.
        numbers: the number in the name of each file; None if the names are not numbered alike.
    """

    path: Path
    files: list[Path]
    numbers: list[int] | None


def find_sequence(path: Path) -> PictureSequence | None:
    """The pictures that a path names: frames/%05d.png, or a folder. None if it names neither.

    Raises:
        SourceError: there are no such pictures, or the folder cannot be read.
    """
    try:
        names = numbered(path)
        if names is not None:
            numbers = names.there()
            files = [names.path(number) for number in numbers]
            if not files:
                where = "" if names.folder.is_dir() else f"; there is no folder {names.folder}"
                raise SourceError(f"no picture is called {path}{where}; check the folder and the number of digits")
            found = PictureSequence(path, files, numbers)
        elif is_folder(path):
            inside = [file for file in path.iterdir() if not file.name.startswith(".")]
            files = [file for file in inside if file.suffix.lower() in PICTURES and file.is_file()]
            if not files:
                raise SourceError(f"{path} holds no picture; give the folder of the pictures, or frames/%05d.png")
            files.sort(key=as_people_sort)
            found = PictureSequence(path, files, _numbers(files))
        else:
            return None
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    return found


def tell_gaps(sequence: PictureSequence) -> None:
    """Warns of numbers that are missing. The pictures follow one another all the same."""
    numbers = sequence.numbers
    if numbers and (missing := gaps(numbers)):
        count = numbers[-1] - numbers[0] + 1 - len(numbers)
        pictures = "picture is" if count == 1 else "pictures are"
        _log.warning("%s: %d %s missing (%s); the others follow one another", sequence.path, count, pictures, missing)


def _numbers(files: list[Path]) -> list[int] | None:
    """The last number in the name of each file, if names differ in nothing else and the numbers rise."""
    parts = [re.fullmatch(r"(.*?)([0-9]{1,9})([^0-9]*)", file.name) for file in files]
    matches = [part for part in parts if part]
    if len(matches) < len(files) or len({(part[1], part[3].lower()) for part in matches}) > 1:
        return None
    numbers = [int(part[2]) for part in matches]
    return numbers if all(later > earlier for earlier, later in pairwise(numbers)) else None


def _hides(picture: Picture) -> bool:
    return picture.alpha is not None and bool(picture.alpha.min() < np.iinfo(picture.alpha.dtype).max)


def sequence_fingerprint(sequence: PictureSequence) -> dict[str, Any]:
    """Tells one sequence from another by the names, sizes, beginnings and ends of its files.

    Raises:
        OSError: a file cannot be read.
    """
    digest, length = hashlib.sha256(), 0
    for path in sequence.files:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest.update(f"{path.name}\0{size}\0".encode(errors="surrogateescape"))
            digest.update(file.read(_SAMPLE_BYTES))
            file.seek(max(size - _SAMPLE_BYTES, 0))
            digest.update(file.read(_SAMPLE_BYTES))
        length += size
    return {"files": len(sequence.files), "bytes": length, "sha256": digest.hexdigest()}


class SequenceReader(Closing):
    """A PictureSequence as frames; see `Frames`. Those of another size than the first are letterboxed."""

    pixel_aspect = Fraction(1)

    def __init__(
        self,
        sequence: PictureSequence,
        rate: Fraction,
        start: float = 0,
        end: float | None = None,
        *,
        matte: Matte = BLACK,
    ) -> None:
        """Reads the first picture.

        Args:
            rate: frames per second.
            start, end: seconds; frames of start <= time < end are read. None: to the end.
            matte: what is seen through transparent pixels, unless `keep_alpha` is set.

        Raises:
            SourceError: the first picture cannot be read, or none lies between `start` and `end`.
        """
        self.path, self.rate, self.time_base = sequence.path, rate, 1 / rate
        first, last = ceil(as_written(start) * rate), len(sequence.files)
        last = last if end is None else min(ceil(as_written(end) * rate), last)
        if first >= last:
            span = f"from {start:g} s on" if end is None else f"between {start:g} s and {end:g} s"
            seconds = float(len(sequence.files) / rate)
            raise SourceError(
                f"{self.path} lasts {seconds:.2f} s and has no frame {span}; choose another --from or --to"
            )
        self._files, self._matte, self._skip = sequence.files[first:last], matte, 0
        self.numbers = sequence.numbers[first:last] if sequence.numbers else None
        self.first_seconds = first / rate
        self.total: int | None = len(self._files)
        self.keep_alpha = self._warned_of_alpha = self._warned_of_size = False
        picture = self._read(self._files[0])
        self.size_wh = picture.pixels.shape[1], picture.pixels.shape[0]
        if refusal := too_large(self.size_wh, FRAMES_AT_ONCE):
            raise SourceError(f"{self._files[0]} {refusal}")
        self.has_alpha, self.is_deep = picture.alpha is not None, picture.pixels.dtype == np.uint16
        self.is_transparent = _hides(picture)

    def skip(self, frames: int) -> None:
        self._skip = frames

    def __iter__(self) -> Iterator[TimedFrame]:
        for index, path in enumerate(self._files[self._skip :], self._skip):
            yield self._frame(self._sized(self._read(path), path), index)

    def _frame(self, picture: Picture, index: int) -> TimedFrame:
        pixels, alpha = picture.pixels, picture.alpha if _hides(picture) else None
        if alpha is not None and not self.keep_alpha:
            if not self._warned_of_alpha:
                self._warned_of_alpha = True
                _log.warning("%s has transparent pixels, which are shown on %s", self.path, matte_name(self._matte))
            pixels, alpha = on_colour(pixels, alpha, self._matte), None
        deep = pixels.astype(np.uint16, copy=False) if pixels.dtype == np.uint16 else None
        return TimedFrame(np.ascontiguousarray(as_8_bits(pixels)), index, 1, alpha, deep)

    def _read(self, path: Path) -> Picture:
        picture, _ = decoded_file(path, SourceError)
        return Picture(picture.pixels, picture.alpha)

    def _sized(self, picture: Picture, path: Path) -> Picture:
        height, width = picture.pixels.shape[:2]
        if (width, height) == self.size_wh:
            return picture
        if not self._warned_of_size:
            self._warned_of_size = True
            _log.warning(
                "%s is %dx%d, the first picture %dx%d; it and others of another size are letterboxed",
                path, width, height, *self.size_wh,
            )  # fmt: skip
        pixels = letterbox(as_8_bits(picture.pixels), self.size_wh)
        alpha: NDArray[Any] | None = None
        if picture.alpha is not None:
            alike = np.asarray(cv2.cvtColor(as_8_bits(picture.alpha), cv2.COLOR_GRAY2BGR), np.uint8)
            alpha = np.ascontiguousarray(letterbox(alike, self.size_wh)[:, :, 0])
        return Picture(pixels, alpha)

    def close(self) -> None:
        self._files = []
