import numpy as np
import pytest

from nstcam.realtime.effects.strokes import (
    LARGEST,
    NATIVE,
    RATIOS,
    SMALLEST,
    Ratio,
    covered_hw,
    painting_hw,
    ratio_for,
    ratios_from,
    scale_of,
    shrunk,
)
from nstcam.realtime.frame import SMALLEST_SIDE


@pytest.mark.parametrize(
    ("size_wh", "painting_wh"),
    [
        ((320, 240), (320, 240)),
        ((640, 480), (512, 384)),
        ((1280, 720), (640, 360)),
        ((1920, 1080), (768, 432)),
        ((1080, 1920), (432, 768)),
        ((3840, 2160), (768, 432)),
    ],
)
def test_strokes_are_the_same_share_of_every_picture(size_wh: tuple[int, int], painting_wh: tuple[int, int]) -> None:
    hw = size_wh[::-1]
    assert painting_hw(hw, ratio_for(hw, 1.0)) == painting_wh[::-1]


def test_a_stroke_scale_of_2_makes_strokes_twice_as_broad_and_a_small_one_ends_at_the_picture_itself() -> None:
    hw = 1080, 1920
    assert ratio_for(hw, 2.0) == 2 * ratio_for(hw, 1.0) == 5
    assert ratio_for(hw, SMALLEST) == NATIVE
    assert ratio_for(hw, 1.0, -9) == NATIVE
    assert [ratio_for(hw, 1.0, step) for step in (-1, 0, 1)] == [2, Ratio("5/2"), 3]


def test_no_painting_is_too_small_for_styles() -> None:
    for hw in ((32, 32), (60, 80), (100, 2000), (240, 320)):
        for ratio in (ratio_for(hw, LARGEST), ratio_for(hw, 1.0, 99), *ratios_from(hw, NATIVE, 99)):
            assert min(painting_hw(hw, ratio)) >= SMALLEST_SIDE
    assert ratio_for((64, 640), 1.0, 99) == 2, "32 lines are enough"
    assert ratio_for((20, 20), 1.0) == NATIVE, "what is too small already is refused where the frame is"
    assert ratios_from((60, 80), NATIVE, 5) == [1, Ratio("5/4"), Ratio("3/2")]


def test_every_ratio_has_a_stroke_scale_that_leads_back_to_it() -> None:
    for hw in ((240, 320), (480, 640), (720, 1280), (1080, 1920), (2160, 3840)):
        for ratio in ratios_from(hw, NATIVE, 99):
            scale = scale_of(hw, ratio)
            if SMALLEST < scale < LARGEST:
                assert ratio_for(hw, scale) == ratio
    assert scale_of((1080, 1920), ratio_for((1080, 1920), 1.0)) == 1


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("hw", [(480, 640), (479, 641), (97, 131)])
def test_the_painting_covers_the_frame_and_less_than_one_period_more(ratio: Ratio, hw: tuple[int, int]) -> None:
    painting, covered = painting_hw(hw, ratio), covered_hw(hw, ratio)
    assert [side * ratio for side in painting] == list(covered)
    assert all(0 <= more - side < ratio.numerator for more, side in zip(covered, hw, strict=True))
    assert shrunk(np.zeros((*hw, 3), np.uint8), ratio).shape[:2] == painting


@pytest.mark.parametrize("height", [100, 101])
def test_shrinking_keeps_things_in_their_places(height: int) -> None:
    """Also where the ratio divides neither side: a ramp stays that ramp."""
    width = 143
    ramp = np.repeat(np.linspace(0, 255, width)[None, :, None], height, 0).repeat(3, 2).astype(np.uint8)
    for ratio in RATIOS[:7]:
        small = shrunk(ramp, ratio).astype(float)[:, :, 0]
        centres = (np.arange(small.shape[1]) + 0.5) * float(ratio) - 0.5
        inside = centres < width - float(ratio)
        expected = np.interp(centres, np.arange(width), ramp[0, :, 0].astype(float))
        assert np.abs(small[0] - expected)[inside].max() < 1.6
