"""Tests finding the camera's motion in pictures: pans, shaky hands, and motion that is not the camera's."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.effects.follow import BLOCK, OUTER, UPPER, Follower, Motion, structured_places
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset

PHOTOS = Path(__file__).parents[3] / "train" / "photos"
WIDTH, HEIGHT = 320, 240


def photo(name: str = "coffee.jpg") -> Frame:
    """Larger than the frames, so that there is something to pan over."""
    return np.asarray(cv2.resize(np.asarray(cv2.imread(str(PHOTOS / name))), (600, 450)), np.uint8)


def seen(scene: Frame, x: float, y: float, turn: float = 0.0, zoom: float = 1.0) -> Frame:
    """What a camera sees after the scene went `x` to the right and `y` down, turned and zoomed about its middle."""
    view = cv2.getRotationMatrix2D((300, 225), turn, zoom)
    view[:, 2] += np.array([x - 300 + WIDTH / 2, y - 225 + HEIGHT / 2])
    return np.asarray(cv2.warpAffine(scene, view, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC), np.uint8)


def noisy(frame: Frame, rng: np.random.Generator, sigma: float = 4.0) -> Frame:
    return np.clip(frame + rng.normal(0, sigma, frame.shape), 0, 255).round().astype(np.uint8)


def positions(frames: Sequence[Frame]) -> np.ndarray:
    """(frames, 2) x, y; with the noise of a sensor added."""
    motion, rng = Motion(), np.random.default_rng(0)
    return np.array([motion.update(noisy(frame, rng)) for frame in frames])


@pytest.mark.parametrize(("x", "y"), [(3, 0), (-1.3, 0.7), (0, 2), (9, -2)])
def test_a_pan_is_followed_to_parts_of_a_pixel(x: float, y: float) -> None:
    scene, steps = photo(), range(int(100 / max(abs(x), abs(y), 2)))
    found = positions([seen(scene, x * i, y * i) for i in steps])
    assert np.abs(found - [(x * i, y * i) for i in steps]).max() < 1.0


def test_to_and_fro_does_not_drift() -> None:
    scene = photo()
    way = [(60 * np.sin(i / 10), 30 * np.sin(i / 7)) for i in range(200)]
    found = positions([seen(scene, x, y) for x, y in way])
    assert np.abs(found - way).max() < 1.0


@pytest.mark.parametrize("sigma", [0.0, 4.0, 8.0])
def test_a_still_camera_moves_nothing_whatever_its_noise(sigma: float) -> None:
    follower, rng = Follower(), np.random.default_rng(1)
    assert {follower.follow(noisy(seen(photo(), 0, 0), rng, sigma)) for _ in range(40)} == {UNMOVED}


@pytest.mark.parametrize("light", [0, 25, 150])
def test_noise_alone_is_no_motion(light: int) -> None:
    wall = np.full((HEIGHT, WIDTH, 3), light, np.uint8)
    assert not positions([wall] * 20).any()


@pytest.mark.parametrize("background", ["coffee.jpg", None])
def test_a_moving_head_before_a_still_wall_moves_nothing(background: str | None) -> None:
    wall = seen(photo(background), 0, 0) if background else np.full((HEIGHT, WIDTH, 3), 150, np.uint8)
    head = cv2.resize(photo("astronaut.jpg")[40:220, 180:320], (110, 140))
    frames = []
    for i in range(40):
        frame, left, top = wall.copy(), 105 + round(50 * np.sin(i / 6)), 60 + round(20 * np.sin(i / 4))
        frame[top : top + 140, left : left + 110] = head
        frames.append(frame)
    follower, rng = Follower(), np.random.default_rng(2)
    assert {follower.follow(noisy(frame, rng)) for frame in frames} == {UNMOVED}


def test_a_person_in_the_middle_does_not_hide_the_pan() -> None:
    scene, head = photo(), cv2.resize(photo("astronaut.jpg")[40:220, 180:320], (110, 140))
    frames = []
    for i in range(30):
        frame = seen(scene, 2 * i, 0)
        frame[100:, 105:215] = head
        frames.append(frame)
    assert np.abs(positions(frames)[-1] - [58, 0]).max() < 1.5


def test_turning_and_zooming_about_the_middle_move_it_little() -> None:
    scene = photo()
    assert np.abs(positions([seen(scene, 0, 0, turn=2 * np.sin(i / 5)) for i in range(40)])).max() < 1
    assert np.abs(positions([seen(scene, 0, 0, zoom=1.01**i) for i in range(30)])).max() < 3


def test_a_lamp_that_is_dimmed_is_no_motion() -> None:
    frames = [(seen(photo(), 0, 0) * (0.75 + 0.25 * np.cos(i / 6))).astype(np.uint8) for i in range(40)]
    assert np.abs(positions(frames)).max() < 3


def test_a_cut_leaves_the_strokes_where_they_are_and_the_pan_after_it_is_followed() -> None:
    before, after = photo(), photo("astronaut.jpg")
    found = positions([seen(before, 2 * i, 0) for i in range(20)] + [seen(after, -40 + 2 * i, 0) for i in range(30)])
    assert np.abs(found[19] - [38, 0]).max() < 1
    assert np.abs(found[20:28] - found[19]).max() < 4
    assert 2 * 19 < (found[-1] - found[20])[0] < 2 * 29 + 1, "but for the frames that the cut costs"


def test_another_size_begins_where_the_canvas_is() -> None:
    follower = Follower()
    for i in range(20):
        follower.follow(seen(photo(), 3 * i, 0))
    reached = follower.offset
    assert reached.columns in (56, 57, 58)
    assert follower.follow(cv2.resize(seen(photo(), 57, 0), (240, 180)).astype(np.uint8)) == reached


def test_offsets_are_of_the_frames_alone() -> None:
    frames = [seen(photo(), 2.5 * i, i) for i in range(25)]
    one, other = Follower(), Follower()
    offsets = [one.follow(frame) for frame in frames]
    assert offsets == [other.follow(frame) for frame in frames]
    assert offsets[0] == UNMOVED
    assert all(abs(o.columns - 2.5 * i) <= 1.5 and abs(o.rows - i) <= 1.5 for i, o in enumerate(offsets))


def test_the_canvas_does_not_tick_to_and_fro() -> None:
    """Half a pixel away, where rounding alone would change its mind with each frame's noise."""
    scene, rng, follower = photo(), np.random.default_rng(4), Follower()
    follower.follow(seen(scene, 0, 0))
    offsets = [follower.follow(noisy(seen(scene, 0.5, 0), rng, 6)) for _ in range(30)]
    assert set(offsets) == {Offset(0, 0)}


def test_one_pixel_a_frame_takes_the_canvas_along_each_time() -> None:
    scene, follower = photo(), Follower()
    assert [follower.follow(seen(scene, x, 0)) for x in range(12)] == [Offset(0, x) for x in range(12)]


def test_places_are_the_corners_of_the_background() -> None:
    """They lie at the sides and at the top, where people are not: the clearest of each block, none where there is
    nothing to see."""
    grey = np.full((120, 160), 128, np.uint8)
    corners = [(4, 60), (12, 100), (150, 30), (80, 4), (80, 60), (70, 100), (60, 20), (150, 118)]
    for x, y in corners:
        grey[y - 2 : y + 3, x - 2 : x + 3] = 250
    found = structured_places(grey)
    outer = [abs(x / 160 - 0.5) > 0.5 - OUTER or y < OUTER * 120 for x, y in corners]
    expected = {(x // BLOCK, y // BLOCK) for (x, y), out in zip(corners, outer, strict=True) if out and y < UPPER * 120}
    assert 3 <= len(expected) < len(corners)
    near = {(int(x) // BLOCK, int(y) // BLOCK) for x, y in found}
    assert expected <= near
    for x, y in found:
        assert min(max(abs(x - at), abs(y - above)) for at, above in corners) <= 5
        assert abs(x / 160 - 0.5) > 0.5 - OUTER or y < OUTER * 120
        assert y < UPPER * 120
