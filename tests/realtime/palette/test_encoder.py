"""Tests that a painting's features are those of the loss network."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.encoder import CROP, CROPS, FEATURES, features_of
from nstcam.train.loss.crop_grams import place
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to, to_tensor

LAYERS = ("relu1_2", "relu2_2", "relu3_1")


def photograph(side: int = 200) -> Frame:
    return shrink_to(read_rgb(PHOTOS / "coffee.jpg"), side)[..., ::-1].copy()


def by_pytorch(picture: Frame) -> np.ndarray:
    """The same figures from nst-train's loss network."""
    network, image = load_vgg(), to_tensor(picture[..., ::-1].copy(), torch.device("cpu"))
    values: dict[str, list[torch.Tensor]] = {name: [] for name in LAYERS}
    for number in range(CROPS):
        top, left = place(number, picture.shape[0] - CROP, picture.shape[1] - CROP)
        with torch.no_grad():
            found = network(image[..., top : top + CROP, left : left + CROP], LAYERS)
        for name, features in found.items():
            edge = 8 // network.stride(name)
            values[name].append(features[0, :, edge:-edge, edge:-edge].flatten(1))
    parts = []
    for name in LAYERS:
        every = torch.cat(values[name], 1).double()
        parts += [torch.log1p(every.mean(1)), torch.log1p(every.std(1, correction=0))]
    return torch.cat(parts).numpy()


def test_they_are_what_the_loss_network_sees_in_nine_crops() -> None:
    np.testing.assert_allclose(features_of(photograph()), by_pytorch(photograph()), atol=1e-4)


def test_the_same_picture_gives_the_same_and_another_one_others() -> None:
    features = features_of(photograph())
    assert features.shape == (FEATURES,)
    assert features.dtype == np.float32
    assert np.array_equal(features, features_of(photograph()))
    blurred = np.asarray(cv2.GaussianBlur(photograph(), (0, 0), 3), np.uint8)
    assert np.abs(features - features_of(blurred)).max() > 0.5
    assert np.abs(features - features_of(photograph()[..., ::-1].copy())).max() > 0.2


@pytest.mark.parametrize("shape", [(32, 32), (32, 400), (CROP, CROP), (CROP + 1, 37), (33, 35)])
def test_pictures_smaller_than_a_crop_have_features_as_well(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    features = features_of(picture)
    assert np.isfinite(features).all()
    assert (features >= 0).all()
