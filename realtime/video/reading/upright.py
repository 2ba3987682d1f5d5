"""Upright: decoded frames as players show them, that is, BGR, upright, in SDR and all of one size."""

from __future__ import annotations

import logging
import struct
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideData
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from nstcam.media.pixels import on_colour
from nstcam.realtime.frame import Frame, letterbox, resize
from nstcam.realtime.video.reading import tonemap
from nstcam.realtime.video.reading.matte import BLACK, Matte, matte_name

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
        has_alpha: whether the first frame has alpha, which may be opaque everywhere.
        is_transparent: whether the first frame has transparent pixels.
    """

    def __init__(self, path: Path | str, first: VideoFrame, wide: Fraction = Fraction(1), matte: Matte = BLACK) -> None:
        """Measures the first frame.

        Args:
            path: names the file in warnings.
            wide: width divided by height of a stored pixel that is to become square; 1 leaves pixels as they are.
            matte: what is seen through transparent pixels.
        """
        self._path, self._matte = path, matte
        self._to_bgr = VideoReformatter()
        self._warned_of_size = self._warned_of_matrix = self._warned_of_alpha = False
        if first.color_trc in tonemap.HDR:
            _log.warning("%s is HDR video; it is tone-mapped to ordinary video (SDR, BT.709)", path)
        self._stored_wh = (first.width, first.height)
        colours, alpha = self._split(first)
        self.has_alpha, self.is_transparent = _has_alpha(first), alpha is not None
        frame, self.turned = _display(colours, _matrix(first))
        self.size_wh = _squared((frame.shape[1], frame.shape[0]), 1 / wide if self.turned else wide)
        if wide != 1:
            _log.warning(
                "%s has pixels that are not square; it is scaled to %dx%d, so that they are",
                path,
                *self.size_wh,
            )

    def frame(self, decoded: VideoFrame) -> Frame:
        """The frame at `size_wh`; letterboxed if it was stored at another size than the first, as broadcasts do.
        Where it is transparent, the matte is seen."""
        colours, alpha = self._split(decoded)
        return self._sized(decoded, colours if alpha is None else self._on_matte(colours, alpha))

    def with_alpha(self, decoded: VideoFrame) -> tuple[Frame, NDArray[np.uint8] | None]:
        """As `frame`, but with the colours as they are stored, and (height, width) alpha; None if all is opaque."""
        colours, alpha = self._split(decoded)
        if alpha is None:
            return self._sized(decoded, colours), None
        alike = cv2.cvtColor(alpha, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
        return self._sized(decoded, colours), np.ascontiguousarray(self._sized(decoded, alike)[:, :, 0])

    def _sized(self, decoded: VideoFrame, colours: Frame) -> Frame:
        frame, _ = _display(colours, _matrix(decoded))
        if (decoded.width, decoded.height) == self._stored_wh:
            return resize(frame, self.size_wh)
        if not self._warned_of_size:
            self._warned_of_size = True
            _log.warning(
                "%s changes size to %dx%d partway through; those frames are letterboxed to %dx%d",
                self._path, frame.shape[1], frame.shape[0], *self.size_wh,
            )  # fmt: skip
        return letterbox(frame, self.size_wh)

    def _split(self, decoded: VideoFrame) -> tuple[Frame, NDArray[np.uint8] | None]:
        """Colours and alpha as they are stored; no alpha if all is opaque."""
        if decoded.colorspace not in _MATRICES:
            if not self._warned_of_matrix:
                self._warned_of_matrix = True
                _log.warning(
                    "%s: unknown colour matrix %d; the usual one is assumed",
                    self._path, decoded.colorspace,
                )  # fmt: skip
            decoded.colorspace = _UNSPECIFIED
        has_alpha = _has_alpha(decoded)
        if decoded.color_trc in tonemap.HDR:
            bgr = tonemap.to_sdr(decoded, self._to_bgr, EXACT_COLOUR)
            return bgr, _hiding(self._packed(decoded, "bgra")[:, :, 3]) if has_alpha else None
        if decoded.colorspace == _UNSPECIFIED:  # what players assume
            decoded.colorspace = _MATRIX_BT709 if min(decoded.width, decoded.height) >= 720 else _MATRIX_BT601
        if not has_alpha:
            return self._packed(decoded, "bgr24"), None
        bgra = self._packed(decoded, "bgra")
        return np.ascontiguousarray(bgra[:, :, :3]), _hiding(bgra[:, :, 3])

    def _packed(self, decoded: VideoFrame, form: str) -> NDArray[np.uint8]:
        packed = self._to_bgr.reformat(decoded, format=form, interpolation=EXACT_COLOUR, threads=1)
        return packed.to_ndarray().astype(np.uint8, copy=False)

    def _on_matte(self, bgr: Frame, alpha: NDArray[np.uint8]) -> Frame:
        if not self._warned_of_alpha:
            self._warned_of_alpha = True
            _log.warning("%s has transparent pixels, which are shown on %s", self._path, matte_name(self._matte))
        return on_colour(bgr, alpha, self._matte).astype(np.uint8, copy=False)


def _has_alpha(decoded: VideoFrame) -> bool:
    return any(component.is_alpha for component in decoded.format.components)


def _hiding(alpha: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    return None if alpha.min() == 255 else np.ascontiguousarray(alpha)


def _squared(size_wh: tuple[int, int], wide: Fraction) -> tuple[int, int]:
    """The size of the same picture in square pixels: one side grows, to an even number; neither shrinks."""
    width, height = size_wh
    if wide == 1:
        return size_wh
    return (2 * round(width * wide / 2), height) if wide > 1 else (width, 2 * round(height / wide / 2))


def _matrix(decoded: VideoFrame) -> bytes | None:
    """The container's display matrix for this frame, if there is one."""
    # Not `decoded.side_data`: the frame and that would keep each other until the garbage collector comes, which counts
    # objects and not the megabytes of a frame.
    side_data = SideDataContainer(decoded)  # type: ignore[call-arg]  # missing in PyAV's stub
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
