"""Playing a file as a camera: the frames of a video at their times, with the pixels, colours and turns of nstcam video;
the one frame of a picture."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nstcam.media.brands import brands
from nstcam.media.kinds import picture_kind
from nstcam.media.pixels import as_8_bits, on_black
from nstcam.realtime.frame import Frame, fit_within
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.video.reader import VideoReader

LARGEST_PHOTO: Final = (3840, 2160)
"""(width, height) that photos are scaled down to fit into: more than is ever shown would be scaled for each frame."""


def read_file(path: Path, stop: threading.Event) -> Iterator[Frame]:
    """Yields the frames of a video file, each at its time, or the one frame of a picture file.

    Raises:
        SourceError: it is neither, or it cannot be read.
    """
    if is_still(path):
        yield read_photo(path)
    else:
        yield from read_clip(path, stop)


def is_still(path: Path) -> bool:
    """Whether the file begins like a picture that is not an animation. A GIF counts as a video, perhaps of one frame.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    kind = picture_kind(head[:64])
    animated = (kind == "PNG" and b"acTL" in head) or (kind == "AVIF" and b"avis" in brands(head))
    return kind is not None and kind != "GIF" and not animated


def read_photo(path: Path) -> Frame:
    """A picture as a frame: upright, what is transparent black, at most as large as LARGEST_PHOTO.

    Raises:
        SourceError: it is not a picture that can be read.
    """
    picture = read_picture(path)
    pixels = picture.pixels if picture.alpha is None else on_black(picture.pixels, picture.alpha)
    return fit_within(as_8_bits(pixels), LARGEST_PHOTO)


def read_clip(path: Path, stop: threading.Event) -> Iterator[Frame]:
    """Yields the frames of a video file, upright and in square pixels, each at its time.

    Raises:
        SourceError: it is not a video that can be read, or no frame of it can be decoded.
    """
    with VideoReader(path, square=True) as reader:
        start = time.monotonic()
        for timed in reader:
            stop.wait(max(0.0, start + float(timed.pts * reader.time_base) - time.monotonic()))
            if stop.is_set():
                return
            yield timed.frame
