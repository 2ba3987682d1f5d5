"""Content as near as a camera shows it, for crops that are much smaller than its pictures."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from nstcam.train.content.sources import SHARE_OF_SCENES, BuiltInSource
from nstcam.train.picture import Picture

_LINES: Final = 200, 440
"""Range of the lines that the whole pictures would have: as many as previews, and nearly as many as cameras."""


class CloseSource(BuiltInSource):
    """Gives parts of the built-in pictures instead of the whole ones.

    Training crops are half to all of a picture, which is as near as cameras see things at 272 px. At 112 px faces and
    walls would be a few strokes wide: a network learns to leave no room to anything, and paints the surfaces of larger
    pictures as if they were crowded.
    """

    def picture(self, rng: np.random.Generator, size: int) -> Picture:
        """A random part of `size` x `size` px."""
        lines = math.exp(rng.uniform(*np.log(_LINES)))
        if rng.random() < SHARE_OF_SCENES:
            return self._scenes.scene(size, rng, whole=max(round(lines), size))
        photo = self._photos[rng.integers(len(self._photos))]
        height, width = photo.shape[:2]
        side = min(round(min(height, width) * size / lines), height, width)
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        method = cv2.INTER_AREA if side >= size else cv2.INTER_CUBIC
        part = cv2.resize(photo[top : top + side, left : left + side], (size, size), interpolation=method)
        return np.asarray(part, np.uint8)
