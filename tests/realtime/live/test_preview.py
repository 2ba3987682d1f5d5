import pytest

from nstcam.realtime.live.preview import enlarged
from tests.support.fakes import frame_of


@pytest.mark.parametrize(
    ("hw", "expected"),
    [((480, 640), (480, 640)), ((96, 128), (480, 640)), ((77, 640), (231, 1920)), ((40, 2000), (40, 2000))],
)
def test_small_pictures_are_enlarged_but_not_beyond_screens(hw: tuple[int, int], expected: tuple[int, int]) -> None:
    assert enlarged(frame_of(90, *hw)).shape[:2] == expected
