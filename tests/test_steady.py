import tracemalloc
from itertools import pairwise

import cv2
import numpy as np
import pytest

from realtime.frame import Frame
from realtime.steady import DEFAULT, MOVING, STILL, Steady, motion

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


@pytest.mark.parametrize(("height", "width"), [(240, 320), (121, 163), (33, 47)])
def test_parts_that_move_are_blended_as_the_whole_would_be(height: int, width: int) -> None:
    """Against weights for each pixel of the whole picture, in plain NumPy."""
    rng, steady = np.random.default_rng(3), Steady()
    clean = rng.integers(0, 256, (height, width, 3), np.uint8)
    clean = cv2.GaussianBlur(clean, (0, 0), 4).astype(np.uint8)
    seen = shown = clean.astype(float)
    steady.smooth(clean, 255 - clean, 0.7)
    shown = 255 - shown
    for step in range(8):
        source = clean.copy()
        source[5:20, 3 * step : 3 * step + 12] = (20, 40, 250)
        got = steady.smooth(source, 255 - source, 0.7)
        cells = motion(source, seen.round().astype(np.uint8))
        moving = cv2.dilate(np.clip((cells - STILL) / (MOVING - STILL), 0, 1), np.ones((3, 3)))
        follow = cv2.resize(0.3 + 0.7 * moving, (width, height))[..., None]
        seen, shown = follow * source + (1 - follow) * seen, follow * (255 - source) + (1 - follow) * shown
        assert np.abs(got - shown).max() <= 4, "rounded anew in each frame, no more"


def test_a_steady_picture_takes_no_new_memory() -> None:
    rng, steady = np.random.default_rng(4), Steady()
    sources = [noisy(scene(), rng) for _ in range(12)]
    for source in sources[:6]:
        steady.smooth(source, source, DEFAULT)
    tracemalloc.start()
    try:
        for source in sources[6:]:
            steady.smooth(source, source, DEFAULT)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < HEIGHT * WIDTH, "less than one channel of a frame"
