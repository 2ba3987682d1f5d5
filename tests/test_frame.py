import pytest

from realtime.frame import letterbox
from tests.fakes import frame_of


@pytest.mark.parametrize("size_wh", [(100, 100), (64, 48), (200, 50)])
def test_a_letterbox_has_its_size_and_the_picture_in_the_middle(size_wh: tuple[int, int]) -> None:
    boxed = letterbox(frame_of(200), size_wh)
    assert (boxed.shape[1], boxed.shape[0]) == size_wh
    assert boxed[size_wh[1] // 2, size_wh[0] // 2, 0] == 200
    share = (boxed[..., 0] == 200).mean()
    assert share == pytest.approx(min(size_wh[0] / 64, size_wh[1] / 48) ** 2 * 64 * 48 / size_wh[0] / size_wh[1], 0.05)
