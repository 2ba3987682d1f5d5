from typing import Any

import cv2
import numpy as np
import pytest

from nstcam.realtime.frame import SMALLEST_SIDE, Frame, check_frame, covering, fit_within, fitted_hw, letterbox, resize
from nstcam.realtime.frame_pool import FramePool
from tests.support.fakes.live import frame_of


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


def noise(height: int, width: int) -> Frame:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def test_a_frame_of_the_right_size_is_given_back() -> None:
    frame = noise(48, 64)
    assert resize(frame, (64, 48)) is frame
    assert fit_within(frame, (64, 480)) is frame
    assert letterbox(frame, (64, 48)) is frame


@pytest.mark.parametrize(("hw", "size_wh"), [((96, 128), (64, 48)), ((96, 192), (48, 24))])
def test_halves_are_means_of_2x2(hw: tuple[int, int], size_wh: tuple[int, int]) -> None:
    frame = noise(*hw)
    times = hw[0] // size_wh[1]
    expected = frame.reshape(size_wh[1], times, size_wh[0], times, 3).mean((1, 3))
    assert np.abs(resize(frame, size_wh) - expected).max() <= 1


@pytest.mark.parametrize(
    ("hw", "size_wh", "halves"), [((192, 256), (50, 40), 2), ((96, 128), (64, 40), 1), ((96, 160), (64, 48), 1)]
)
def test_the_rest_is_linear_once_it_was_halved(hw: tuple[int, int], size_wh: tuple[int, int], halves: int) -> None:
    frame = noise(*hw)
    half = cv2.resize(frame, (hw[1] >> halves, hw[0] >> halves), interpolation=cv2.INTER_AREA)
    expected = cv2.resize(half, size_wh, interpolation=cv2.INTER_LINEAR)
    assert np.abs(resize(frame, size_wh).astype(int) - expected).max() <= halves
    assert np.abs(cv2.resize(frame, size_wh, interpolation=cv2.INTER_AREA).astype(int) - expected).max() > 9


@pytest.mark.parametrize(
    ("hw", "size_wh", "method"),
    [
        ((97, 128), (64, 48), cv2.INTER_AREA),  # far, and odd: not in halves
        ((96, 129), (64, 48), cv2.INTER_AREA),
        ((96, 128), (64, 90), cv2.INTER_AREA),  # far in width only
        ((96, 128), (120, 48), cv2.INTER_AREA),  # far in height only
        ((96, 192), (96, 60), cv2.INTER_AREA),  # far in width only, which is twice the new height as well
        ((96, 128), (65, 49), cv2.INTER_LINEAR),
        ((96, 128), (200, 150), cv2.INTER_LINEAR),
    ],
)
def test_means_over_areas_only_where_it_shrinks_far(hw: tuple[int, int], size_wh: tuple[int, int], method: int) -> None:
    frame = noise(*hw)
    assert np.array_equal(resize(frame, size_wh), cv2.resize(frame, size_wh, interpolation=method))


@pytest.mark.parametrize(
    ("hw", "size_wh", "fitted"),
    [
        ((480, 640), (320, 320), (240, 320)),
        ((480, 640), (640, 120), (120, 160)),
        ((480, 640), (1920, 1080), (480, 640)),
        ((2, 1000), (100, 100), (1, 100)),
        ((1000, 2), (100, 100), (100, 1)),
    ],
)
def test_frames_are_fitted_with_their_proportions_and_never_enlarged(
    hw: tuple[int, int], size_wh: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fitted_hw(hw, size_wh) == fitted
    assert fit_within(noise(*hw), size_wh).shape[:2] == fitted


def test_what_is_no_frame_is_told_with_what_it_is() -> None:
    check_frame(frame_of(0, SMALLEST_SIDE, SMALLEST_SIDE))
    wrong: Any
    for wrong, says in (
        (np.zeros((48, 64), np.uint8), r"uint8 \(48, 64\), expected uint8"),
        (np.zeros((48, 64, 4), np.uint8), r"\(48, 64, 4\), expected uint8"),
        (np.zeros((48, 64, 3), np.float32), "float32 .*, expected uint8"),
        (frame_of(0, SMALLEST_SIDE - 1, 64), "expected at least 32x32"),
        (frame_of(0, 64, SMALLEST_SIDE - 1), "expected at least 32x32"),
    ):
        with pytest.raises(ValueError, match=says):
            check_frame(wrong)


def test_black_lies_evenly_on_both_sides_of_a_letterbox() -> None:
    wide, high = letterbox(frame_of(200, 40, 40), (100, 40)), letterbox(frame_of(200, 40, 40), (40, 100))
    assert (wide[:, 30:70] == 200).all()
    assert (high[30:70] == 200).all()
    for black in (wide[:, :30], wide[:, 70:], high[:30], high[70:]):
        assert (black == 0).all()
    assert letterbox(frame_of(9, 1, 1000), (100, 50)).max() == 9, "not thinner than a pixel"
    assert letterbox(frame_of(9, 1000, 1), (100, 50)).max() == 9


@pytest.mark.parametrize(("size", "method"), [(60, cv2.INTER_LINEAR), (30, cv2.INTER_AREA)])
def test_a_letterbox_shrinks_by_means_and_grows_linearly(size: int, method: int) -> None:
    frame = noise(40, 40)
    expected = cv2.resize(frame, (size, size), interpolation=method)
    assert np.array_equal(letterbox(frame, (size + 10, size))[:, 5:-5], expected)


@pytest.mark.parametrize(
    ("hw", "size_hw", "rows", "columns"),
    [
        ((100, 400), (200, 200), slice(0, 100), slice(150, 250)),
        ((400, 100), (200, 200), slice(150, 250), slice(0, 100)),
        ((90, 160), (30, 80), slice(15, 75), slice(0, 160)),
        ((400, 100), (300, 100), slice(50, 350), slice(0, 100)),
        ((100, 400), (100, 300), slice(0, 100), slice(50, 350)),
        ((1000, 1), (50, 100), slice(500, 501), slice(0, 1)),
        ((1, 1000), (100, 50), slice(0, 1), slice(500, 501)),
    ],
)
def test_the_middle_of_a_picture_covers_a_frame(
    hw: tuple[int, int], size_hw: tuple[int, int], rows: slice, columns: slice
) -> None:
    picture = noise(*hw)
    expected = resize(np.ascontiguousarray(picture[rows, columns]), size_hw[::-1])
    assert np.array_equal(covering(picture, size_hw), expected)
