"""Scene: who is painted and what stands behind people, alike in live video, video files and pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame, covering
from nstcam.realtime.people import words
from nstcam.realtime.people.layers import before, blurred
from nstcam.realtime.people.masks import Seen

Depth = TypeVar("Depth", bound=np.uint8 | np.uint16)


class Backdrop:
    """A picture to stand behind people, kept at the size that was asked for last."""

    def __init__(self, picture: Frame) -> None:
        self._picture = picture
        self._fitted: Frame = picture

    def fitted(self, size_hw: tuple[int, int]) -> Frame:
        """The picture at that size, (height, width), cropped if its proportions differ."""
        if self._fitted.shape[:2] != size_hw:
            self._fitted = covering(self._picture, size_hw)
        return self._fitted


@dataclass(frozen=True)
class Scene:
    """What to make of a picture with people in it.

    Attributes:
        paint: one of words.PAINT.
        background: OFF, BLUR, PICTURE, STYLE, or CLEAR (see words.py), which only picture files can have.
        backdrop: the picture, if it is one.
    """

    paint: str = words.ALL
    background: str = words.OFF
    backdrop: Backdrop | None = field(default=None, compare=False)

    @property
    def parted(self) -> bool:
        """Whether people have to be told from the background at all."""
        return self.paint != words.ALL or self.background != words.OFF

    @property
    def shows_style(self) -> bool:
        """Whether anything of `painted` is seen, so that it has to be painted."""
        return words.shows_style(self.paint, self.background)

    def together(
        self, painted: NDArray[Depth], original: NDArray[Depth], seen: Seen, second: NDArray[Depth] | None = None
    ) -> NDArray[Depth]:
        """The picture to show.

        Where only people are painted and nobody is in sight, the whole picture is painted: otherwise nothing but the
        network's mistakes would show. A background that replaces the room stays, for it may be there to hide it.

        Args:
            painted, original: (height, width, 3) BGR, of the same dtype.
            seen: the people in `original`.
            second: `original` in the second style; None if that is not ready, which leaves `painted`.
        """
        people = original if self.paint == words.BACKGROUND else painted
        mask, behind = seen.mask, painted
        match self.background:
            case words.BLUR:
                behind = blurred(original, mask)
            case words.PICTURE if self.backdrop is not None:
                fitted = self.backdrop.fitted((original.shape[0], original.shape[1]))
                whole = 1 if original.dtype == np.uint8 else 257
                behind = (fitted.astype(original.dtype, copy=False) * original.dtype.type(whole)).astype(original.dtype)
            case words.STYLE:
                behind = behind if second is None else second
            case words.CLEAR:
                return people
            case _ if self.paint == words.PERSON:
                behind = original
                if seen.present < 1:
                    mask = np.maximum(mask, np.uint8(round(255 * (1 - seen.present))))
        return people if people is behind else before(behind, people, mask)
