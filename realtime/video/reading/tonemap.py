"""Tone mapping: HDR video (PQ or HLG, BT.2020) becomes ordinary video (SDR, BT.709).

Light is compressed per colour channel by the EETF of ITU-R BT.2390-10, 5.4.1: everything below about 90 cd/m2 stays as
it is, and highlights up to 1000 cd/m2 roll off towards the white of SDR, 203 cd/m2 (BT.2408). BT.2020 colours are then
converted to BT.709 in linear light, colours outside it are clipped, and the result gets the gamma of BT.1886.
"""

from __future__ import annotations

from functools import cache
from typing import Final, cast

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorTrc, VideoReformatter
from numpy.typing import NDArray

from nstcam.realtime.frame import Frame

HDR: Final = frozenset({int(ColorTrc.SMPTE2084), int(ColorTrc.ARIB_STD_B67)})
"""Transfer functions of HDR video: PQ and HLG."""

PEAK: Final = 1000.0
"""cd/m2. Most films and all of HLG are graded for it; brighter light is clipped."""
SDR_WHITE: Final = 203.0
_PQ_PEAK: Final = 10_000.0
_MATRIX_BT2020: Final = 9
_UNSPECIFIED: Final = 2
_FINE: Final = 65535

# BT.2087: BGR to BGR, linear light.
_TO_BT709: Final = np.array(
    [[1.1187, -0.1006, -0.0182], [-0.0083, 1.1329, -0.1246], [-0.0728, -0.5876, 1.6605]], np.float32
)
_LUMINANCE_BGR: Final = np.array([[0.0593, 0.6780, 0.2627]], np.float32)

Light = NDArray[np.float32]
"""(..., 3) linear light; 1 is the white of SDR."""


def to_sdr(decoded: VideoFrame, reformatter: VideoReformatter, interpolation: int) -> Frame:
    """Converts a decoded HDR frame to a Frame.

    Args:
        interpolation: flags of libswscale, for chroma.
    """
    if decoded.colorspace == _UNSPECIFIED:
        decoded.colorspace = _MATRIX_BT2020
    is_pq = decoded.color_trc == ColorTrc.SMPTE2084
    deep = reformatter.reformat(decoded, format="gbrp16le", interpolation=interpolation, threads=1).to_ndarray()
    # Not bgr48le: with full chroma interpolation, swscale 9 writes wrong green and blue values to it.
    codes = cast(NDArray[np.uint16], deep)[:, :, ::-1]  # RGB, (height, width, 3)
    light = np.take(_light_of_pq(), codes) if is_pq else _light_of_hlg(codes)
    bt709 = np.clip(cv2.transform(light, _TO_BT709), 0, 1)
    # The square root puts most of the table's entries where the eye sees steps.
    return np.take(_levels(), (cv2.sqrt(bt709) * _FINE + 0.5).astype(np.uint16))


def pq_to_nits(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The EOTF of SMPTE ST 2084: signal 0..1 -> cd/m2."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = np.power(signal, 1 / m2)
    return _PQ_PEAK * np.power(np.maximum(root - c1, 0) / (c2 - c3 * root), 1 / m1)


def nits_to_pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `pq_to_nits`: cd/m2 -> signal 0..1."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = np.power(nits / _PQ_PEAK, m1)
    return np.power((c1 + c2 * power) / (1 + c3 * power), m2)


def compress(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The EETF of BT.2390: cd/m2 -> cd/m2. PEAK becomes SDR_WHITE, and black stays black."""
    peak = nits_to_pq(np.array(PEAK))
    signal = np.minimum(nits_to_pq(nits) / peak, 1)
    white = nits_to_pq(np.array(SDR_WHITE)) / peak
    knee = 1.5 * white - 0.5
    t = (signal - knee) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * white
    return pq_to_nits(np.where(signal < knee, signal, spline) * peak)


def _light_of_hlg(codes: NDArray[np.uint16]) -> Light:
    """HLG codes to compressed light: scene light by BT.2100, then the OOTF of a 1000 cd/m2 display (gamma 1.2)."""
    scene = np.take(_scene_of_hlg(), codes)
    luminance = cv2.transform(scene, _LUMINANCE_BGR)
    display = scene * cv2.pow(luminance, 0.2)[..., None]  # 0..1, since the weights of luminance sum to 1
    fourth_root = cv2.sqrt(cv2.sqrt(display))
    light: Light = np.take(_light_of_fourth_root(), (fourth_root * _FINE + 0.5).astype(np.uint16))
    return light


@cache
def _light_of_pq() -> Light:
    return (compress(pq_to_nits(np.linspace(0, 1, _FINE + 1))) / SDR_WHITE).astype(np.float32)


@cache
def _light_of_fourth_root() -> Light:
    return (compress(np.linspace(0, 1, _FINE + 1) ** 4 * PEAK) / SDR_WHITE).astype(np.float32)


@cache
def _scene_of_hlg() -> Light:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    signal = np.linspace(0, 1, _FINE + 1)
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12).astype(np.float32)


@cache
def _levels() -> NDArray[np.uint8]:
    """Table from the square root of linear light, 0..65535, to SDR levels, 0..255."""
    return np.round(255 * (np.linspace(0, 1, _FINE + 1) ** 2) ** (1 / 2.4)).astype(np.uint8)
