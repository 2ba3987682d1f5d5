"""Tests of whitened features and of the shares that are told from them."""

from __future__ import annotations

import torch

from nstcam.train.basis.head import FARTHEST, PROJECTED, ridge, whitening


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_whitened_features_are_uncorrelated_and_none_is_too_far() -> None:
    features = random(200, 6) @ random(6, 6, seed=1)
    white = whitening(features)
    z = ((features - white.mean) / white.deviation) @ white.projection
    torch.testing.assert_close(z.T @ z / len(z), torch.eye(6), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(white(features), z.clamp(-FARTHEST, FARTHEST))
    assert white(torch.full((6,), 1e4)).abs().max() == FARTHEST


def test_there_are_as_many_directions_as_pictures_have() -> None:
    assert whitening(random(4, 20)).projection.shape == (20, 3)
    assert whitening(random(50, 40)).projection.shape == (40, PROJECTED)


def test_a_feature_that_never_varies_is_no_error() -> None:
    features = random(20, 5)
    features[:, 2] = 1
    assert whitening(features)(features).isfinite().all()


def test_shares_are_a_regression_that_is_a_little_too_small() -> None:
    z = random(300, 5)
    z = z - z.mean(0)
    linear = random(5, 2, seed=1)
    head = ridge(z, z @ linear + 0.5)
    assert head.linear.shape == (2, 5)
    torch.testing.assert_close(head.bias, torch.full((2,), 0.5), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(head.linear, linear.T / 1.03, rtol=0.02, atol=0.02)
