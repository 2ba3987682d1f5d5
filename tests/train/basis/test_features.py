"""Tests that what is measured of a picture is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nstcam.train.basis.features import read_features, write_features
from nstcam.train.errors import TrainError
from nstcam.train.fit.learning import STYLE_SIZE


def mean_and_deviation(bgr: np.ndarray) -> np.ndarray:
    """Stands for features."""
    assert min(bgr.shape[:2]) <= STYLE_SIZE
    return np.concatenate([bgr.mean((0, 1)), bgr.std((0, 1))]).astype(np.float32)


def test_a_picture_is_measured_as_a_small_one_in_bgr(tmp_path: Path) -> None:
    red = np.zeros((600, 900, 3), np.uint8)
    red[..., 0] = 200
    write_features(tmp_path / "red.npy", red, mean_and_deviation)
    assert torch.equal(read_features(tmp_path / "red.npy"), torch.tensor([0.0, 0, 200, 0, 0, 0]))


@pytest.mark.parametrize("content", [None, b"", b"?"])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "red.npy").write_bytes(content)
    with pytest.raises(TrainError, match=r"red\.npy is damaged .*; delete it"):
        read_features(tmp_path / "red.npy")
