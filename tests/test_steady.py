from itertools import pairwise

import numpy as np
import pytest

from realtime.frame import Frame
from realtime.steady import DEFAULT, Steady

HEIGHT, WIDTH = 240, 320


def noisy(clean: Frame, rng: np.random.Generator, sigma: float = 4.0) -> Frame:
    out: Frame = np.clip(clean + rng.normal(0, sigma, clean.shape), 0, 255).round().astype(np.uint8)
    return out


def scene() -> Frame:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    out: Frame = np.stack([80 + x // 4, 60 + y // 3, 120 + 40 * np.sin(x / 9)], axis=-1).astype(np.uint8)
    return out


def painted(frame: Frame) -> Frame:
    """A network that makes noise worse."""
    out: Frame = np.clip(128 + 1.5 * (255.0 - frame - 128), 0, 255).astype(np.uint8)
    return out


def flicker(frames: list[Frame]) -> float:
    """RMS difference of neighbours in time."""
    pairs = pairwise(frames)
    return float(np.sqrt(np.mean([np.mean((a.astype(float) - b) ** 2) for a, b in pairs])))


@pytest.mark.parametrize("sigma", [2.0, 4.0])
def test_flicker_of_a_still_noisy_scene_falls_by_more_than_half(sigma: float) -> None:
    rng, steady = np.random.default_rng(1), Steady()
    clean = scene()
    sources = [noisy(clean, rng, sigma) for _ in range(30)]
    plain = [painted(source) for source in sources]
    smooth = [steady.smooth(source, paint, DEFAULT) for source, paint in zip(sources, plain, strict=True)]
    assert flicker(smooth[10:]) < 0.35 * flicker(plain[10:])


def test_a_moving_edge_leaves_no_trail() -> None:
    rng, steady = np.random.default_rng(2), Steady()
    for step in range(20):
        clean = scene()
        clean[60:160, 10 + 10 * step : 60 + 10 * step] = (30, 40, 220)
        source = noisy(clean, rng)
        shown = steady.smooth(source, painted(source), DEFAULT)
    trail = np.s_[64:156, 20 : 10 + 10 * 19 - 4]
    wrong = np.abs(shown[trail].astype(float) - painted(scene())[trail])
    unsteady = np.abs(painted(source)[trail].astype(float) - painted(scene())[trail])
    assert wrong.mean() <= unsteady.mean() * 1.05, "no worse than without smoothing"
    assert np.abs(shown[trail].astype(float).mean(0) - painted(scene())[trail].mean(0)).max() < 4


def test_a_plain_average_would_leave_a_trail() -> None:
    """The test above can fail: the same scene through an ungated average."""
    average = painted(scene()).astype(float)
    for step in range(20):
        clean = scene()
        clean[60:160, 10 + 10 * step : 60 + 10 * step] = (30, 40, 220)
        average += (1 - DEFAULT) * (painted(clean) - average)
    trail = np.s_[64:156, 20 : 10 + 10 * 19 - 4]
    assert np.abs(average[trail].mean(0) - painted(scene())[trail].mean(0)).max() > 20


def test_slow_light_is_followed() -> None:
    steady = Steady()
    for level in range(60, 160):
        source = np.full((48, 64, 3), level, np.uint8)
        shown = steady.smooth(source, source, DEFAULT)
    assert abs(int(shown[20, 20, 0]) - 159) <= 6


def test_off_gives_the_very_frame_and_another_size_starts_anew() -> None:
    steady, frame = Steady(), np.zeros((48, 64, 3), np.uint8)
    assert steady.smooth(frame, frame, 0) is frame
    steady.smooth(frame, frame, 0.5)
    other = np.full((64, 64, 3), 9, np.uint8)
    assert steady.smooth(other, other, 0.5) is other
