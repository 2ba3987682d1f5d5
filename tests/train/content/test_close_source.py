"""Tests content for small crops: parts of pictures, as near as a camera shows things."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.train.content import close_source
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.crops import TrainingCrops
from nstcam.train.picture import Picture


@pytest.fixture
def photographs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scenes."""
    monkeypatch.setattr(close_source, "SHARE_OF_SCENES", 0.0)


def ramp(height: int, width: int) -> Picture:
    """Dark on the left, light on the right."""
    line = np.linspace(0, 255, width).astype(np.uint8)
    return np.broadcast_to(line[None, :, None], (height, width, 3)).copy()


@pytest.mark.usefixtures("photographs")
@pytest.mark.parametrize("side", [300, 900])
def test_a_part_is_so_much_of_the_picture_as_it_is_of_a_cameras_lines(side: int) -> None:
    source, rng = CloseSource(), np.random.default_rng(0)
    source._photos = [ramp(side, side)]
    parts = [source.picture(rng, 112) for _ in range(60)]
    shares = [float(np.ptp(part)) / 255 for part in parts]
    assert all(part.shape == (112, 112, 3) for part in parts)
    assert 112 / 440 - 0.03 < min(shares) < 0.32
    assert 0.48 < max(shares) < 112 / 200 + 0.03
    assert min(part.min() for part in parts) < 20, "the left edge may be seen"
    assert max(part.max() for part in parts) > 235, "and the right one"


@pytest.mark.usefixtures("photographs")
def test_a_picture_with_fewer_pixels_than_a_part_is_shown_whole() -> None:
    source = CloseSource()
    source._photos = [ramp(300, 300)]
    part = source.picture(np.random.default_rng(0), 512)
    assert part.shape == (512, 512, 3)
    assert np.ptp(part) > 250


def test_near_scenes_have_fewer_edges_and_as_much_light() -> None:
    scenes = CloseSource()._scenes
    far, near = (
        np.stack([scenes.scene(96, np.random.default_rng(seed), whole=whole) for seed in range(24)]).astype(np.float32)
        for whole in (96, 384)
    )
    edges = [float((np.abs(np.diff(pictures, axis=2)).max(-1) > 24).mean()) for pictures in (far, near)]
    assert edges[1] < 0.6 * edges[0]
    assert near.mean() == pytest.approx(far.mean(), rel=0.2)
    assert near.std((1, 2)).mean() > 8, "not all of them are bare"


def test_crops_are_parts_as_they_are() -> None:
    """Nothing is scaled a second time."""
    crops = TrainingCrops(CloseSource(), 64, seed=0, first=0, count=4)
    assert crops[0].shape == (3, 64, 64)
    assert (crops[1] == crops[1]).all()
    assert (crops[1] != crops[2]).any()
