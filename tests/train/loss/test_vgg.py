from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nstcam.media.packed_kernels import kernel_names, read_kernels
from nstcam.train.errors import TrainError
from nstcam.train.loss.losses import CONTENT_LAYER
from nstcam.train.loss.scales import content_scale, content_scales
from nstcam.train.loss.vgg import BUNDLED_VGG16, load_vgg
from tests.support.models.rounding import rounding


def test_layers_channels_and_strides() -> None:
    features = load_vgg()(torch.rand(1, 3, 32, 48), ["relu1_2", "relu2_2", "relu3_3", "relu4_3"])
    shapes = {name: tuple(f.shape) for name, f in features.items()}
    assert shapes == {
        "relu1_2": (1, 64, 32, 48),
        "relu2_2": (1, 128, 16, 24),
        "relu3_3": (1, 256, 8, 12),
        "relu4_3": (1, 512, 4, 6),
    }
    assert all((f >= 0).all() for f in features.values())


def test_a_copy_in_another_type_sees_the_same() -> None:
    torch.manual_seed(0)
    vgg, picture = load_vgg(), torch.rand(1, 3, 48, 64)
    rounded = vgg.in_dtype(torch.bfloat16)
    assert (vgg.dtype, rounded.dtype) == (torch.float32, torch.bfloat16)
    copies = rounded(picture, vgg.layer_names)
    for name, exact in vgg(picture, vgg.layer_names).items():
        seen = copies[name]
        assert (exact.dtype, seen.dtype) == (torch.float32, torch.bfloat16)
        assert 0 < (seen - exact).norm() < 0.02 * exact.norm()


def test_preprocessing_is_caffes() -> None:
    """The mean colour, BGR (103.939, 116.779, 123.68), must reach the first convolution as zero."""
    vgg = load_vgg()
    mean_rgb = torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1) / 255
    first = vgg(mean_rgb.expand(1, 3, 16, 16), ["relu1_1"])["relu1_1"]
    expected = F.relu(next(parameter for parameter in vgg.parameters() if parameter.ndim == 1))
    assert torch.allclose(first[0, :, 8, 8], expected, rtol=0, atol=124 * rounding(27)), "levels cancel"


def test_unknown_layer_is_named() -> None:
    with pytest.raises(TrainError, match="relu5_1"):
        load_vgg()(torch.rand(1, 3, 32, 32), ["relu5_1"])


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pth"
    torch.save({"features.0.weight": torch.zeros(1)}, wrong)
    with pytest.raises(TrainError, match=r"wrong\.pth does not hold the weights of vgg19"):
        load_vgg("vgg19", wrong)
    garbage = tmp_path / "garbage.pth"
    garbage.write_bytes(b"import sys; garbage")
    with pytest.raises(TrainError) as told:
        load_vgg("vgg16", garbage)
    assert str(told.value) == (
        f"{garbage} does not hold the weights of vgg16 (UnpicklingError); give a .pth of torchvision's vgg16"
    )
    with pytest.raises(TrainError, match="not found"):
        load_vgg("vgg16", tmp_path / "missing.pth")


def test_torchvision_weights_use_their_own_preprocessing(tmp_path: Path) -> None:
    state = {}
    position, channels = 0, 3
    for count, width in zip((2, 2, 4, 4, 4), (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            state[f"features.{position}.weight"] = torch.zeros(width, channels, 3, 3)
            state[f"features.{position}.bias"] = torch.arange(width).float()
            channels, position = width, position + 2
        position += 1
    path = tmp_path / "vgg19.pth"
    state["features.0.weight"][0, 0, 1, 1] = 1.0  # passes red through
    torch.save(state, path)
    features = load_vgg("vgg19", path)(torch.full((1, 3, 16, 16), 0.9), ["relu1_1", "relu5_4"])
    assert features["relu5_4"].shape == (1, 512, 1, 1)
    assert features["relu1_1"][0, 0, 4, 4] == pytest.approx((0.9 - 0.485) / 0.229, rel=rounding(magnified=2))


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    state = {f"features.{i}.weight": torch.zeros(8, 3, 3, 3) for i in range(40)}
    state |= {f"features.{i}.bias": torch.zeros(8) for i in range(40)}
    for first in (torch.zeros(8, 3, 3, 3), torch.zeros(64, 3, 3, 3)):
        torch.save(state | {"features.0.weight": first}, tmp_path / "thin.pth")
        with pytest.raises(TrainError, match=r"thin\.pth does not hold the weights of vgg16 \(ValueError\)"):
            load_vgg("vgg16", tmp_path / "thin.pth")


def test_an_npz_may_hold_plain_arrays_and_block_5(tmp_path: Path) -> None:
    kernels = read_kernels(BUNDLED_VGG16, kernel_names(BUNDLED_VGG16))
    fifth = {f"conv5_{i}": kernels["conv4_3"] for i in (1, 2, 3)}
    arrays: dict[str, Any] = {}
    for name, (weight, bias) in (kernels | fifth).items():
        arrays |= {f"{name}.weight": weight.astype(np.float16), f"{name}.bias": bias}
    np.savez(tmp_path / "plain.npz", **arrays)
    plain, bundled = load_vgg(weights=tmp_path / "plain.npz"), load_vgg()
    assert plain.layer_names == [*bundled.layer_names, "relu5_1", "relu5_2", "relu5_3"]
    picture = torch.rand(1, 3, 32, 32)
    assert torch.equal(plain(picture, ["relu4_3"])["relu4_3"], bundled(picture, ["relu4_3"])["relu4_3"])


def test_a_damaged_npz_is_refused(tmp_path: Path) -> None:
    path, arrays = tmp_path / "damaged.npz", dict(np.load(BUNDLED_VGG16))
    low = arrays.pop("conv2_1.weight.low")
    for changed, why in (
        ({}, r"there is no 'conv2_1\.weight\.low'"),
        ({"conv2_1.weight.low": low[1:]}, "ValueError"),
    ):
        np.savez(path, **arrays, **changed)
        with pytest.raises(TrainError, match=rf"damaged\.npz does not hold the weights of vgg16 \({why}\)"):
            load_vgg(weights=path)
    path.write_bytes(b"garbage")
    with pytest.raises(TrainError, match=r"damaged\.npz does not hold the weights of vgg16 \(ValueError\)"):
        load_vgg(weights=path)


def test_something_is_known_of_the_bundled_weights_with_max_pooling_only() -> None:
    assert load_vgg().as_bundled
    assert not load_vgg(pooling="average").as_bundled


@pytest.mark.slow
def test_the_content_scale_of_the_bundled_network_is_known() -> None:
    network = load_vgg()
    assert content_scale(network) == pytest.approx(content_scales(network, [CONTENT_LAYER])[CONTENT_LAYER], rel=1e-3)


def test_what_features_see_and_take() -> None:
    """Johnson et al. 2016: relu1_2 sees 2 px beyond itself, relu2_2 2 + 2 * 2, relu3_3 that and 3 * 4."""
    network = load_vgg()
    assert [network.reach([name]) for name in ("relu1_1", "relu1_2", "relu2_2", "relu3_3", "relu4_3")] == [
        1,
        2,
        6,
        18,
        42,
    ]
    assert network.reach(["relu2_2", "relu1_1"]) == 6
    assert network.reach([]) == 0
    assert network.values_per_pixel(["relu3_1"]) == 2 * 64 + 2 * 128 / 4 + 256 / 16
    small = 2 * 36 * 4 * (64 * 128 + 128 * 128)  # from 64 x 128 on, for result and gradient
    assert [network.transformed_bytes([name]) for name in ("relu1_2", "relu2_2")] == [0, small]
