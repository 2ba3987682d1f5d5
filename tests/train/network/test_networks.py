from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nstcam.train.network.canvas import CANVAS_SIZE, CELL, NOISE_STEP, canvas_noise, window
from nstcam.train.network.networks import PRESETS, LiteNet, NetworkConfig, build_network, reflect_border
from tests.support.models.rounding import apart, rounding
from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_LITE, random_checkpoint, random_network

BIASES = ((TINY_LITE, "up2.bias"), (JOHNSON_ON_CANVAS, "to_rgb.1.bias"))
TERMS = 8 * 9 * TINY_LITE.width  # eight convolutions


def parameters(config: NetworkConfig) -> int:
    return sum(p.numel() for p in build_network(config).parameters())


def test_johnson_without_its_canvas_has_the_published_size() -> None:
    assert parameters(replace(PRESETS["johnson"], canvas_channels=0)) == 1_679_235


def test_lite_is_small() -> None:
    assert parameters(PRESETS["lite"]) == 129_648


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
    assert apart(cells, cells[:, :1, :, :1].expand_as(cells)) < rounding(TERMS), (
        "no band along the edges, nothing but the cell's own"
    )


def test_canvas_is_noise_that_never_changes() -> None:
    noise = canvas_noise(8)
    assert noise.shape == (1, 8, *CANVAS_SIZE)
    assert torch.allclose(noise.std((2, 3), correction=0), torch.ones(1, 8), atol=NOISE_STEP**2)
    steps = noise / NOISE_STEP
    assert apart(steps, steps.round()) < 1e-4, "a style file keeps it in 8 bits"
    assert steps.abs().max() <= 127
    # Checkpoints do not carry it: what was trained on it must find it again.
    assert steps[0, ::2, 0, 0].round().tolist() == [11, 39, 21, 11]


def test_canvas_goes_from_fine_to_coarse() -> None:
    noise = canvas_noise(8)[0]
    neighbours = [(channel * channel.roll(1, 0)).mean().item() for channel in noise]  # correlation over one cell
    assert neighbours == pytest.approx([np.exp(-1 / (4 * s * s)) for s in (1, 1, 2, 2, 4, 4, 8, 8)], abs=0.03)


def test_a_canvas_is_seen_between_its_cells_and_keeps_its_contrast() -> None:
    noise = canvas_noise(8)
    assert torch.equal(window(noise, -3, 5, *CANVAS_SIZE), noise.roll((3, -5), (2, 3)))
    half = window(noise, 0.5, 0.5, *CANVAS_SIZE)
    assert torch.allclose(half.std((2, 3)), torch.ones(1, 8), atol=0.03)
    turns = 2 * np.pi / 16
    wave = torch.sin(torch.arange(128) * turns).reshape(1, 1, -1, 1)
    ahead = torch.sin((torch.arange(64) + 100.3) * turns).reshape(1, 1, -1, 1)
    assert torch.allclose(window(wave, 100.3, 0, 64, 1), ahead, atol=0.005), "from 100.3 on, around the end"


def test_a_canvas_repeats() -> None:
    tile = torch.tensor([[0.0, 1], [3, 4]])[None, None]
    assert window(tile, 0, -1, 3, 5)[0, 0].tolist() == [[1, 0, 1, 0, 1], [4, 3, 4, 3, 4], [1, 0, 1, 0, 1]]


def test_a_bare_wall_shows_nothing_twice_at_1280x720() -> None:
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    network.weaken_patches(0)
    with torch.no_grad():
        wall = network(torch.full((1, 3, 720, 1280), 0.5)).mean(1)
    cells = F.avg_pool2d(wall, CELL)[0]  # a network of random weights shows its cells
    spectrum = torch.fft.rfft2(cells - cells.mean(), s=(360, 640))  # of twice the size: no wrapping around
    overlap = torch.fft.irfft2(torch.fft.rfft2(torch.ones(180, 320), s=(360, 640)).abs() ** 2)
    likeness = torch.fft.irfft2(spectrum.abs() ** 2) / overlap.clamp(min=1)
    likeness /= likeness[0, 0].clone()
    assert likeness[:130, 25:270].max() < 0.3, "moved to the side"
    assert likeness[25:130, :270].max() < 0.3, "moved down"


@pytest.mark.parametrize(
    ("config", "inside", "corner"),
    [
        (TINY_LITE, (0.46699, 0.68903, 0.55502), (0.33560, 0.82406, 0.55400)),
        (JOHNSON_ON_CANVAS, (0.39164, 0.40083, 0.19770), (0.61339, 0.58551, 0.47932)),
    ],
    ids=["lite", "johnson"],
)
def test_checkpoints_paint_what_they_always_painted(
    config: NetworkConfig, inside: tuple[float, ...], corner: tuple[float, ...]
) -> None:
    """Measured in November 2026."""
    image = torch.linspace(0, 1, 3 * 64 * 48).reshape(1, 3, 64, 48)
    with torch.no_grad():
        painted = random_network(config)(image, (3.0, 5.0))[0]
    assert painted[:, 20, 24].tolist() == pytest.approx(inside, abs=1e-3)
    assert painted[:, 0, 0].tolist() == pytest.approx(corner, abs=1e-3)
    assert [build_network(one).state_dict()[name].mean() for one, name in BIASES] == [0.5, 0.5], "from mid grey"


def test_the_paint_goes_with_its_canvas() -> None:
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    flat = torch.full((1, 3, 128, 128), 0.5)
    with torch.no_grad():
        still, later = network(flat), network(flat, (8.0, 12.0))
    inner = slice(48, 80)  # away from the edges, where the canvas is reflected
    assert apart(later[..., inner, inner], still[..., 40:72, 36:68]) < rounding(TERMS)
    assert still.std() > 0.01, "the canvas must show on a flat picture"
