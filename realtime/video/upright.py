"""Decoded frames as players show them: BGR, upright, ordinary light, of one size."""

from __future__ import annotations

import logging
import struct
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideData
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from nstcam.realtime.frame import Frame, letterbox, resize
from nstcam.realtime.video import tonemap

EXACT_COLOUR: Final = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Without the flags a pure red comes back as 251."""

_MATRIX_BT709: Final = 1
_MATRIX_BT601: Final = 6
_UNSPECIFIED: Final = 2
_MATRICES: Final = frozenset({0, 1, _UNSPECIFIED, 4, 5, 6, 7, 9})
"""Of ITU-T H.273, as far as libswscale converts from them; it refuses the others."""

_log = logging.getLogger(__name__)


class Upright:
    """Turns the decoded frames of one video into Frames, with one warning for each thing that is changed.

    Attributes:
        size_wh: (width, height) of all Frames: that of the first, upright.
        turned: width and height changed places.
    """

    def __init__(self, path: Path, first: VideoFrame, wide: Fraction = Fraction(1)) -> None:
        """`path` is for messages; pixels as stored that are `wide` times as wide as high become square."""
        self._path = path
        self._to_bgr = VideoReformatter()
        self._warned_of_size = self._warned_of_matrix = False
        if first.color_trc in tonemap.HDR:
            _log.warning("%s is HDR video; its light is mapped to ordinary video (SDR, BT.709)", path)
        self._stored_wh = (first.width, first.height)
        frame, self.turned = _display(self._bgr(first), _matrix(first))
        self.size_wh = _squared((frame.shape[1], frame.shape[0]), 1 / wide if self.turned else wide)
        if wide != 1:
            _log.warning("%s has no square pixels; it becomes %dx%d: the codec holds no others", path, *self.size_wh)

    def frame(self, decoded: VideoFrame) -> Frame:
        """Letterboxed where its size differs from that of the first, as in broadcasts."""
        frame, _ = _display(self._bgr(decoded), _matrix(decoded))
        if (decoded.width, decoded.height) == self._stored_wh:
            return resize(frame, self.size_wh)
        if not self._warned_of_size:
            self._warned_of_size = True
            _log.warning(
                "%s changes its size to %dx%d on the way; such frames are scaled into %dx%d",
                self._path, frame.shape[1], frame.shape[0], *self.size_wh,
            )  # fmt: skip
        return letterbox(frame, self.size_wh)

    def _bgr(self, decoded: VideoFrame) -> Frame:
        if decoded.colorspace not in _MATRICES:
            if not self._warned_of_matrix:
                self._warned_of_matrix = True
                _log.warning(
                    "%s: colours of an unknown kind (matrix %d) are taken as usual ones",
                    self._path, decoded.colorspace,
                )  # fmt: skip
            decoded.colorspace = _UNSPECIFIED
        if decoded.color_trc in tonemap.HDR:
            return tonemap.to_sdr(decoded, self._to_bgr, EXACT_COLOUR)
        if decoded.colorspace == _UNSPECIFIED:  # what players assume
            decoded.colorspace = _MATRIX_BT709 if min(decoded.width, decoded.height) >= 720 else _MATRIX_BT601
        bgr = self._to_bgr.reformat(decoded, format="bgr24", interpolation=EXACT_COLOUR, threads=1)
        return bgr.to_ndarray().astype(np.uint8, copy=False)


def _squared(size_wh: tuple[int, int], wide: Fraction) -> tuple[int, int]:
    """The size of the same picture in square pixels; no side gets smaller, and that which grows is even."""
    width, height = size_wh
    if wide == 1:
        return size_wh
    return (2 * round(width * wide / 2), height) if wide > 1 else (width, 2 * round(height / wide / 2))


def _matrix(decoded: VideoFrame) -> bytes | None:
    """The display matrix of the container."""
    side_data = cast(SideDataContainer, decoded.side_data)  # PyAV's stub knows motion vectors only
    return bytes(side_data[SideData.DISPLAYMATRIX]) if SideData.DISPLAYMATRIX in side_data else None


def _display(frame: Frame, matrix: bytes | None) -> tuple[Frame, bool]:
    """Turns and mirrors by a display matrix: x' = a x + c y, y' = b x + d y, in 16.16 fixed point.

    Returns:
        The upright frame, and whether its sides changed places.
    """
    if matrix is None:
        return frame, False
    a, b, _, c, d = struct.unpack("5i", matrix[:20])
    turned = abs(b) > abs(a)
    mirror_x, mirror_y = (c < 0, b < 0) if turned else (a < 0, d < 0)
    out = cv2.transpose(frame) if turned else frame
    if mirror_x or mirror_y:
        out = cv2.flip(out, -1 if mirror_x and mirror_y else 1 if mirror_x else 0)
    return out.astype(np.uint8, copy=False), turned
