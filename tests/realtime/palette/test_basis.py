"""Tests how networks are mixed, and how a painting's features tell the shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nstcam.realtime.errors import StyleError
from nstcam.realtime.palette import basis as palette_basis
from nstcam.realtime.palette.basis import FILE, Basis, basis
from nstcam.realtime.palette.encoder import FEATURES
from nstcam.realtime.palette.network import DILATIONS, LAYERS


def arrays() -> dict[str, np.ndarray[Any, Any]]:
    with np.load(FILE) as file:
        return {name: file[name].copy() for name in file.files}


def test_without_shares_it_is_the_mean_and_with_one_a_step_away() -> None:
    found = arrays()
    mean = basis().network([0.0] * basis().count)
    assert list(mean) == list(LAYERS)
    for place in (0, basis().count - 1):
        shares = [0.0] * basis().count
        shares[place] = -0.5
        network = basis().network(shares)
        for layer in LAYERS:
            change = found[f"{layer}.changes"][place] * found[f"{layer}.steps"][place]
            np.testing.assert_allclose(mean[layer].weight, found[f"{layer}.weight"])
            np.testing.assert_allclose(network[layer].weight, mean[layer].weight - change / 2, atol=1e-6)
            bias_change = found[f"{layer}.bias_changes"][place]
            np.testing.assert_allclose(network[layer].bias, mean[layer].bias - bias_change / 2, atol=1e-6)


def test_shares_are_what_pytorch_makes_of_the_features() -> None:
    a = {name: torch.from_numpy(v).float() for name, v in arrays().items() if name.startswith(("features", "head"))}
    some = np.random.default_rng(0).normal(0, 0.3, FEATURES)
    features = np.asarray(a["features.mean"].numpy() + some * a["features.deviation"].numpy(), np.float32)
    z = ((torch.from_numpy(features) - a["features.mean"]) / a["features.deviation"]) @ a["features.projection"]
    assert z.norm() < 8
    expected = F.linear(z, a["head.linear"], a["head.bias"])
    np.testing.assert_allclose(basis().shares(features), expected, atol=1e-4)


def test_features_unlike_those_of_any_painting_get_little_of_the_changes() -> None:
    """The shares of paintings are 3 to 6 long."""
    for value, longest in ((-1e6, 1e-3), (0.0, 1.5), (1e6, 1e-3)):
        shares = basis().shares(np.full(FEATURES, value, np.float32))
        assert np.isfinite(shares).all()
        assert np.linalg.norm(shares) < longest


def test_the_file_holds_a_network_like_those_of_the_bundled_styles() -> None:
    network = basis().network([0.1] * basis().count)
    shapes = {layer: kernel.weight.shape for layer, kernel in network.items()}
    assert shapes["stem"] == (32, 48, 3, 3)
    assert shapes["canvas"] == (32, 4, 3, 3)
    assert [shapes[f"change{number}"] for number in range(1, len(DILATIONS) + 1)] == [(32, 32, 3, 3)] * len(DILATIONS)
    assert (shapes["up1"], shapes["up2"]) == ((64, 32, 2, 2), (48, 64, 2, 2))
    assert all(len(kernel.bias) == len(kernel.weight) for kernel in network.values())
    assert 24 <= basis().count <= 32
    assert len(set(basis().names)) == len(basis().names) >= 24


@pytest.mark.parametrize("missing", ["names", "stem.steps", "head.linear"])
def test_a_file_without_a_part_is_no_basis(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        Basis({name: values for name, values in arrays().items() if name != missing})


def test_a_file_that_is_damaged_or_gone_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palette_basis, "FILE", tmp_path / "basis.npz")
    for content in (None, b"", FILE.read_bytes()[:-5000], b"no archive"):
        if content is not None:
            (tmp_path / "basis.npz").write_bytes(content)
        basis.cache_clear()
        try:
            with pytest.raises(
                StyleError, match=r"basis\.npz, with which pictures become styles, .*; reinstall nstcam"
            ):
                basis()
        finally:
            basis.cache_clear()
