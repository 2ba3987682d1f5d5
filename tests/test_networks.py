from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.models import TINY_LITE, random_checkpoint, random_network
from train.canvas import CANVAS_PERIOD, canvas_noise, moved, tile_to
from train.networks import PRESETS, LiteNet, NetworkConfig, build_network, reflect_border


def parameters(config: NetworkConfig) -> int:
    return sum(p.numel() for p in build_network(config).parameters())


def test_johnson_without_its_canvas_has_the_published_size() -> None:
    assert parameters(replace(PRESETS["johnson"], canvas_channels=0)) == 1_679_235


def test_lite_is_small() -> None:
    assert parameters(PRESETS["lite"]) == 114_067


def test_lite_stays_below_4_gmac_at_640x480() -> None:
    network = random_checkpoint(PRESETS["lite"]).build()
    macs = 0

    def count(module: torch.nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal macs
        assert isinstance(module, torch.nn.Conv2d)
        macs += module.weight[0].numel() * output.numel()

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    with torch.no_grad():
        network(torch.zeros(1, 3, 480, 640))
    assert macs < 4e9


@pytest.mark.parametrize("preset", PRESETS)
def test_output_has_the_size_of_the_input(preset: str) -> None:
    with torch.no_grad():
        assert build_network(PRESETS[preset]).eval()(torch.rand(1, 3, 40, 64)).shape == (1, 3, 40, 64)


def test_lite_takes_any_size() -> None:
    with torch.no_grad():
        assert random_network(TINY_LITE)(torch.rand(1, 3, 33, 50)).shape == (1, 3, 33, 50)


def test_reflection_goes_up_to_whole_cells() -> None:
    row = torch.arange(9.0)
    expected = np.pad(row.numpy(), (4, 4 + 3), mode="reflect")  # 4 + 9 + 7 = 20
    assert np.array_equal(reflect_border(row.expand(1, 1, 9, 9))[0, 0, 0].numpy(), expected)


def test_the_border_of_a_flat_frame_looks_like_its_inside() -> None:
    network = random_network(replace(TINY_LITE, canvas_channels=0))
    with torch.no_grad():
        out = network(torch.full((1, 3, 64, 64), 0.7))
    cells = out[0].reshape(3, 16, 4, 16, 4)
    assert torch.allclose(cells, cells[:, :1, :, :1], atol=1e-5), "no band along the edges, nothing but the cell's own"


def test_canvas_is_periodic_noise_that_never_changes() -> None:
    noise = canvas_noise(8)
    assert noise.shape == (1, 8, CANVAS_PERIOD, CANVAS_PERIOD)
    assert torch.allclose(noise.std((2, 3), correction=0), torch.ones(1, 8), atol=1e-4)
    # Checkpoints carry their canvas; new trainings and old ones shall still paint on the same.
    assert noise[0, ::2, 0, 0].tolist() == pytest.approx([1.0843, -0.9962, 1.0140, -0.4986], abs=2e-4)


def test_canvas_goes_from_fine_to_coarse() -> None:
    noise = canvas_noise(8)[0]
    neighbours = [(channel * channel.roll(1, 0)).mean().item() for channel in noise]  # correlation over one cell
    assert neighbours == pytest.approx([np.exp(-1 / (4 * s * s)) for s in (1, 1, 2, 2, 4, 4, 8, 8)], abs=0.03)


def test_a_canvas_moves_by_parts_of_a_cell_and_keeps_its_contrast() -> None:
    noise = canvas_noise(8)
    assert torch.equal(moved(noise, 3, -5), noise.roll((3, -5), (2, 3)))
    half = moved(noise, 0.5, 0.5)
    assert torch.allclose(half.std((2, 3)), torch.ones(1, 8), atol=0.03)
    wave = torch.sin(torch.arange(CANVAS_PERIOD) * (2 * np.pi * 8 / CANVAS_PERIOD)).reshape(1, 1, -1, 1)
    ahead = torch.sin((torch.arange(CANVAS_PERIOD) - 0.3) * (2 * np.pi * 8 / CANVAS_PERIOD)).reshape(1, 1, -1, 1)
    assert torch.allclose(moved(wave.expand(1, 1, -1, CANVAS_PERIOD), 0.3, 0), ahead, atol=0.005), "down, not up"


def test_tiles_repeat() -> None:
    tile = torch.arange(6.0).reshape(1, 1, 2, 3)[..., :2]
    assert tile_to(tile, 3, 5)[0, 0].tolist() == [[0, 1, 0, 1, 0], [3, 4, 3, 4, 3], [0, 1, 0, 1, 0]]


def test_the_paint_goes_with_its_canvas() -> None:
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    flat = torch.full((1, 3, 128, 128), 0.5)
    with torch.no_grad():
        still, later = network(flat), network(flat, (8.0, 12.0))
    inner = slice(48, 80)  # away from the edges, where the canvas is reflected
    assert torch.allclose(later[..., inner, inner], still[..., 40:72, 36:68], atol=1e-5)
    assert still.std() > 0.01, "the canvas must show on a flat picture"
