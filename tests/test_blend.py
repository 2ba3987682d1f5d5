import numpy as np
import pytest

from realtime.blend import keep_colours, letterbox, mix
from realtime.compare import Compare, compared
from tests.fakes import frame_of


def test_a_mixture_lies_between_and_its_ends_are_free() -> None:
    first, second = frame_of(0), frame_of(200)
    assert mix(first, second, 0) is first
    assert mix(first, second, 1) is second
    assert (mix(first, second, 0.25) == 50).all()


def test_colours_of_the_original_and_brightness_of_the_painting() -> None:
    original, painted = frame_of(0), frame_of(120)
    original[:] = (40, 60, 200)
    kept = keep_colours(painted, original)
    blue, green, red = (int(v) for v in kept[5, 5])
    assert red > green + 80, "still red"
    assert 0.114 * blue + 0.587 * green + 0.299 * red == pytest.approx(120, abs=3)


def test_grey_stays_the_painting_in_grey() -> None:
    assert (np.abs(keep_colours(frame_of(90), frame_of(10)).astype(int) - 90) <= 1).all()


@pytest.mark.parametrize("size_wh", [(100, 100), (64, 48), (200, 50)])
def test_a_letterbox_has_its_size_and_the_picture_in_the_middle(size_wh: tuple[int, int]) -> None:
    boxed = letterbox(frame_of(200), size_wh)
    assert (boxed.shape[1], boxed.shape[0]) == size_wh
    assert boxed[size_wh[1] // 2, size_wh[0] // 2, 0] == 200
    share = (boxed[..., 0] == 200).mean()
    assert share == pytest.approx(min(size_wh[0] / 64, size_wh[1] / 48) ** 2 * 64 * 48 / size_wh[0] / size_wh[1], 0.05)


class TestCompare:
    def test_the_key_goes_around(self) -> None:
        how = Compare.OFF
        seen = [how := how.following for _ in range(3)]
        assert seen == [Compare.WIPE, Compare.SIDES, Compare.OFF]

    @pytest.mark.parametrize(("at", "originals"), [(0.25, 16), (0.75, 48), (-3.0, 0), (9.0, 64)])
    def test_the_wipe_follows(self, at: float, originals: int) -> None:
        shown = compared(frame_of(10), frame_of(200), Compare.WIPE, at)
        row = shown[20, :, 0]
        assert abs(int((row == 10).sum()) - originals) <= 1
        assert row[: max(originals - 1, 0)].tolist() == [10] * max(originals - 1, 0)

    def test_side_by_side_has_both_whole(self) -> None:
        shown = compared(frame_of(10), frame_of(200), Compare.SIDES)
        assert shown.shape == (48, 64, 3), "the window keeps its proportions"
        assert (shown[12:36, :31] == 10).all()
        assert (shown[12:36, 33:] == 200).all()

    def test_off_costs_nothing(self) -> None:
        frame = frame_of(1)
        assert compared(frame_of(2), frame, Compare.OFF) is frame
