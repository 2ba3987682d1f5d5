"""Where a conversion reads from and writes to: video files, animations, numbered pictures; checked before the work."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from secrets import token_hex
from typing import Final

from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.files import check_source, check_target, exists_already, is_folder, is_there
from nstcam.realtime.interrupted import asked_to_end
from nstcam.realtime.numbered import numbered
from nstcam.realtime.video.journal import Values
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.address import open_address
from nstcam.realtime.video.reading.animated_webp import AnimatedWebp, is_animated_webp
from nstcam.realtime.video.reading.formats import ANIMATIONS, FORMATS, SEQUENCES, FileFormat
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.reading.matte import matte_of
from nstcam.realtime.video.reading.pipes import PIPE, open_pipe
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.sequence import (
    USUAL_RATE,
    SequenceReader,
    find_sequence,
    sequence_fingerprint,
    tell_gaps,
)
from nstcam.realtime.video.work_folder import fingerprint

FASTEST: Final = 1000
"""Frames per second."""

_STDIN: Final = Path("standard input")
"""Names it in messages."""
_STREAM: Final = Path("the stream")

_log = logging.getLogger(__name__)


def parse_rate(text: str) -> Fraction:
    """Frames per second, like 24, 29.97 (taken for 30000/1001) or 30000/1001.

    Raises:
        ValueError: it is none, or not above 0 and at most FASTEST; the text says so.
    """
    match = re.fullmatch(r"(\d{1,7}(?:\.\d{1,6})?)(?:/([1-9]\d{0,6}))?", text, re.ASCII)
    rate = Fraction(match[1]) / int(match[2] or 1) if match else Fraction(0)
    rate = rate.limit_denominator(1_000_000)
    if not 0 < rate <= FASTEST:
        raise ValueError(f"{text} is not a frame rate; write frames per second of up to {FASTEST}, like 25 or 29.97")
    if "/" not in text and rate.denominator > 1:
        ntsc = Fraction(max(round(rate * 1001 / 1000), 1) * 1000, 1001)
        if abs(ntsc - rate) < Fraction(6, 1000):
            return ntsc
    return rate


def format_of(target: Path) -> FileFormat:
    """What is written under a name.

    Raises:
        SinkError: nothing is known for its suffix.
    """
    names, suffix = numbered(target), target.suffix.lower()
    if names is not None:
        if names.suffix not in SEQUENCES:
            raise SinkError(f"cannot write {target}: the pictures' names must end in one of {', '.join(SEQUENCES)}")
        return SEQUENCES[names.suffix]
    known = FORMATS | ANIMATIONS
    if suffix in known:
        return known[suffix]
    if is_folder(target):
        raise SinkError(f"cannot write {target}: it is a folder; give the name of a file in it")
    if suffix in SEQUENCES:
        like = target.with_name(f"{target.stem}-%05d{target.suffix}")
        raise SinkError(f"cannot write {target}: one picture is not a video; give numbered pictures, like {like}")
    raise SinkError(f"cannot write {target}: its name must end in one of {', '.join(known)}, or be like %05d.png")


def check_places(source: Path, target: Path, settings: VideoSettings, *, overwrite: bool) -> FileFormat:
    """The format of the target. Refuses, before any work, every pair of paths that cannot succeed.

    Raises:
        SourceError: the source is missing, or cannot be read.
        SinkError: the target has no known suffix, lies in a missing folder, exists without `overwrite`, is the source
            itself, or has a name that the system refuses.
    """
    form = format_of(target)
    check_frames(source, settings)
    names = numbered(target)
    if names is None:
        check_target(source, target, overwrite=overwrite)
        return form
    if not names.folder.parent.is_dir():
        raise SinkError(f"cannot write {target}: there is no folder {names.folder.parent}; create it first")
    if names.folder.exists() and not names.folder.is_dir():
        raise SinkError(f"cannot write {target}: {names.folder} is not a folder; choose another name")
    within = source if is_folder(source) else None
    read = numbered(source)
    if (within and names.folder.exists() and names.folder.samefile(within)) or (read and _overlap(source, target)):
        raise SinkError(f"cannot write {target}: the pictures that are read are there; choose another folder")
    if is_there(target) and not overwrite:
        raise exists_already(target)
    return form


def _overlap(source: Path, target: Path) -> bool:
    """Whether numbered pictures would be written over those that are read."""
    read, written = numbered(source), numbered(target)
    if read is None or written is None or not written.folder.exists() or not read.folder.samefile(written.folder):
        return False
    return any(read.number(written.path(number).name) is not None for number in read.there())


def check_frames(source: Path, settings: VideoSettings) -> None:
    """Raises SourceError if `source` is neither a file nor, at a rate, pictures."""
    if source == PIPE:
        return
    if settings.size is not None:
        raise SourceError(f"{source} has a size of its own; --size is for raw pixels on standard input")
    if is_folder(source) and settings.fps is None:
        raise SourceError(
            f"{source} is a folder; add --output-dir FOLDER to convert all files in it, "
            "or --fps 25 to make one video of its pictures"
        )
    if find_sequence(source) is not None:
        return
    check_source(source)
    if settings.fps is not None:
        raise SourceError(f"{source} has a frame rate of its own; --fps is for pictures, like frames/%05d.png")


def open_frames(
    source: Path, settings: VideoSettings, start: float, end: float | None, *, square: bool = False
) -> Frames:
    """Opens a video file, numbered pictures or a folder of pictures.

    Args:
        start, end: seconds of the source; None: to the end.
        square: scale frames to square pixels if theirs are not.

    Raises:
        SourceError: it is none of them, or cannot be read.
    """
    matte = matte_of(settings.matte)
    if source == PIPE:
        try:
            if settings.url is not None:
                return VideoReader(_STREAM, start, end, square=square, matte=matte, piped=open_address(settings.url))
            piped = open_pipe(sys.stdin.buffer, raw_of(settings))
            return VideoReader(_STDIN, start, end, square=square, matte=matte, piped=piped)
        except SourceError:
            if asked_to_end.is_set():  # so its end was none
                raise KeyboardInterrupt from None
            raise
    sequence = find_sequence(source)
    if sequence is None and is_animated_webp(source):
        return AnimatedWebp(source, start, end, matte=matte)
    if sequence is None:
        return VideoReader(source, start, end, square=square, matte=matte)
    tell_gaps(sequence)
    if settings.fps is None:
        _log.warning("%s: %g frames per second are assumed; --fps sets another rate", source, USUAL_RATE)
    rate = USUAL_RATE if settings.fps is None else parse_rate(settings.fps)
    return SequenceReader(sequence, rate, start, end, matte=matte)


def raw_of(settings: VideoSettings) -> tuple[str, tuple[int, int], Fraction] | None:
    """What raw pixels on standard input are: format, (width, height), frames per second; None: they are not raw."""
    if settings.size is None:
        return None
    return settings.pixels or "bgr24", settings.size, USUAL_RATE if settings.fps is None else parse_rate(settings.fps)


def source_fingerprint(source: Path) -> Values:
    """Tells one source from another.

    Raises:
        OSError: it cannot be read.
    """
    if source == PIPE:
        return {"pipe": token_hex(8)}
    sequence = find_sequence(source)
    return fingerprint(source) if sequence is None else sequence_fingerprint(sequence)


@contextmanager
def folder_for(target: Path) -> Iterator[None]:
    """Makes the folder of numbered pictures, if it is missing; removes it again if nothing has been left in it.

    Raises:
        SinkError: it cannot be made.
    """
    names = numbered(target)
    if names is None or names.folder.exists():
        yield
        return
    try:
        names.folder.mkdir()
    except OSError as error:
        raise SinkError(f"cannot make the folder {names.folder} ({error.strerror}); choose another") from error
    try:
        yield
    finally:
        with suppress(OSError):
            names.folder.rmdir()
