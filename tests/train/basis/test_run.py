"""Tests the stages of making a basis, with networks that learn by chance."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.train.basis import pictures, run
from nstcam.train.basis.features import read_features
from nstcam.train.basis.folding import folded_norms
from nstcam.train.basis.head import Head, Whitening
from nstcam.train.basis.learnt import START, lite_network
from nstcam.train.basis.pack import layers, packed
from nstcam.train.basis.pictures import OF_PAINTING
from nstcam.train.basis.run import Sources, basis_of, train_basis
from nstcam.train.content.paintings import read_painting
from nstcam.train.errors import TrainError
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.network.checkpoint import Checkpoint
from nstcam.train.picture import Picture, write_picture
from tests.support.models.tiny import random_loss_network
from tests.support.training.short import PAINTING, NoiseSource
from tests.train.basis.test_features import mean_and_deviation
from tests.train.basis.test_folding import lite


def sources(folder: Path, paintings: int = 2, photographs: int = 1) -> Sources:
    for number in range(2):
        write_picture(folder / f"{number}.png", (128 + (PAINTING - 128.0) / 9**number).astype(np.uint8))
    return Sources(
        paintings={f"p{number}": partial(read_painting, folder / f"{number}.png") for number in range(paintings)},
        photographs=[folder / f"{number}.png" for number in range(photographs)],
        features_of=mean_and_deviation,
        networks={},
        content=NoiseSource,
        loss_network=random_loss_network,
    )


@pytest.fixture(autouse=True)
def learning(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Tensor]]:
    """The weights that learnings began with. They end with others, which the painting tells."""
    begun: list[dict[str, Tensor]] = []

    def learn(name: str, painting: Picture, start: Checkpoint, *_: object) -> Checkpoint:
        begun.append(start.weights)
        draw = torch.Generator().manual_seed(int(painting[0, 0, 0]))
        stem = start.weights["stem.weight"]
        return replace(start, weights=start.weights | {"stem.weight": stem + torch.randn(stem.shape, generator=draw)})

    monkeypatch.setattr(run, "learnt_network", learn)
    monkeypatch.setattr(pictures, "OF_NETWORK", 1)
    return begun


def test_all_learn_from_the_bundled_style_which_is_the_mean(learning: list[dict[str, Tensor]], tmp_path: Path) -> None:
    basis = train_basis(sources(tmp_path), tmp_path, say=lambda _: None)
    start = lite_network(find_warm_start(START))
    assert len(learning) == 2
    assert all(torch.equal(begun["stem.weight"], start.stem.weight) for begun in learning)
    mean = folded_norms(start).stem.weight
    assert torch.equal(basis.mean["stem.weight"], mean)
    for number, change in enumerate(basis.changes["stem.weight"]):
        learnt = folded_norms(lite_network(tmp_path / "learnt" / f"p{number}.pt"))
        torch.testing.assert_close(change, (learnt.stem.weight - mean).detach())
    assert packed(basis)["canvas.changes"].shape == (2, 32, 4, 3, 3), "only what is seen of the canvas"


def test_what_was_made_is_not_made_again(tmp_path: Path) -> None:
    said: list[str] = []
    basis = train_basis(sources(tmp_path), tmp_path, say=said.append)
    assert said[:2] == ["learning p0", "learning p1"]
    assert len(said[2:]) == 2 * OF_PAINTING + 2, "and a line for each picture"
    said.clear()
    (tmp_path / "features" / "learnt-p1.0.npy").unlink()
    again = train_basis(sources(tmp_path), tmp_path, say=said.append)
    assert said == ["picture learnt-p1.0"]
    assert all(np.array_equal(values, packed(again)[name]) for name, values in packed(basis).items())


def test_what_was_made_serves_for_more_or_fewer_paintings(tmp_path: Path) -> None:
    said: list[str] = []
    fewer = train_basis(sources(tmp_path, 1), tmp_path, say=said.append)
    assert fewer.names == ("p0",)
    assert fewer.head.bias.shape == (1,)
    assert not any("p1" in line for line in said)
    said.clear()
    basis = train_basis(sources(tmp_path), tmp_path, say=said.append)
    assert said[0] == "learning p1"
    assert all("p1" in line for line in said)
    for name, changes in basis.changes.items():
        assert torch.equal(fewer.mean[name], basis.mean[name])
        assert torch.equal(fewer.changes[name], changes[:1])
    said.clear()
    again = train_basis(sources(tmp_path, 1), tmp_path, say=said.append)
    assert not said
    assert all(np.array_equal(values, packed(again)[name]) for name, values in packed(fewer).items())


def test_a_picture_gets_most_of_the_change_of_its_painting(tmp_path: Path) -> None:
    basis = train_basis(sources(tmp_path), tmp_path, say=lambda _: None)
    for number in range(2):
        features = read_features(tmp_path / "features" / f"painting-p{number}.0.npy")
        shares = basis.head.linear @ basis.whitening(features) + basis.head.bias
        assert shares.argmax() == number


def test_mean_and_changes_are_the_networks() -> None:
    whitening, head = Whitening(torch.zeros(5), torch.ones(5), torch.eye(5)), Head(torch.zeros(2, 5), torch.zeros(2))
    basis = basis_of(lite(0), {"one": lite(1), "two": lite(2)}, whitening, head)
    assert basis.names == ("one", "two")
    names = [name for pair in layers(basis.mean).values() for name in pair if name is not None]
    assert sorted(names) == sorted(basis.mean)
    image = torch.rand(1, 3, 40, 48, generator=torch.Generator().manual_seed(1))
    network = folded_norms(lite(0)).requires_grad_(False)
    for number in (0, 1):
        weights = {name: mean + basis.changes[name][number] for name, mean in basis.mean.items()}
        network.load_state_dict(weights, strict=False)
        torch.testing.assert_close(network(image), lite(number + 1)(image).detach(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("paintings", "photographs", "message"), [(0, 1, "no paintings to learn from"), (2, 0, "no photographs")]
)
def test_too_little_to_work_with_is_one_line(tmp_path: Path, paintings: int, photographs: int, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        train_basis(sources(tmp_path, paintings, photographs), tmp_path)
