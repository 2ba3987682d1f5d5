"""Tests of the file of a basis: what is read from it, by its description alone, is what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from nstcam.train.basis.head import Head, Whitening
from nstcam.train.basis.pack import LARGEST_LEVEL, Basis, layers, rounded, write_basis
from nstcam.train.errors import TrainError

CHANGES, FEATURES, PROJECTED = 3, 20, 6
STRENGTH: Final = torch.tensor([1.0, 0.5, 0.0])
SHAPES: Final = {
    "canvas_conv.weight": (4, 3, 3, 3),
    "stem.weight": (4, 48, 3, 3),
    "stem_norm.bias": (4,),
    "blocks.0.conv1.weight": (4, 4, 3, 3),
    "blocks.0.norm1.bias": (4,),
    "blocks.0.conv2.weight": (4, 4, 3, 3),
    "blocks.0.norm2.bias": (4,),
    "up1.weight": (8, 4, 2, 2),
    "up1_norm.bias": (8,),
    "up2.weight": (48, 8, 2, 2),
    "up2.bias": (48,),
}


def random_basis() -> Basis:
    draw = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=draw)

    changes = {name: random(CHANGES, *shape) for name, shape in SHAPES.items()}
    changes["up1.weight"][1] = 0
    return Basis(
        mean={name: random(*shape) for name, shape in SHAPES.items()},
        changes=changes,
        whitening=Whitening(random(FEATURES), random(FEATURES).abs() + 1, random(FEATURES, PROJECTED)),
        head=Head(random(CHANGES, PROJECTED), random(CHANGES)),
        canvas_strength=STRENGTH,
        names=("wave", "scène", "hat"),
    )


@pytest.fixture
def file(tmp_path: Path) -> dict[str, NDArray[Any]]:
    write_basis(tmp_path / "basis.npz", random_basis())
    with np.load(tmp_path / "basis.npz", allow_pickle=False) as archive:
        return dict(archive)


def test_each_layer_comes_back_within_half_a_step(file: dict[str, NDArray[Any]]) -> None:
    basis = random_basis()
    assert [*layers(basis.mean)] == ["stem", "canvas", "inner1", "change1", "up1", "up2"]
    for layer, (weight_name, bias_name) in layers(basis.mean).items():
        weight, changes = basis.mean[weight_name], basis.changes[weight_name]
        if layer == "canvas":
            weight, changes = (each[..., :2, :, :] * STRENGTH[:2, None, None] for each in (weight, changes))
        weight_read, levels, steps = (file[f"{layer}.{name}"] for name in ("weight", "changes", "steps"))
        assert [str(each.dtype) for each in (weight_read, levels, steps)] == ["float16", "int8", "float32"]
        np.testing.assert_allclose(weight_read, weight.numpy(), rtol=1e-3, atol=1e-6)
        per_change = steps[:, None, None, None, None]
        assert levels.shape == changes.shape
        assert np.abs(levels).max() == LARGEST_LEVEL
        assert (np.abs(levels * per_change - changes.numpy()) <= per_change * 0.501).all()
        if bias_name is not None:
            np.testing.assert_array_equal(file[f"{layer}.bias"], basis.mean[bias_name].numpy())
            np.testing.assert_array_equal(file[f"{layer}.bias_changes"], basis.changes[bias_name].numpy())
        else:
            assert not file[f"{layer}.bias"].any()
            assert file[f"{layer}.bias_changes"].shape == (CHANGES, len(weight))


def test_shares_are_those_of_the_head(file: dict[str, NDArray[Any]]) -> None:
    basis = random_basis()
    features = torch.randn(FEATURES, generator=torch.Generator().manual_seed(1))
    wanted = basis.head.linear @ basis.whitening(features) + basis.head.bias

    read = {name: torch.from_numpy(values) for name, values in file.items() if name.startswith(("head", "features"))}
    halves = {name for name, values in read.items() if values.dtype == torch.float16}
    assert halves == {"features.projection"}
    z = (((features - read["features.mean"]) / read["features.deviation"]) @ read["features.projection"].float()).clamp(
        -4, 4
    )
    found = read["head.linear"] @ z + read["head.bias"]
    torch.testing.assert_close(found, wanted, rtol=1e-2, atol=1e-2)


def test_names_are_plain_text(file: dict[str, NDArray[Any]]) -> None:
    assert file["names"].tolist() == ["wave", "scène", "hat"]
    assert file["names"].dtype.kind == "U"


def test_the_same_basis_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_basis(tmp_path / name, random_basis())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_change_of_nothing_is_nothing() -> None:
    levels, steps = rounded(torch.zeros(2, 3, 3))
    assert not levels.any()
    assert not steps.any()


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrainError, match="cannot be written"):
        write_basis(tmp_path / "file" / "basis.npz", random_basis())
