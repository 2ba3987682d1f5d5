"""Tests losses against numbers computed by hand, and gradients against finite differences."""

import pytest
import torch
from torch.nn import functional as F

from nstcam.train.loss.losses import (
    _local_mean,
    calm_error,
    content_error,
    gram_matrix,
    lattice_error,
    range_penalty,
    raw_style_error,
    relative_flicker_error,
    style_error,
    tone_error,
    total_variation,
    wasserstein_error,
    weave_error,
)
from tests.support.models.rounding import apart, rounding


def checkerboard(side: int) -> torch.Tensor:
    board = (torch.arange(side)[:, None] + torch.arange(side)) % 2
    return board.float().expand(1, 3, side, side)


def test_gram_of_two_constant_channels() -> None:
    features = torch.stack([torch.full((2, 3), 1.0), torch.full((2, 3), 2.0)])[None]
    # F F^T sums 6 positions: [[6, 12], [12, 24]]; divided by C H W = 12
    assert torch.allclose(gram_matrix(features), torch.tensor([[[0.5, 1.0], [1.0, 2.0]]]))


def test_gram_is_float32_and_does_not_overflow_in_half_precision() -> None:
    gram = gram_matrix(torch.full((1, 2, 64, 64), 1e4, dtype=torch.float16))
    assert gram.dtype == torch.float32
    assert apart(gram, torch.full((1, 2, 2), 0.5e8)) < rounding()


@pytest.mark.parametrize("channels", [1, 2, 4, 8, 15, 16, 64])
def test_gram_is_as_exact_for_few_channels_as_for_many(channels: int) -> None:
    """Some processors' narrow products add up all positions in one chain, and lose ten times as much."""
    features = 100 * torch.rand(2, channels, 150, 203, generator=torch.Generator().manual_seed(0))
    x = features.double().flatten(2)
    expected = (x @ x.mT / x[0].numel()).float()
    assert apart(gram_matrix(features), expected) < rounding(8)  # of thousands, but in blocks


def test_gram_of_bfloat16_features_and_its_gradient() -> None:
    torch.manual_seed(0)
    features = (1e4 * torch.rand(2, 32, 40, 40)).bfloat16()
    slopes = torch.rand(2, 32, 32)
    found = []
    for dtype in (torch.float32, torch.bfloat16):
        x = features.to(dtype).requires_grad_()
        gram = gram_matrix(x)
        assert gram.dtype == torch.float32
        found.append((gram, torch.autograd.grad((gram * slopes).sum(), x)[0].float()))
    for exact, rounded in zip(*found, strict=True):
        assert (exact - rounded).norm() < 0.005 * exact.norm()


def test_style_error_is_relative() -> None:
    target = torch.tensor([[[3.0, 0.0], [0.0, 4.0]]])
    assert style_error(target, target) == 0
    assert style_error(torch.zeros(1, 2, 2), target) == 1
    assert style_error(3 * target, target) == pytest.approx(4)
    assert style_error(300 * target, 100 * target) == pytest.approx(4)


def test_style_error_averages_over_the_batch() -> None:
    target = torch.ones(1, 1, 1)
    assert style_error(torch.tensor([[[1.0]], [[3.0]]]), target) == pytest.approx((0 + 4) / 2)


def test_raw_style_error_is_the_mean_over_entries_and_batch() -> None:
    target = torch.tensor([[[3.0, 0.0], [0.0, 4.0]]])
    assert raw_style_error(torch.zeros(1, 2, 2), target) == pytest.approx((9 + 16) / 4)
    assert raw_style_error(torch.stack([target[0], torch.zeros(2, 2)]), target) == pytest.approx((9 + 16) / 8)


def statistics(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return features.mean((2, 3)), gram_matrix(features)


def two_values(*channels: tuple[float, float]) -> torch.Tensor:
    """Independent channels, each as often one value as the other: mean and deviation are seen at once."""
    count = len(channels)
    positions = torch.cartesian_prod(*[torch.tensor(c) for c in channels]).reshape(-1, count)
    return positions.T.reshape(1, count, 1, -1).contiguous()


def test_wasserstein_error_of_independent_channels() -> None:
    one, other = two_values((1.0, 5.0), (0.0, 2.0)), two_values((6.0, 8.0), (1.0, 7.0))
    # means (3, 1) and (7, 4), deviations (2, 1) and (1, 3): (16 + 9) + (1 + 4), over 7^2 + 1 + 4^2 + 9
    error = wasserstein_error(*statistics(one), *statistics(other))
    assert error == pytest.approx(30 / 75, rel=rounding(4, magnified=75 / 30))


def test_wasserstein_error_is_0_for_equal_and_1_for_nothing() -> None:
    features = torch.rand(1, 8, 5, 5, generator=torch.Generator().manual_seed(0))
    floor = 8 * 2e-7  # under the root of each direction
    near = rounding(25) + floor
    assert wasserstein_error(*statistics(features), *statistics(features)) == pytest.approx(0, abs=near)
    assert wasserstein_error(*statistics(0 * features), *statistics(features)) == pytest.approx(1, abs=near)


def test_wasserstein_error_is_finite_where_features_never_fire() -> None:
    """Fewer positions than channels, and dead channels: covariances without full rank."""
    features = torch.rand(1, 8, 2, 2, generator=torch.Generator().manual_seed(0))
    features[:, 5:] = 0
    painted = features.flip(2).clone().mul_(0.5).requires_grad_()
    error = wasserstein_error(*statistics(painted), *statistics(features))
    (gradient,) = torch.autograd.grad(error, painted)
    assert torch.isfinite(gradient).all()


def test_content_error_divides_by_the_constant() -> None:
    assert content_error(torch.full((1, 2, 2, 2), 3.0), torch.full((1, 2, 2, 2), 1.0), 8.0) == pytest.approx(0.5)


def test_range_penalty_counts_only_what_is_outside() -> None:
    image = torch.tensor([0.0, 0.5, 1.0, 1.5, -1.0, 0.2]).reshape(1, 3, 1, 2)
    assert range_penalty(image) == pytest.approx((0.25 + 1.0) / 6)


def test_total_variation_of_a_checkerboard_and_a_ramp() -> None:
    assert total_variation(checkerboard(4)) == pytest.approx(2.0)
    ramp = torch.arange(5.0).expand(1, 3, 5, 5)
    assert total_variation(ramp) == pytest.approx(1.0)


def test_tone_error_knows_brighter_from_negative() -> None:
    content = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    content[..., :32] *= 0.2
    assert tone_error(content * 0.5 + 0.3, content) == pytest.approx(0, abs=0.01)
    assert tone_error(1 - content, content) == pytest.approx(2, abs=0.1)


def test_tone_error_ignores_flat_content() -> None:
    stylized = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert tone_error(stylized, torch.full((1, 3, 64, 64), 0.5)) == pytest.approx(0, abs=1e-3)


def noise(deviation: float) -> torch.Tensor:
    return 0.5 + deviation * torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_relative_flicker_is_the_mean_square_difference_in_lively_strokes() -> None:
    painted = noise(0.008**0.5)
    again = painted + 0.1
    assert relative_flicker_error(painted, again) == pytest.approx(0.01, rel=0.1)


def test_flat_pictures_are_no_cheap_answer_to_flicker() -> None:
    """Half the contrast halves what flickers: a quarter of the absolute error, but no less of the relative one."""
    lively, shift = noise(0.15), 0.02 * (noise(1.0) - 0.5)
    flat = 0.5 + (lively - 0.5) / 2
    relative = relative_flicker_error(flat, flat + shift / 2) / relative_flicker_error(lively, lively + shift)
    assert relative > 0.6


def test_contrast_itself_is_no_part_of_the_gradient() -> None:
    painted = noise(0.1).requires_grad_()
    relative_flicker_error(painted, painted + 0.1).backward()  # type: ignore[no-untyped-call]
    assert painted.grad is not None
    assert painted.grad.abs().max() < 1e-6


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: style_error(gram_matrix(x.float()).double(), torch.ones(1, 3, 3).double()),
        range_penalty,
        total_variation,
        lambda x: content_error(x.double(), torch.zeros_like(x), 2.0),
        lambda x: raw_style_error(gram_matrix(x.float()).double(), torch.ones(1, 3, 3).double()),
        lambda x: wasserstein_error(*statistics(x), torch.ones(1, 3), torch.eye(3)[None] + 0.5),
    ],
)
def test_gradients_match_finite_differences(loss: object) -> None:
    x = torch.rand(1, 3, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 - 0.5
    x.requires_grad_(True)
    value = loss(x)  # type: ignore[operator]
    (gradient,) = torch.autograd.grad(value, x)
    direction = torch.rand(x.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    step = 1e-3  # the Gram is float32 inside
    with torch.no_grad():
        numeric = (loss(x + step * direction) - loss(x - step * direction)) / (2 * step)  # type: ignore[operator]
    assert numeric == pytest.approx((gradient * direction).sum().item(), rel=2e-2)


@pytest.mark.parametrize("shape", [(2, 3, 40, 50), (1, 1, 8, 9)])
def test_local_means_are_those_of_pooling(shape: tuple[int, ...]) -> None:
    image = torch.rand(shape)
    assert apart(_local_mean(image, 8), F.avg_pool2d(image, 8, 1)) < rounding(64)


def test_calm_asks_for_even_paint_on_even_content_only() -> None:
    board = (torch.arange(32)[:, None] + torch.arange(32)).remainder(2).float().expand(1, 3, 32, 32)
    flat = torch.full((1, 3, 32, 32), 0.6)
    assert calm_error(board, flat).item() == pytest.approx(0.25 * (255 / 8) ** 2, rel=1e-3)  # 0 and 1 in equal parts
    assert calm_error(flat, flat).item() == pytest.approx(0, abs=1e-3)
    assert calm_error(board, board).item() == pytest.approx(0, abs=1e-3), "content with detail may have texture"
    noisy = flat + 0.01 * torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert calm_error(board, noisy).item() > 200, "sensor noise is no detail"
    dots = board[:, :1] * torch.tensor([0.0722, 0, -0.2126]).reshape(1, 3, 1, 1)  # red on blue, equally bright
    variance = (0.0722**2 + 0.2126**2) / 4 / 3  # of two levels in equal parts, over three channels
    assert calm_error(flat + dots, flat).item() == pytest.approx(variance * (255 / 8) ** 2, rel=0.01)


def test_a_lattice_is_seen_and_nothing_else() -> None:
    torch.manual_seed(0)
    coarse = torch.rand(2, 3, 32, 40)
    grained = torch.rand(2, 3, 128, 160)
    smooth = F.interpolate(grained[..., ::8, ::8], scale_factor=8.0, mode="bicubic")
    for even in (torch.full((1, 3, 64, 64), 0.5), grained, smooth, 0.05 * grained):
        assert lattice_error(even) < 0.05
    cells = F.interpolate(coarse, scale_factor=4.0, mode="nearest")
    assert lattice_error(cells) > 1
    assert lattice_error(F.interpolate(coarse, scale_factor=4.0, mode="bilinear")) > 0.2
    hidden = smooth + 0.1 * (cells - cells.mean())
    assert lattice_error(hidden) > 5 * lattice_error(smooth)


def test_a_weave_is_seen_and_nothing_else() -> None:
    rows, columns = torch.arange(130)[:, None], torch.arange(130)[None, :]
    shade = (rows + 2 * columns) / 400 + torch.zeros(1, 3, 1, 1)
    noise = torch.randn(1, 3, 130, 130, generator=torch.Generator().manual_seed(0)) / 50
    chequers = ((rows + columns) % 2) / 60
    assert weave_error(shade) < 0.001
    assert weave_error(shade[..., :24, :]) < 0.001, "less than a window"
    assert 0.02 < weave_error(shade + noise) < 0.04, "1 over 64 cells, on both axes"
    assert weave_error(shade + chequers) > 0.8
    assert weave_error(shade + chequers + noise) > 0.3
    even = torch.full((1, 3, 130, 130), 0.5)
    assert weave_error(even + chequers) > 1.5
    assert lattice_error(even + chequers) < 0.01, "which is why there are both"
    assert weave_error(shade + chequers * torch.tensor([1.0, 0, 0])[:, None, None]) > 0.25, "in one colour"


def test_a_lattice_in_a_quiet_part_counts_as_in_a_busy_one() -> None:
    torch.manual_seed(0)
    cells = F.interpolate(torch.rand(1, 3, 16, 16), scale_factor=4.0, mode="nearest")
    grain = torch.rand(1, 3, 64, 64)
    quiet = torch.cat([0.1 * cells, grain], 3)
    assert lattice_error(quiet) > 0.7 * lattice_error(torch.cat([cells, grain], 3))


def test_a_picture_without_a_cell_of_its_own_is_none() -> None:
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    lattice_error(image).backward()  # type: ignore[no-untyped-call]
    assert image.grad is not None
    assert torch.isfinite(image.grad).all()
