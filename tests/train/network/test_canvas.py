"""Tests the canvas: which channels are coarse, how it is interpolated, and where it lies under a picture."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from nstcam.train.network.canvas import CANVAS_SIZE, OnCanvas, blur_of, cubic_taps, patch_factors, window


def test_the_coarser_half_of_the_channels_puts_patches() -> None:
    assert [blur_of(channel, 8) for channel in range(8)] == [1, 1, 2, 2, 4, 4, 8, 8]
    assert [blur_of(channel, 4) for channel in range(4)] == [1, 2, 4, 8]
    assert patch_factors(8, 0.25).tolist() == [1, 1, 1, 1, 0.25, 0.25, 0.25, 0.25]
    assert patch_factors(3, 0.5).tolist() == [1, 1, 0.5]


def test_no_strength_erases_the_weights_of_coarse_channels_and_a_little_keeps_them() -> None:
    on_canvas = OnCanvas(4, 6)
    assert set(on_canvas.state_dict()) == {"canvas_strength", "canvas_conv.weight"}, "the noise is always the same"
    assert on_canvas.canvas_conv is not None
    assert not on_canvas.canvas_conv.weight.any(), "it begins without effect"
    on_canvas.canvas_conv.weight.data.fill_(1)
    on_canvas.weaken_patches(0.5)
    assert on_canvas.canvas_strength.tolist() == [1, 1, 0.5, 0.5]
    assert on_canvas.canvas_conv.weight.all()
    on_canvas.weaken_patches(0)
    assert on_canvas.canvas_conv.weight.any(3).any(2).any(0).tolist() == [True, True, False, False]
    bare = OnCanvas(0, 6)
    bare.weaken_patches(0)
    x = torch.rand(1, 6, 3, 4)
    assert bare.painted_on(x, (4, 4)) is x


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (3, -2), (-200, 330)])
def test_it_is_moved_by_whole_cells_of_four_pixels(rows: int, columns: int) -> None:
    torch.manual_seed(0)
    on_canvas, x = OnCanvas(4, 6), torch.rand(1, 6, 5, 7)
    assert on_canvas.canvas_conv is not None
    on_canvas.canvas_conv.weight.data.normal_()
    on_canvas.weaken_patches(0.5)
    around = on_canvas.canvas.roll((1 + rows, 1 + columns), (2, 3))[..., :7, :9]  # a ring of one cell
    factors = torch.tensor([1, 1, 0.5, 0.5]).view(1, 4, 1, 1)
    expected = x + F.conv2d(around * factors, on_canvas.canvas_conv.weight)
    assert torch.allclose(on_canvas.painted_on(x, (4 * rows, 4 * columns)), expected, atol=1e-4)
    assert on_canvas.canvas.shape == (1, 4, *CANVAS_SIZE) == (1, 4, 192, 320)


@pytest.mark.parametrize("t", [0, 0.25, 0.5, 0.9])
def test_between_cells_weights_are_those_of_keys(t: float) -> None:
    """Keys 1981, equation 15, a = -1/2, by distance."""

    def weight(d: float) -> float:
        return 1.5 * d**3 - 2.5 * d**2 + 1 if d < 1 else -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2

    assert cubic_taps(t) == pytest.approx([weight(2 - t), weight(1 - t), weight(t), weight(1 + t)])
    tile = torch.rand(1, 1, 9, 1)
    found = window(tile, 3 - t, 0, 2, 1)[0, 0, :, 0]
    for row in range(2):
        cells = [tile[0, 0, 3 + row + step, 0] * w for step, w in zip((-2, -1, 0, 1), cubic_taps(t), strict=True)]
        assert found[row] == pytest.approx(float(sum(cells)), abs=1e-6)
