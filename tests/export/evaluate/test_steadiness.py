"""Tests steadiness against numbers that can be computed by hand."""

import cv2
import numpy as np
import pytest

from nstcam.export.evaluate.steadiness import (
    BORDER,
    along,
    flicker_gain,
    flow_warp_error,
    known_warp_error,
    moving,
    shift,
    temporal_deviation,
    turn,
    visible,
)
from nstcam.realtime.frame import Frame


def flat(level: int, size_wh: tuple[int, int] = (40, 36)) -> Frame:
    return np.full((size_wh[1], size_wh[0], 3), level, np.uint8)


def texture(size_wh: tuple[int, int] = (160, 120), seed: int = 0) -> Frame:
    noise = np.random.default_rng(seed).integers(0, 256, (size_wh[1], size_wh[0], 3)).astype(np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 3).astype(np.float32)
    return np.clip((soft - 128) * 6 + 128, 0, 255).astype(np.uint8)


def test_deviation_is_over_time_and_its_mean_over_pixels() -> None:
    half = flat(100)
    half[:18] = 120  # 100 and 120 in turn deviate by 10, in half of the picture
    assert temporal_deviation([flat(100), half]) == pytest.approx(5)
    assert temporal_deviation([half, half, half]) == 0


def test_flicker_gain_is_output_over_input() -> None:
    sources = [flat(100), flat(102)]
    assert flicker_gain(sources, [flat(50), flat(56)]) == pytest.approx(3)
    assert flicker_gain(sources, [flat(7), flat(7)]) == 0
    assert np.isnan(flicker_gain([flat(1), flat(1)], sources))


def test_moved_frames_lie_where_the_motion_says() -> None:
    photo = texture((80, 60))
    first, second, third = moving(photo, shift(3, 2), (40, 30), 3)
    assert (first == photo[15:45, 20:60]).all()
    assert (second == photo[13:43, 17:57]).all()
    assert (third == photo[11:41, 14:54]).all()


def test_strokes_that_move_along_have_no_error() -> None:
    before, after = moving(texture(), shift(2, 0), (100, 80), 2)
    assert known_warp_error(before, after, shift(2, 0)) == 0
    assert known_warp_error(before, before, shift(2, 0)) > 0.05  # strokes stuck to the screen


def test_warp_error_is_in_shares_of_full_scale() -> None:
    assert known_warp_error(flat(0), flat(51), shift(1, 0)) == pytest.approx(0.2)


def test_warp_error_leaves_the_border_out() -> None:
    after = flat(80)
    after[:BORDER], after[:, :BORDER] = 255, 255
    assert known_warp_error(flat(80), after, shift(1, 1)) == 0
    after[BORDER + 1, BORDER + 1] = 255
    assert known_warp_error(flat(80), after, shift(1, 1)) > 0


@pytest.mark.parametrize("motion", [shift(0.5, 0.5), turn(1, 1, (100, 80)), turn(0, 1.02, (100, 80))])
def test_what_moves_between_pixels_leaves_little_error(motion: np.ndarray) -> None:
    before, after = moving(texture(), motion, (100, 80), 2)
    assert known_warp_error(before, after, motion) < 0.01 < known_warp_error(before, before, motion)


def test_turn_keeps_the_middle_and_goes_counterclockwise() -> None:
    motion = turn(90, 2, (101, 81))
    assert motion @ (50, 40, 1) == pytest.approx([50, 40])
    assert motion @ (60, 40, 1) == pytest.approx([50, 20])  # 10 to the right -> 20 up


def test_along_fetches_from_where_the_flow_points() -> None:
    before = texture((40, 36))
    back = np.zeros((36, 40, 2), np.float32)
    back[..., 0] = -3  # came from 3 pixels to the left
    moved = along(before, back)
    assert (moved[:, 3:] == before[:, :-3]).all()


def test_visible_needs_a_way_that_closes_and_an_origin_inside() -> None:
    back = np.zeros((36, 40, 2), np.float32)
    back[..., 0] = -3
    assert (visible(-back, back) == (np.arange(40) >= 3)).all()
    torn = -back
    torn[:, 20:] = 0  # what was there went nowhere: gap 3, 9 > 0.01 * 9 + 0.5
    seen = visible(torn, back)
    assert seen[:, 3:22].all()
    assert not seen[:, 24:].any()


def test_visible_allows_for_errors_in_proportion_to_the_motion() -> None:
    """2.5 pixels of a motion by 20: 6.25 is below 0.01 (400 + 306) + 0.5, but not below that of a motion by 10."""
    for motion, seen in ((20, True), (10, False)):
        back, forth = (np.zeros((8, 64, 2), np.float32) for _ in range(2))
        back[..., 0], forth[..., 0] = motion, 2.5 - motion
        assert visible(forth, back)[:, : 64 - motion].all() == seen


def test_flow_error_of_strokes_that_follow_and_strokes_that_stay() -> None:
    before, after = moving(texture((220, 180)), shift(4, 0), (160, 120), 2)
    follows, seen = flow_warp_error(before, after, 255 - before, 255 - after)
    canvas = texture((160, 120), seed=5)
    stays, _ = flow_warp_error(before, after, canvas, canvas)
    assert seen > 0.8
    assert follows < 0.03
    assert stays > 3 * follows


def test_flow_error_of_a_flash_is_its_height() -> None:
    still = texture()
    error, seen = flow_warp_error(still, still, flat(10, (160, 120)), flat(61, (160, 120)))
    assert error == pytest.approx(0.2)
    assert seen == 1


def test_flow_error_without_anything_visible_is_no_number() -> None:
    back = np.full((36, 40, 2), 100, np.float32)
    assert not visible(-back, back).any()
