"""Tests the trials of steadiness: strokes on the screen, strokes that go with the scene, noise, clips."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from nstcam.export.errors import ExportError
from nstcam.export.evaluate import steadiness_trials
from nstcam.export.evaluate.steadiness_trials import (
    MOTIONS,
    measure_steadiness,
    read_clips,
    still_scenes,
    through_jpeg,
    trial_count,
    wide,
)
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import Offset
from nstcam.train.picture import PHOTOS
from tests.support.media.clips import write_clip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames small enough for a test."""
    monkeypatch.setattr(steadiness_trials, "SIZE_WH", (64, 48))


def test_a_painter_that_inverts_is_as_steady_as_its_input(small: None) -> None:
    photos = [PHOTOS / "coffee.jpg"]
    plain, following, steady = measure_steadiness(lambda frame, _: 255 - frame, photos, {}, 0.8, frames=14)
    same = measure_steadiness(lambda frame, _: frame, photos, {}, 0, frames=14).painted
    assert plain == pytest.approx(same, abs=2e-3)
    assert following == plain
    for name, gain in plain.items():
        if name.startswith("flicker"):
            assert gain == pytest.approx(1)
            assert steady[name] < 0.6
    assert [plain[f"warp error, shift {n} px"] for n in (1, 2, 3)] == [0, 0, 0]


def test_strokes_on_the_screen_show_as_warp_error(small: None) -> None:
    canvas = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)

    def paint(frame: Frame, _: Offset) -> Frame:
        return canvas[: frame.shape[0], : frame.shape[1]]

    plain = measure_steadiness(paint, [PHOTOS / "coffee.jpg"], {}, 0, 12).painted
    stays = canvas[8:40, 10:56].astype(float)  # seen in both, without the border
    follows = canvas[8:40, 8:54]
    assert plain["warp error, shift 2 px"] == pytest.approx(np.sqrt(np.mean((stays - follows) ** 2)) / 255, rel=1e-4)
    assert plain["flicker gain, sigma 4"] == 0


def test_strokes_that_go_with_the_scene_show_less_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steadiness_trials, "SIZE_WH", (160, 120))  # large enough for motion to be found
    coarse = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    canvas = cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)

    def paint(frame: Frame, offset: Offset) -> Frame:
        rolled = np.roll(canvas, (offset.rows, offset.columns), (0, 1))
        return np.asarray(rolled[: frame.shape[0], : frame.shape[1]])

    plain, following, _ = measure_steadiness(paint, [PHOTOS / "coffee.jpg"], {}, 0, 12)
    for pixels in (2, 3):
        assert following[f"warp error, shift {pixels} px"] < 0.8 * plain[f"warp error, shift {pixels} px"]
    assert following["flicker gain, sigma 8"] == plain["flicker gain, sigma 8"] == 0


def test_noise_has_the_sigma_it_says() -> None:
    scenes = still_scenes(np.full((64, 64, 3), 128, np.uint8), 10)
    for sigma in (2, 4, 8):
        assert np.stack(scenes[f"sigma {sigma}"]).std() == pytest.approx(sigma, rel=0.05)
    assert any((a != b).any() for a, b in zip(scenes["sigma 4, JPEG"], scenes["sigma 4"], strict=True))


def test_clips_of_a_folder(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", frames=14)
    (tmp_path / "b.mp4").write_bytes(b"no video")
    write_clip(tmp_path / "c.mp4", frames=11)
    found = read_clips(tmp_path, 13)
    assert list(found) == ["a.mp4"]
    assert len(found["a.mp4"]) == 13
    write_clip(tmp_path / "c.mp4", frames=12)
    assert list(read_clips(tmp_path)) == ["a.mp4", "c.mp4"], "twelve are enough"
    for folder in (tmp_path / "a.mp4", tmp_path / "none"):
        with pytest.raises(ExportError, match="is not a folder; give a folder with video clips"):
            read_clips(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExportError, match=r"no video in .*empty can be read; MP4"):
        read_clips(tmp_path / "empty")


def test_motions_are_what_they_are_called() -> None:
    """Where two points go that are 100 px apart, one of them in the middle of 480x360."""
    middle = np.array([239.5, 179.5, 1])
    beside = middle + np.array([100, 0, 0])
    moved = {name: (motion @ middle - middle[:2], motion @ (beside - middle)) for name, motion in MOTIONS.items()}
    one_degree = 100 * np.array([np.cos(np.pi / 180), -np.sin(np.pi / 180)])
    expected: dict[str, Any] = {
        "shift 1 px": ((1, 0), (100, 0)), "shift 2 px": ((2, 0), (100, 0)), "shift 3 px": ((3, 0), (100, 0)),
        "shift 0.5 px": ((0.5, 0.5), (100, 0)), "turn 1 degree": ((0, 0), one_degree), "zoom 1 %": ((0, 0), (101, 0)),
    }  # fmt: skip
    assert moved.keys() == expected.keys()
    for name, places in expected.items():
        assert np.allclose(moved[name], places, atol=1e-6), name


def test_ten_trials_of_a_photograph_and_one_of_a_clip() -> None:
    assert [trial_count(*counts) for counts in ((0, 0), (1, 0), (3, 2))] == [0, 10, 32]
    assert wide(PHOTOS / "astronaut.jpg", (480, 360)).shape == (432, 576, 3), "with something around it"
    frame = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    assert np.array_equal(through_jpeg(frame), np.asarray(cv2.imdecode(cv2.imencode(".jpg", frame, [1, 80])[1], 1)))
