"""Tests the conversion of HDR to standard video against the formulas of the standards, value by value."""

from __future__ import annotations

import av
import numpy as np
import pytest

from nstcam.realtime.frame import Frame
from nstcam.realtime.video.reading.tonemap import PEAK, SDR_WHITE, compress, nits_to_pq, pq_to_nits, to_sdr
from nstcam.realtime.video.reading.upright import EXACT_COLOUR

PQ, HLG = 16, 18


@pytest.mark.parametrize(
    ("nits", "signal"),
    [(0, 0), (0.1, 0.0623), (1, 0.1499), (100, 0.5081), (203, 0.5807), (1000, 0.7518), (10_000, 1)],
)
def test_pq_has_the_values_of_its_standard(nits: float, signal: float) -> None:
    """ITU-R BT.2408 and BT.2390 name them in percent."""
    assert nits_to_pq(np.array(nits)) == pytest.approx(signal, abs=1e-4)
    assert pq_to_nits(nits_to_pq(np.array(nits))) == pytest.approx(nits, rel=1e-6, abs=1e-6)


def test_the_roll_off_is_smooth_and_ends_at_white() -> None:
    peak, white = nits_to_pq(np.array(PEAK)), nits_to_pq(np.array(SDR_WHITE))
    knee = (1.5 * white / peak - 0.5) * peak
    signal = np.linspace(0, peak, 2001)
    out = nits_to_pq(compress(pq_to_nits(signal)))
    assert np.allclose(out[signal < knee], signal[signal < knee], atol=1e-6)
    assert out[-1] == pytest.approx(white)
    slope = np.diff(out) / np.diff(signal)
    assert np.abs(np.diff(slope)).max() < 0.01, "no kink"
    assert slope[-1] == pytest.approx(0, abs=0.01), "it ends flat"
    assert compress(np.array(4 * PEAK)) == pytest.approx(SDR_WHITE), "brighter is clipped"
    # BT.2390-10, 5.4.1, halfway up the roll-off: T = 1/2
    halfway = (knee + peak) / 2
    expected = 0.5 * knee + 0.125 * (peak - knee) + 0.5 * white
    assert nits_to_pq(compress(pq_to_nits(np.array(halfway)))) == pytest.approx(expected, rel=1e-6)


def painted(red: float, green: float, blue: float, trc: int) -> list[int]:
    """BGR of a colour, as signals 0..1 of full-range 16-bit RGB."""
    codes = np.empty((32, 32, 3), np.uint16)
    codes[:] = np.round(65535 * np.array([green, blue, red]))
    frame = av.VideoFrame(32, 32, "gbrp16le")
    for plane, code in zip(frame.planes, codes[0, 0], strict=True):
        plane.update(np.full(plane.buffer_size // 2, code, "<u2").tobytes())
    frame.color_trc, frame.colorspace, frame.color_range = trc, 0, 2
    out: Frame = to_sdr(frame, av.video.reformatter.VideoReformatter(), EXACT_COLOUR)
    return [int(level) for level in out[16, 16]]


def expected_bgr(light_rgb: np.ndarray) -> np.ndarray:
    """ITU-R BT.2087 from BT.2020 to BT.709, then the inverse of BT.1886; light of 1 is white."""
    matrix = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
    return np.asarray(255 * np.clip(matrix @ light_rgb, 0, 1)[::-1] ** (1 / 2.4))


def rolled_off(nits: np.ndarray) -> np.ndarray:
    """ITU-R BT.2390-10, 5.4.1: light of 1000 cd/m2 on a screen whose white is 203; in units of that white."""
    peak, white = nits_to_pq(np.array(1000.0)), nits_to_pq(np.array(203.0)) / nits_to_pq(np.array(1000.0))
    start = 1.5 * white - 0.5
    signal = nits_to_pq(np.minimum(nits, 1000)) / peak
    t = np.maximum(signal - start, 0) / (1 - start)
    rolled = (2 * t**3 - 3 * t**2 + 1) * start + (t**3 - 2 * t**2 + t) * (1 - start) + (3 * t**2 - 2 * t**3) * white
    return np.asarray(pq_to_nits(np.where(signal < start, signal, rolled) * peak) / 203)


@pytest.mark.parametrize(
    "nits",
    [(0, 0, 0), (0.05, 0.05, 0.05), (50, 50, 50), (80, 40, 20), (20, 80, 40), (40, 20, 80), (5, 60, 5), (60, 5, 5),
     (5, 5, 60), (150, 300, 90), (203, 203, 203), (400, 500, 300), (999, 999, 999), (10_000, 10_000, 10_000)],
)  # fmt: skip
def test_pq_colours_become_those_of_bt709(nits: tuple[float, float, float]) -> None:
    light = np.array(nits, float)
    red, green, blue = nits_to_pq(light)
    assert painted(red, green, blue, PQ) == pytest.approx(expected_bgr(rolled_off(light)), abs=0.52), "as rounded"


def of_hlg(signal: np.ndarray) -> np.ndarray:
    """ITU-R BT.2100, table 5: the display light of an HLG signal, in cd/m2 at a peak of 1000."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return np.asarray(1000 * (scene @ (0.2627, 0.6780, 0.0593)) ** 0.2 * scene)


@pytest.mark.parametrize(
    "signal",
    [(0, 0, 0), (0, 0, 0.3), (0.02, 0.01, 0), (0.3, 0.3, 0.3), (0.5, 0.4, 0.3), (0.3, 0.6, 0.4), (0.7, 0.5, 0.6),
     (0.75, 0.75, 0.75), (1, 1, 1)],
)  # fmt: skip
def test_hlg_colours_become_those_of_bt709(signal: tuple[float, float, float]) -> None:
    expected = expected_bgr(rolled_off(of_hlg(np.array(signal))))
    assert painted(*signal, HLG) == pytest.approx(expected, abs=0.52), "as rounded"


def test_a_film_that_does_not_say_how_it_makes_colours_is_taken_for_bt2020() -> None:
    def shown(matrix: int) -> list[int]:
        frame = av.VideoFrame(32, 32, "yuv420p10le")
        for plane, code in zip(frame.planes, (500, 400, 640), strict=True):
            plane.update(np.full(plane.buffer_size // 2, code, "<u2").tobytes())
        frame.color_trc, frame.colorspace, frame.color_range = PQ, matrix, 1
        return [int(level) for level in to_sdr(frame, av.video.reformatter.VideoReformatter(), EXACT_COLOUR)[16, 16]]

    bt709, unspecified, bt2020 = 1, 2, 9
    assert shown(unspecified) == shown(bt2020) != shown(bt709)
