"""Stylized and original frames put together, and styles that follow each other in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Protocol, TypeVar, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.engine.style import UNMOVED, Offset
from nstcam.realtime.frame import Frame

T_co = TypeVar("T_co", covariant=True)
Depth = TypeVar("Depth", bound=np.uint8 | np.uint16)
"""Frames have 8 bits; these two take pictures of 16 as well."""


def mix(first: NDArray[Depth], second: NDArray[Depth], weight: float) -> NDArray[Depth]:
    """`first` at weight 0, `second` at weight 1, between them in between; of the same size."""
    if weight <= 0:
        return first
    if weight >= 1:
        return second
    return cv2.addWeighted(first, 1 - weight, second, weight, 0).astype(first.dtype, copy=False)


def keep_colors(stylized: NDArray[Depth], original: NDArray[Depth]) -> NDArray[Depth]:
    """The brightness of `stylized` in the colours of `original` (Gatys et al. 2016, arXiv 1606.05897, section 5.2)."""
    ycc = cv2.cvtColor(original, cv2.COLOR_BGR2YCrCb)
    cv2.insertChannel(cv2.cvtColor(stylized, cv2.COLOR_BGR2GRAY), ycc, 0)
    return cv2.cvtColor(ycc, cv2.COLOR_YCrCb2BGR).astype(original.dtype, copy=False)


@dataclass(frozen=True)
class Timeline(Generic[T_co]):
    """What is shown from when on: (seconds, what), the first from the beginning.

    Attributes:
        fade: seconds of cross-fade, which begins at the time of the entry.
    """

    entries: Sequence[tuple[float, T_co]]
    fade: float = 1.0

    def __post_init__(self) -> None:
        times = [seconds for seconds, _ in self.entries]
        if not times or any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError(f"times {times} must rise, and there must be one at least")

    def at(self, seconds: float) -> tuple[T_co, T_co, float]:
        """(old, new, weight of the new). Outside of fades both are the same and the weight is 1."""
        place = max(sum(start <= seconds for start, _ in self.entries) - 1, 0)
        start, new = self.entries[place]
        old = self.entries[max(place - 1, 0)][1]
        if place == 0 or seconds - start >= self.fade:
            return new, new, 1.0
        return old, new, (seconds - start) / self.fade


class Stylizes(Protocol):
    """What is needed of a Stylizer here: a frame of the same size."""

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame: ...


@runtime_checkable
class SeveralAtOnce(Stylizes, Protocol):
    """Stylizers that want to know the size of frames before they come, and that several threads may use."""

    at_once: int

    def warm_up(self, height: int, width: int) -> None: ...
