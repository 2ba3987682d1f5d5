"""Tests the stages of making a basis, with two paintings and a step of each training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nstcam.train.basis.pack import packed
from nstcam.train.basis.run import Sources, train_basis
from nstcam.train.errors import TrainError
from nstcam.train.picture import write_picture
from tests.support.models.tiny import random_loss_network
from tests.support.training.short import PAINTING, NoiseSource, briefly
from tests.train.basis.test_fit import mean_and_deviation


def sources(folder: Path, paintings: int = 2, photographs: int = 1) -> Sources:
    for number in range(max(paintings, photographs)):
        write_picture(folder / f"{number}.png", np.roll(PAINTING, number, 2))
    return Sources(
        paintings={f"p{number}": folder / f"{number}.png" for number in range(paintings)},
        drawings={"drawn": lambda: PAINTING},
        photographs=[folder / f"{number}.png" for number in range(photographs)],
        features_of=mean_and_deviation,
        networks={},
        content=NoiseSource,
        loss_network=random_loss_network,
    )


def test_what_a_stage_has_made_is_not_made_again(tmp_path: Path) -> None:
    work, said = tmp_path / "work", list[str]()
    with briefly():
        basis = train_basis(sources(tmp_path), work, None, say=said.append, learning_steps=1, steps=1)
        assert basis.names == ("p0", "p1")
        assert packed(basis)["canvas.changes"].shape == (2, 32, 4, 3, 3), "only what is seen of the canvas"
        assert said[:2] == ["learning p0", "learning p1"]
        assert "picture drawing-drawn.2" in said
        assert said[-1] == "training with 23 pictures"
        said.clear()
        (work / "measured" / "learnt-p1.0.pt").unlink()
        again = train_basis(sources(tmp_path), work, None, say=said.append, learning_steps=1, steps=1)
    assert said == ["picture learnt-p1.0", "training with 23 pictures"]
    assert all(np.array_equal(values, packed(again)[name]) for name, values in packed(basis).items())


@pytest.mark.parametrize(
    ("paintings", "photographs", "message"), [(1, 1, "1 paintings are too few"), (2, 0, "no photographs")]
)
def test_too_little_to_work_with_is_one_line(tmp_path: Path, paintings: int, photographs: int, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        train_basis(sources(tmp_path, paintings, photographs), tmp_path / "work", None)
