"""Upright: decoded frames as players show them, that is, BGR, upright, in SDR and all of one size."""

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
from numpy.typing import NDArray

from nstcam.media.pixels import on_black
from nstcam.realtime.frame import Frame, letterbox, resize
from nstcam.realtime.video import tonemap

EXACT_COLOUR: Final = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Without these flags, pure red comes back as 251."""

_MATRIX_BT709: Final = 1
_MATRIX_BT601: Final = 6
_UNSPECIFIED: Final = 2
_MATRICES: Final = frozenset({0, 1, _UNSPECIFIED, 4, 5, 6, 7, 9})
"""Codes of ITU-T H.273 that libswscale can convert from; it refuses the others."""

_log = logging.getLogger(__name__)


class Upright:
    """Converts the decoded frames of one video to Frames, with one warning per kind of change.

    Attributes:
        size_wh: (width, height) of all Frames, which is that of the first one after turning it upright.
        turned: whether turning upright swapped width and height.
    """

    def __init__(self, path: Path | str, first: VideoFrame, wide: Fraction = Fraction(1)) -> None:
        """Measures the first frame.

        Args:
            path: names the file in warnings.
            wide: width divided by height of a stored pixel that is to become square; 1 leaves pixels as they are.
        """
        self._path = path
        self._to_bgr = VideoReformatter()
        self._warned_of_size = self._warned_of_matrix = self._warned_of_alpha = False
        if first.color_trc in tonemap.HDR:
            _log.warning("%s is HDR video; it is tone-mapped to ordinary video (SDR, BT.709)", path)
        self._stored_wh = (first.width, first.height)
        frame, self.turned = _display(self._bgr(first), _matrix(first))
        self.size_wh = _squared((frame.shape[1], frame.shape[0]), 1 / wide if self.turned else wide)
        if wide != 1:
            _log.warning(
                "%s has pixels that are not square; it is scaled to %dx%d, so that they are",
                path,
                *self.size_wh,
            )

    def frame(self, decoded: VideoFrame) -> Frame:
        """The frame at `size_wh`; letterboxed if it was stored at another size than the first, as broadcasts do."""
        frame, _ = _display(self._bgr(decoded), _matrix(decoded))
        if (decoded.width, decoded.height) == self._stored_wh:
            return resize(frame, self.size_wh)
        if not self._warned_of_size:
            self._warned_of_size = True
            _log.warning(
                "%s changes size to %dx%d partway through; those frames are letterboxed to %dx%d",
                self._path, frame.shape[1], frame.shape[0], *self.size_wh,
            )  # fmt: skip
        return letterbox(frame, self.size_wh)

    def _bgr(self, decoded: VideoFrame) -> Frame:
        if decoded.colorspace not in _MATRICES:
            if not self._warned_of_matrix:
                self._warned_of_matrix = True
                _log.warning(
                    "%s: unknown colour matrix %d; the usual one is assumed",
                    self._path, decoded.colorspace,
                )  # fmt: skip
            decoded.colorspace = _UNSPECIFIED
        has_alpha = any(component.is_alpha for component in decoded.format.components)
        if decoded.color_trc in tonemap.HDR:
            bgr = tonemap.to_sdr(decoded, self._to_bgr, EXACT_COLOUR)
            return self._on_black(bgr, self._packed(decoded, "bgra")[:, :, 3]) if has_alpha else bgr
        if decoded.colorspace == _UNSPECIFIED:  # what players assume
            decoded.colorspace = _MATRIX_BT709 if min(decoded.width, decoded.height) >= 720 else _MATRIX_BT601
        if not has_alpha:
            return self._packed(decoded, "bgr24")
        bgra = self._packed(decoded, "bgra")
        return self._on_black(bgra[:, :, :3], bgra[:, :, 3])

    def _packed(self, decoded: VideoFrame, form: str) -> NDArray[np.uint8]:
        packed = self._to_bgr.reformat(decoded, format=form, interpolation=EXACT_COLOUR, threads=1)
        return packed.to_ndarray().astype(np.uint8, copy=False)

    def _on_black(self, bgr: Frame, alpha: NDArray[np.uint8]) -> Frame:
        if alpha.min() == 255:
            return np.ascontiguousarray(bgr)
        if not self._warned_of_alpha:
            self._warned_of_alpha = True
            _log.warning("%s has transparent pixels, which are shown on black", self._path)
        return on_black(bgr, alpha).astype(np.uint8, copy=False)


def _squared(size_wh: tuple[int, int], wide: Fraction) -> tuple[int, int]:
    """The size of the same picture in square pixels: one side grows, to an even number; neither shrinks."""
    width, height = size_wh
    if wide == 1:
        return size_wh
    return (2 * round(width * wide / 2), height) if wide > 1 else (width, 2 * round(height / wide / 2))


def _matrix(decoded: VideoFrame) -> bytes | None:
    """The container's display matrix for this frame, if there is one."""
    side_data = cast(SideDataContainer, decoded.side_data)  # PyAV's stub lists motion vectors only
    return bytes(side_data[SideData.DISPLAYMATRIX]) if SideData.DISPLAYMATRIX in side_data else None


def _display(frame: Frame, matrix: bytes | None) -> tuple[Frame, bool]:
    """Turns and mirrors a frame by its display matrix: x' = a x + c y, y' = b x + d y, in 16.16 fixed point.

    Returns:
        The upright frame, and whether width and height were swapped.
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
