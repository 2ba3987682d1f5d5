from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.loss import winograd
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.loss.winograd import FrozenConv
from tests.support.models.rounding import KINKS, rounding


def a_conv(inputs: int, outputs: int) -> FrozenConv:
    return FrozenConv(torch.randn(outputs, inputs, 3, 3), torch.randn(outputs))


def relative_error(a: Tensor, b: Tensor) -> float:
    return float((a - b).norm() / b.norm())


def with_gradient(convolve: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    x = x.detach().requires_grad_()
    y = convolve(x)
    weights = torch.linspace(-1, 1, y.numel()).view(y.shape)
    return y.detach(), torch.autograd.grad((y * weights).sum(), x)[0]


@pytest.mark.parametrize("shape", [(1, 128, 16, 20), (2, 128, 17, 34), (3, 128, 1, 2), (1, 128, 6, 3)])
def test_result_and_gradient_are_those_of_the_direct_convolution(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    conv, x = a_conv(128, 96), torch.randn(shape)
    with patch.object(conv, "kernels", wraps=conv.kernels) as used:
        got = with_gradient(conv, x)
    assert used.call_count == 2
    expected = with_gradient(lambda x: F.conv2d(x, conv.weight, conv.bias, padding=1), x)
    for a, b in zip(got, expected, strict=True):
        assert a.shape == b.shape
        assert relative_error(a, b) < rounding(9 * 128)


@pytest.mark.parametrize("few", [0, 1000])
def test_strips_meet_without_a_seam(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(winograd, "FEW_SQUARES", few)
    conv, x = a_conv(128, 128), torch.randn(2, 128, 30, 21)
    whole = conv(x)
    monkeypatch.setattr(winograd, "STRIP_BYTES", 1)  # one row of squares at a time
    assert relative_error(conv(x), whole) < rounding(4)


@pytest.mark.parametrize(("pictures", "points"), [(1, 16), (2, 16), (3, 36)])
def test_small_feature_maps_read_fewer_kernels(pictures: int, points: int) -> None:
    torch.manual_seed(0)
    conv, x = a_conv(64, 128), torch.randn(pictures, 64, 14, 13, requires_grad=True)
    with patch.object(torch, "bmm", wraps=torch.bmm) as product:
        conv(x).sum().backward()
    assert [len(call.args[1]) for call in product.call_args_list] == [points, points], "forth and back"


def test_kernels_are_kept_for_one_size_of_squares_at_a_time() -> None:
    torch.manual_seed(0)
    conv = a_conv(64, 128)
    for height, points in ((8, 16), (64, 36), (64, 36), (8, 16)):
        x = torch.randn(1, 64, height, height)
        got = with_gradient(conv, x)
        expected = with_gradient(lambda x: F.conv2d(x, conv.weight, conv.bias, padding=1), x)
        assert all(relative_error(a, b) < rounding(9 * 64) for a, b in zip(got, expected, strict=True))
        kept = sum(kernels.nbytes for _, kernels in conv._transformed.values())
        assert kept == 2 * points * 64 * 128 * 4 <= conv.transformed_bytes


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_any_layout_goes_in_and_channels_last_comes_out(layout: torch.memory_format) -> None:
    torch.manual_seed(0)
    conv, x = a_conv(64, 128), torch.randn(2, 64, 9, 12)
    y = conv(x.contiguous(memory_format=layout))
    assert y.is_contiguous(memory_format=torch.channels_last)
    assert relative_error(y, F.conv2d(x, conv.weight, conv.bias, padding=1)) < rounding(9 * 64)


@pytest.mark.parametrize(
    ("inputs", "outputs", "dtype"), [(3, 64, torch.float32), (64, 64, torch.float32), (128, 128, torch.bfloat16)]
)
def test_few_channels_and_other_dtypes_are_convolved_directly(inputs: int, outputs: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    conv, x = a_conv(inputs, outputs).to(dtype), torch.randn(1, inputs, 8, 8).to(dtype)
    assert torch.equal(conv(x), F.conv2d(x, conv.weight, conv.bias, padding=1))


@pytest.mark.parametrize("size", [(50, 66), (50, 64), (64, 64)])
def test_the_loss_network_sees_what_direct_convolutions_see(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network, picture = load_vgg(), torch.rand(1, 3, *size)

    def features(x: Tensor) -> Tensor:
        return torch.cat([f.flatten() for f in network(x, network.layer_names).values()])

    fast = with_gradient(features, picture)
    monkeypatch.setattr(winograd, "PAYS_FROM", 1 << 62)
    (seen, gradient), (direct, its_gradient) = fast, with_gradient(features, picture)
    assert 0 < relative_error(seen, direct) < rounding(9 * 128)
    assert 0 < relative_error(gradient, its_gradient) < 3 * KINKS, "a few units in a picture as small as this"
