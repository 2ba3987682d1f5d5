"""Tests what is put together of a painting, the original, a mask and a background."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.frame import covering
from nstcam.realtime.people.layers import before, blurred
from nstcam.realtime.people.masks import Seen
from nstcam.realtime.people.scene import Backdrop, Scene
from nstcam.realtime.people.words import BACKGROUND, BLUR, CLEAR, OFF, PERSON, PICTURE, STYLE
from tests.support.fakes.live import frame_of

PAINTED, ORIGINAL, SECOND = frame_of(200), frame_of(50), frame_of(120)
MASK = np.zeros((48, 64), np.uint8)
MASK[:, 32:] = 255
LEFT, RIGHT = (slice(None), slice(0, 30)), (slice(None), slice(34, 64))


def shown(scene: Scene, present: float = 1.0) -> tuple[int, int]:
    """The levels of the background, on the left, and of the person, on the right."""
    out = scene.together(PAINTED, ORIGINAL, Seen(MASK, present), SECOND)
    assert out.shape == PAINTED.shape
    assert np.ptp(out[LEFT]) == np.ptp(out[RIGHT]) == 0
    return int(out[LEFT][0, 0, 0]), int(out[RIGHT][0, 0, 0])


def test_each_part_is_painted_or_left_as_asked() -> None:
    backdrop = Backdrop(frame_of(9, 20, 90))
    assert shown(Scene(PERSON)) == (50, 200)
    assert shown(Scene(BACKGROUND)) == (200, 50)
    assert shown(Scene(background=STYLE)) == (120, 200)
    assert shown(Scene(BACKGROUND, STYLE)) == (120, 50)
    assert shown(Scene(background=BLUR)) == (50, 200)
    assert shown(Scene(background=PICTURE, backdrop=backdrop)) == (9, 200)
    assert shown(Scene(BACKGROUND, PICTURE, backdrop)) == (9, 50)
    assert shown(Scene(background=CLEAR)) == (200, 200)


def test_a_second_style_that_is_not_ready_leaves_the_first() -> None:
    out = Scene(BACKGROUND, STYLE).together(PAINTED, ORIGINAL, Seen(MASK, 1.0), None)
    assert (out[LEFT][0, 0, 0], out[RIGHT][0, 0, 0]) == (200, 50)


def test_without_anybody_all_is_painted_unless_the_room_is_hidden() -> None:
    assert shown(Scene(PERSON), present=0) == (200, 200)
    assert 50 < shown(Scene(PERSON), present=0.5)[0] < 200
    hidden = Scene(PERSON, PICTURE, Backdrop(frame_of(9)))
    assert shown(hidden, present=0) == (9, 200)


def test_only_what_differs_has_to_be_parted() -> None:
    assert not Scene().parted
    assert Scene(PERSON).parted
    assert Scene(background=BLUR).parted
    assert Scene(background=OFF) == Scene()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_edges_are_mixtures_in_every_depth(dtype: type[np.uint8 | np.uint16]) -> None:
    whole = np.iinfo(dtype).max
    people, behind = np.full((2, 3, 3), whole, dtype), np.zeros((2, 3, 3), dtype)
    mask = np.array([[0, 1, 128], [254, 255, 64]], np.uint8)
    out = before(behind, people, mask)
    assert out.dtype == dtype
    assert np.allclose(out[..., 0], mask * (whole / 255), atol=1)
    assert (behind == 0).all(), "the background itself is left alone"


def test_the_background_is_blurred_without_the_person_in_it() -> None:
    frame = np.full((120, 160, 3), 60, np.uint8)
    mask = np.zeros((120, 160), np.uint8)
    frame[40:, 60:100], mask[40:, 60:100] = 250, 255
    frame[:, 20] = 200
    out = blurred(frame, mask)
    assert out.shape == frame.shape
    assert np.ptp(out[:30, 10:30]) < 60, "the line is spread"
    assert (np.abs(out[60:, 101:130].astype(int) - 60) <= 8).all(), "and her light does not glow around her"


def test_a_picture_covers_the_frame_and_keeps_its_proportions() -> None:
    picture = np.zeros((100, 400, 3), np.uint8)
    picture[:, 150:250] = 255
    out = covering(picture, (200, 200))
    assert out.shape == (200, 200, 3)
    assert (out[100, 5:195] == 255).all(), "its middle, as high as the frame"
    backdrop = Backdrop(picture)
    fitted = backdrop.fitted((30, 40))
    assert fitted.shape == (30, 40, 3)
    assert backdrop.fitted((30, 40)) is fitted, "it is scaled once"
