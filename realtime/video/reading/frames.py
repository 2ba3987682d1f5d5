"""Frames: what the conversion needs of a source, be it a video file, numbered pictures or a pipe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame


@dataclass(frozen=True)
class TimedFrame:
    """A frame with its time and duration in ticks of `Frames.time_base`.

    Attributes:
        frame: as it is painted; what is transparent shows the matte, unless `alpha` is there.
        alpha: (height, width) uint8, or uint16 beside `deep`; 0 is transparent. None: all is opaque.
        deep: the same picture as uint16 (height, width, 3) BGR, if the source has that many bits.
    """

    frame: Frame
    pts: int
    duration: int
    alpha: NDArray[Any] | None = None
    deep: NDArray[np.uint16] | None = None


def as_written(seconds: float) -> Fraction:
    """The decimal fraction that a user wrote: 0.1 as a float is a little more, and the frame at 1/10 would be lost."""
    return Fraction(str(seconds))


class Closing(ABC):
    """A reader that is closed at the end of a `with` block."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Frames(Protocol):
    """The frames of a source in display order. A context manager, for one thread at a time.

    Attributes:
        path: names the source in messages.
        size_wh: (width, height) of the upright frames.
        rate: mean frames per second.
        time_base: seconds per tick.
        pixel_aspect: width divided by height of a pixel.
        total: how many frames there should be; None if that is unknown.
        has_alpha: whether the frames have alpha, which may be opaque everywhere.
        is_transparent: whether the first frame has transparent pixels.
        is_deep: whether the frames have 16 bits per channel.
        keep_alpha: to be set before iterating: frames carry their alpha, instead of showing the matte.
        numbers: the numbers that the frames have in their files' names; None if they have none.
    """

    path: Path
    size_wh: tuple[int, int]
    rate: Fraction
    time_base: Fraction
    pixel_aspect: Fraction
    total: int | None
    has_alpha: bool
    is_transparent: bool
    is_deep: bool
    keep_alpha: bool
    numbers: list[int] | None

    @property
    def first_seconds(self) -> Fraction:
        """The time in the source of the first frame that is read; 0 unless it is cut."""

    def skip(self, frames: int) -> None:
        """Skips that many frames at the beginning; the times of the others stay. Call it before iterating."""

    def __iter__(self) -> Iterator[TimedFrame]:
        """All frames; can be iterated once."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
