"""Plays a file as if it were a camera: the frames of a video at their times, decoded and turned as nstcam video does,
or the single frame of a picture."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nstcam.media.brands import brands
from nstcam.media.kinds import picture_kind
from nstcam.media.pixels import as_8_bits, on_black
from nstcam.realtime.capture.clip_sound import ClipClock, lay_sound
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame, fit_within
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.video.places import parse_rate
from nstcam.realtime.video.reading.animated_webp import AnimatedWebp, is_animated_webp
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.sequence import USUAL_RATE, SequenceReader, find_sequence, tell_gaps

LARGEST_PHOTO: Final = (3840, 2160)
"""(width, height) that photos are scaled down to fit into: a larger one would be scaled down anew for each frame."""


def read_file(
    path: Path, stop: threading.Event, clock: ClipClock | None = None, tape: Tape | None = None
) -> Iterator[Frame]:
    """Yields the frames of a video file, each at its time, or the one frame of a picture file.

    Args:
        clock: is told when each frame was due.
        tape: gets the sound of the video.

    Raises:
        SourceError: it is neither, or it cannot be read.
    """
    if is_still(path):
        yield read_photo(path)
    else:
        yield from read_clip(path, stop, clock, tape)


def is_still(path: Path) -> bool:
    """Whether the file begins like a picture that is not an animation. A GIF counts as a video, perhaps of one frame.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    kind = picture_kind(head[:64])
    animated = {
        "PNG": b"acTL" in head,
        "AVIF": b"avis" in brands(head),
        "WebP": kind == "WebP" and is_animated_webp(path),
    }
    return kind is not None and kind != "GIF" and not animated.get(kind, False)


def read_photo(path: Path) -> Frame:
    """A picture as a frame: upright, on black where it is transparent, and at most as large as LARGEST_PHOTO.

    Raises:
        SourceError: it is not a picture that can be read.
    """
    picture = read_picture(path)
    pixels = picture.pixels if picture.alpha is None else on_black(picture.pixels, picture.alpha)
    return fit_within(as_8_bits(pixels), LARGEST_PHOTO)


def read_pictures(
    path: Path, rate: float | None, stop: threading.Event, clock: ClipClock | None = None
) -> Iterator[Frame]:
    """Yields numbered pictures, or those of a folder, each at its time.

    Args:
        rate: frames per second; None: the usual rate.

    Raises:
        SourceError: there are none, or one cannot be read.
    """
    sequence = find_sequence(path)
    if sequence is None:
        raise SourceError(f"{path} is neither a folder nor a name like %05d.png; check the path")
    tell_gaps(sequence)
    with SequenceReader(sequence, USUAL_RATE if rate is None else parse_rate(f"{rate:.6f}")) as reader:
        clock = clock or ClipClock()
        clock.begin()
        yield from _at_their_times(reader, stop, clock)


def _at_their_times(reader: Frames, stop: threading.Event, clock: ClipClock) -> Iterator[Frame]:
    begins = ends = 0.0
    for timed in reader:
        begins = float(timed.pts * reader.time_base)
        clock.wait(begins, stop)
        if stop.is_set():
            return
        yield timed.frame
        ends = float((timed.pts + timed.duration) * reader.time_base)
    if begins and clock.to_the_end:  # a single frame stays anyway
        clock.wait(ends, stop)


def read_clip(
    path: Path, stop: threading.Event, clock: ClipClock | None = None, tape: Tape | None = None
) -> Iterator[Frame]:
    """Yields the frames of a video file, upright and in square pixels, each at its time. See `read_file`.

    Raises:
        SourceError: it is not a video that can be read, or no frame of it can be decoded.
    """
    with AnimatedWebp(path) if is_animated_webp(path) else VideoReader(path, square=True) as reader:
        clock = clock or ClipClock()
        clock.begin()
        ended = threading.Event()
        if tape is not None:
            arguments = path, clock, tape, ended
            threading.Thread(target=lay_sound, args=arguments, name=f"sound of {path.name}", daemon=True).start()
        try:
            yield from _at_their_times(reader, stop, clock)
        finally:
            ended.set()
