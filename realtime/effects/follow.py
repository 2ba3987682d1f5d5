"""Follower: measures the camera's motion from the pictures alone, and moves the canvas with the background.

Places with structure are tracked by optical flow (Lucas and Kanade 1981; pyramidal: Bouguet 2001) in the outer parts of
the picture, where the background shows beside a person. A similarity transform on which most places agree (RANSAC)
tells where the middle of the background went. Motion is measured against a key picture, not from frame to frame, so
errors add up only when the key is replaced; with a still camera it never is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.stylizing import UNMOVED, Offset

SIDE: Final = 160
"""Pixels of the longer side of the small grey picture in which motion is measured."""

BLOCK: Final = 10
"""Side in small pixels of the blocks that give one place each, so that the places are spread out."""
PLACES: Final = 48
"""The most places used, those with the most structure first."""
STRUCTURE: Final = 2e-4
"""A place whose smaller eigenvalue of the gradients (Shi and Tomasi 1994; levels 0..255) is below this is noise."""

OUTER: Final = 0.3
"""Share of the width at the left and the right, and of the height at the top, that counts as background."""
UPPER: Final = 0.75
"""Share of the height, from the top, that may count as background: below are shoulders, arms and tables."""
WIDE: Final = 0.6
"""Share of the width that agreeing places must span. A head in front of a bare wall has all the places, but spans
less."""

ASTRAY: Final = 0.6
"""Small pixels. A place that misses its origin by more when it is tracked back was lost."""
AGREES: Final = 1.0
"""Small pixels by which a place that agrees may differ from the common motion."""
FEWEST: Final = 6
"""The fewest places that must agree."""
SHARE: Final = 0.6
"""Share of the tracked places that must agree; the rest may be people, leaves or cars."""

FAR: Final = 0.1
"""Share of the longer side. When the background has moved further, the key is replaced before its places leave the
picture."""
PATIENCE: Final = 8
"""Frames without a common motion after which the key is replaced: the scene has changed."""

HOLD: Final = 0.85
"""Pixels between background and canvas beyond which the canvas follows: below one, so that a scene that moves by one
pixel a frame takes it along each time, and well above one half, or somebody who gestures would make it tick."""

Places = NDArray[np.float32]
"""(N, 2) x, y in small pixels."""


@dataclass(frozen=True)
class _Key:
    """The picture that motion is measured against.

    Attributes:
        at: (2,) x, y, where the background was then, in pixels of the frame.
    """

    grey: NDArray[np.uint8]
    places: Places
    at: NDArray[np.float64]


class Motion:
    """Measures how far the background has moved since the first frame; takes the frames in order.

    Attributes:
        position: (2,) x to the right and y down, in pixels of the frames.
    """

    def __init__(self) -> None:
        self.position: NDArray[np.float64] = np.zeros(2)
        self._key: _Key | None = None
        self._shape: tuple[int, ...] = ()
        self._moved: NDArray[np.float64] = np.zeros(2)
        """x, y since the key, in small pixels."""
        self._without = 0

    def update(self, frame: Frame) -> NDArray[np.float64]:
        """The position at this frame. It stays if no motion can be measured: at a cut, on a bare wall, in the dark.

        Frames of another size start a new key; the position is kept.
        """
        grey, scale = small_grey(frame)
        if self._key is None or frame.shape != self._shape:
            self._shape = frame.shape
            self._begin_key(grey)
            return self.position
        found = self._since_key(self._key, grey)
        if found is None:
            self._without += 1
            if self._without > PATIENCE or len(self._key.places) < FEWEST:
                self._begin_key(grey)
            return self.position
        self._moved, agreeing = found
        self._without = 0
        self.position = self._key.at + scale * self._moved
        if np.abs(self._moved).max() > FAR * SIDE or agreeing < len(self._key.places) / 2:
            self._begin_key(grey)
        return self.position

    def _begin_key(self, grey: NDArray[np.uint8]) -> None:
        self._key = _Key(grey, structured_places(grey), self.position)
        self._moved, self._without = np.zeros(2), 0

    def _since_key(self, key: _Key, grey: NDArray[np.uint8]) -> tuple[NDArray[np.float64], int] | None:
        """(x, y) of the motion since the key in small pixels, and how many places agree; None if too few do."""
        if len(key.places) < FEWEST:
            return None
        there = followed(key.grey, grey, key.places, key.places + self._moved.astype(np.float32))
        back = followed(grey, key.grey, there, key.places)
        seen = np.abs(back - key.places).max(axis=1) < ASTRAY
        if seen.sum() < FEWEST:
            return None
        common, agree = cv2.estimateAffinePartial2D(
            key.places[seen], there[seen], method=cv2.RANSAC, ransacReprojThreshold=AGREES
        )
        if common is None:
            return None
        agreeing = agree.ravel().astype(bool)
        if agreeing.sum() < max(FEWEST, SHARE * seen.sum()):
            return None
        if np.ptp(key.places[seen][agreeing, 0]) < WIDE * grey.shape[1]:
            return None
        middle = np.array([grey.shape[1], grey.shape[0]]) / 2
        moved: NDArray[np.float64] = common[:, :2] @ middle + common[:, 2] - middle
        return moved, int(agreeing.sum())


class Follower:
    """Finds the canvas offset with which strokes follow the scene; takes the frames of one picture in order."""

    def __init__(self) -> None:
        self.offset = UNMOVED
        self._motion = Motion()

    def follow(self, frame: Frame) -> Offset:
        """The canvas offset for this frame, which depends only on it and the frames before."""
        x, y = self._motion.update(frame)
        self.offset = Offset(_held(self.offset.rows, y), _held(self.offset.columns, x))
        return self.offset


def _held(pixels: int, wanted: float) -> int:
    return round(wanted) if abs(wanted - pixels) > HOLD else pixels


def small_grey(frame: Frame) -> tuple[NDArray[np.uint8], float]:
    """A grey picture of the frame with SIDE pixels on its longer side, slow changes of brightness removed.

    Returns:
        The (height, width) picture, and how many pixels of the frame one of its pixels stands for.
    """
    scale = max(frame.shape[:2]) / SIDE
    size_wh = max(round(frame.shape[1] / scale), 1), max(round(frame.shape[0] / scale), 1)
    grey = cv2.cvtColor(resize(frame, size_wh), cv2.COLOR_BGR2GRAY)
    light = cv2.blur(grey, (31, 31))
    return np.asarray(cv2.addWeighted(grey, 1, light, -1, 128), np.uint8), scale


def structured_places(grey: NDArray[np.uint8]) -> Places:
    """The places to track: the one with most structure in each block that looks like background."""
    height, width = grey.shape
    rows, columns = height // BLOCK, width // BLOCK
    structure = cv2.cornerMinEigenVal(grey, 5)[: rows * BLOCK, : columns * BLOCK]
    blocks = structure.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(rows * columns, BLOCK * BLOCK)
    best = blocks.argmax(axis=1)
    row, column = np.divmod(np.arange(rows * columns), columns)
    y, x = BLOCK * row + best // BLOCK, BLOCK * column + best % BLOCK
    outer = (np.abs(x / width - 0.5) > 0.5 - OUTER) | (y < OUTER * height)
    clear = blocks.max(axis=1)
    order = np.argsort(-clear, kind="stable")
    chosen = order[((clear > STRUCTURE) & outer & (y < UPPER * height))[order]][:PLACES]
    return np.asarray(np.stack([x, y], axis=1)[chosen], np.float32)


def followed(before: NDArray[np.uint8], after: NDArray[np.uint8], places: Places, guess: Places) -> Places:
    """Where the places of one grey picture lie in another; `guess` is where to start looking."""
    found, _, _ = cv2.calcOpticalFlowPyrLK(
        before, after, places, guess.copy(), winSize=(13, 13), maxLevel=2, flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 0.01),
    )  # fmt: skip
    return np.asarray(found, np.float32)
