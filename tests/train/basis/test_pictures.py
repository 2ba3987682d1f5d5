"""Tests of the training pictures of a basis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nstcam.train.basis.pictures import OF_NETWORK, OF_PAINTING, Planned, of_network, of_painting, recoloured
from nstcam.train.network.networks import LiteNet
from nstcam.train.picture import Picture, write_picture
from tests.support.models.tiny import TINY_LITE, random_network
from tests.support.training.short import PAINTING


def planned() -> list[Planned]:
    return list(of_painting("painting-noise", lambda: PAINTING, "noise"))


def test_they_are_the_same_for_the_same_seed_whichever_are_made() -> None:
    first = [each.picture(1) for each in planned()]
    for number, each in reversed(list(enumerate(planned()))):
        assert np.array_equal(each.picture(1), first[number])
    assert np.array_equal(planned()[0].picture(2), PAINTING), "the first is the painting itself"
    assert not np.array_equal(planned()[3].picture(2), first[3])
    assert len({picture.tobytes() for picture in first}) == OF_PAINTING


def test_parts_are_smaller_and_keep_the_shape() -> None:
    for each in planned()[1:]:
        picture = each.picture(1)
        assert 0.5 < min(picture.shape[:2]) / min(PAINTING.shape[:2]) <= 1
        assert max(picture.shape[:2]) / min(picture.shape[:2]) == pytest.approx(1.2, abs=0.05)


def test_other_colours_leave_grey_pictures_grey() -> None:
    grey = np.repeat(np.random.default_rng(1).integers(90, 170, (40, 40, 1), dtype=np.uint8), 3, 2)
    changed = recoloured(grey, np.random.default_rng(0)).astype(int)
    tint = changed - changed.mean(2, keepdims=True)
    assert np.abs(tint - tint.mean((0, 1))).max() < 2, "but for one tint"
    assert np.corrcoef(changed[..., 0].ravel(), grey[..., 0].ravel())[0, 1] > 0.99


def test_networks_paint_photographs(tmp_path: Path) -> None:
    photograph: Picture = np.kron(PAINTING[:20, :24], np.ones((4, 4, 1), np.uint8))
    write_picture(tmp_path / "photograph.png", photograph)
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    made = list(of_network("bundled-tiny", lambda: network, [tmp_path / "photograph.png"], None))
    assert [each.name for each in made] == [f"bundled-tiny.{number}" for number in range(OF_NETWORK)]
    assert made[0].picture(1).shape[2] == 3
    assert np.array_equal(made[1].picture(1), made[1].picture(1))
