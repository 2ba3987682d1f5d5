import cv2
import numpy as np
import pytest

from nstcam.realtime.frame import letterbox, resize
from nstcam.realtime.frame_pool import FramePool
from tests.support.fakes import frame_of


@pytest.mark.parametrize("size_wh", [(100, 100), (64, 48), (200, 50)])
def test_a_letterbox_has_its_size_and_the_picture_in_the_middle(size_wh: tuple[int, int]) -> None:
    boxed = letterbox(frame_of(200), size_wh)
    assert (boxed.shape[1], boxed.shape[0]) == size_wh
    assert boxed[size_wh[1] // 2, size_wh[0] // 2, 0] == 200
    share = (boxed[..., 0] == 200).mean()
    assert share == pytest.approx(min(size_wh[0] / 64, size_wh[1] / 48) ** 2 * 64 * 48 / size_wh[0] / size_wh[1], 0.05)


@pytest.mark.parametrize("size_wh", [(512, 384), (320, 240), (213, 160), (160, 120), (100, 51), (700, 500), (640, 120)])
def test_scaling_is_close_to_means_over_areas_and_bilinear_above(size_wh: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    frame = cv2.GaussianBlur(rng.integers(0, 256, (480, 640, 3), np.uint8), (0, 0), 3).astype(np.uint8)
    method = cv2.INTER_AREA if size_wh[0] < 640 else cv2.INTER_LINEAR
    expected = cv2.resize(frame, size_wh, interpolation=method)
    scaled = resize(frame, size_wh)
    assert scaled.shape == expected.shape
    assert np.abs(scaled.astype(float) - expected).mean() < 1


def test_fine_patterns_become_grey_and_do_not_alias() -> None:
    checkers = np.indices((480, 640)).sum(0)[..., None] % 2 * np.full(3, 255)
    for size_wh in ((320, 240), (300, 225), (160, 120)):
        assert np.abs(resize(checkers.astype(np.uint8), size_wh).astype(float) - 127.5).max() <= 1


def test_scaled_frames_lie_in_memory_of_the_pool() -> None:
    pool = FramePool()
    addresses = {resize(frame_of(n, 96, 128), (50, 40), pool.take).ctypes.data for n in range(5)}
    assert len(addresses) <= 2
    assert int(resize(frame_of(7, 96, 128), (50, 40), pool.take).max()) == 7
