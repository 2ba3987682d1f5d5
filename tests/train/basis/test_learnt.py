"""Tests that a network learns a painting for some steps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nstcam.train.basis.learnt import learnt_network, lite_network
from nstcam.train.errors import TrainError
from nstcam.train.fit.learning import learning_config
from nstcam.train.fit.learning_materials import learning_materials
from tests.support.models.tiny import TINY_JOHNSON, random_checkpoint, random_loss_network
from tests.support.training.short import PAINTING, NoiseSource, briefly


def test_it_begins_in_the_colours_of_the_painting_and_ends_after_its_steps() -> None:
    start, loss_network = random_checkpoint(), random_loss_network()
    with briefly():
        found = [learnt_network("noise", PAINTING, start, NoiseSource(), loss_network, steps) for steps in (1, 2)]
        materials = learning_materials(
            learning_config(start.network), PAINTING, NoiseSource(), loss_network, start.identity
        )
    colours = materials.matcher.matched(start.build(), 1.0, even=False).state_dict()["up2.bias"]
    assert [each.step for each in found] == [1, 2]
    assert found[0].identity.name == "noise"
    first = found[0].weights["up2.bias"]
    assert not torch.equal(found[1].weights["up2.bias"], first)
    assert (first - colours).abs().max() < 0.1 * (start.weights["up2.bias"] - colours).abs().max()


def test_networks_of_another_kind_cannot_be_mixed(tmp_path: Path) -> None:
    random_checkpoint(TINY_JOHNSON).save(tmp_path / "johnson.pt")
    with pytest.raises(TrainError, match="not a network of preset lite"):
        lite_network(tmp_path / "johnson.pt")
