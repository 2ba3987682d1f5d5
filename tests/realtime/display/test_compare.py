import pytest

from nstcam.realtime.display.compare import Compare, compared
from tests.support.fakes.live import frame_of


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
