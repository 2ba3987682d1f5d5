"""Tests the synthetic next frame of a training: shifted as stated, in other light, with noise."""

import pytest
import torch
from torch import Tensor

from nstcam.train.fit.shake import FARTHEST, MARGIN, Shake, next_frame
from tests.support.models.rounding import apart, rounding


def picture() -> Tensor:
    """Smooth in both axes, no symmetry."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    return torch.stack([torch.sin(x / 9) * 0.4 + 0.5, torch.cos(y / 7 + x / 30) * 0.4 + 0.5, (x + y) / 200])[None]


def inner(image: Tensor) -> Tensor:
    return image[..., MARGIN:-MARGIN, MARGIN:-MARGIN]


def test_whole_pixels_move_down_and_to_the_right_without_loss() -> None:
    image = torch.rand(2, 3, 64, 96)
    assert apart(inner(Shake(3, -2).move(image)), inner(image.roll((3, -2), (2, 3)))) < rounding(magnified=96)


def test_parts_of_a_pixel_lie_between() -> None:
    halves = Shake(0, 0.5).move(Shake(0, 0.5).move(picture()))
    assert torch.allclose(inner(halves), inner(picture().roll(1, 3)), atol=1e-3)


def test_turns_and_zooms_are_about_the_centre() -> None:
    image = picture()
    for shake, back in (
        (Shake(0, 0, turn=1), Shake(0, 0, turn=-1)),
        (Shake(0, 0, zoom=1.01), Shake(0, 0, zoom=1 / 1.01)),
    ):
        there = shake.move(image)
        assert (inner(there) - inner(image)).abs().max() > 0.01
        assert torch.allclose(inner(back.move(there)), inner(image), atol=2e-3)
        assert torch.allclose(there[..., 31:33, 47:49], image[..., 31:33, 47:49], atol=0.01)


@pytest.mark.parametrize(
    ("dot", "then"),
    [
        ((32, 80), (35, 80)),  # right of the centre it goes down: 32.5 * sin 6 degrees = 3.4
        ((56, 48), (56, 45)),  # below it, to the left: 24.5 * sin 6 degrees = 2.6
    ],
)
def test_a_turn_is_clockwise_at_any_shape(dot: tuple[int, int], then: tuple[int, int]) -> None:
    image = torch.zeros(1, 1, 64, 96)
    image[..., dot[0], dot[1]] = 1
    turned = Shake(0, 0, turn=6).move(image)[0, 0]
    assert divmod(int(turned.argmax()), 96) == then


def test_draws_are_small_repeatable_and_often_whole() -> None:
    generator = torch.Generator().manual_seed(1)
    shakes = [Shake.draw(generator) for _ in range(200)]
    assert shakes[0] == Shake.draw(torch.Generator().manual_seed(1))
    assert all(max(abs(s.rows), abs(s.columns)) <= FARTHEST for s in shakes)
    assert all(abs(s.turn) <= 1 and abs(s.zoom - 1) <= 0.01 for s in shakes)
    whole = sum(s.rows == round(s.rows) for s in shakes)
    assert 70 < whole < 130
    assert 120 < sum(s.camera for s in shakes) < 180
    assert {s.canvas == (s.rows, s.columns) for s in shakes if s.camera} == {True}
    assert {s.canvas for s in shakes if not s.camera} == {(0, 0)}


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_the_next_frame_has_noise_and_stays_in_range(level: float) -> None:
    flat = torch.full((4, 3, 64, 64), level)
    later = next_frame(flat, Shake(2, 1), torch.Generator().manual_seed(0))
    assert later.min() >= 0
    assert later.max() <= 1
    assert (later.mean((1, 2, 3)) - level).abs().max() < 0.04
    assert (later.std((1, 2, 3)) > 0.5 / 255).all()


@pytest.mark.parametrize("seed", range(8))
def test_a_motion_and_what_the_sensor_adds_are_made_of_their_draws(seed: int) -> None:
    down, right, turn, zoom, whole, camera = torch.rand(6, generator=torch.Generator().manual_seed(seed)).tolist()
    rows, columns = 8 * down - 4, 8 * right - 4
    expected = Shake(rows, columns, 2 * turn - 1, 1 + 0.02 * zoom - 0.01, camera < 0.75)
    if whole < 0.5:
        expected = Shake(round(rows), round(columns), camera=camera < 0.75)
    found = Shake.draw(torch.Generator().manual_seed(seed))
    assert (found.rows, found.columns, found.camera) == (expected.rows, expected.columns, expected.camera)
    assert (found.turn, found.zoom) == pytest.approx((expected.turn, expected.zoom))

    generator, image = torch.Generator().manual_seed(seed), torch.rand(2, 3, 32, 48)
    light, sigma = torch.rand((2, 5, 1, 1, 1), generator=generator)[:, 1:3]
    noise = torch.randn((5, 3, 32, 48), generator=generator)[1:3]
    later = (found.move(image) * (0.97 + 0.06 * light) + (1 + 7 * sigma) / 255 * noise).clamp(0, 1)
    again = next_frame(image, found, torch.Generator().manual_seed(seed), 5, slice(1, 3))
    assert torch.allclose(again, later, atol=1e-6)
    if seed == 0:
        alone = next_frame(image, found, torch.Generator().manual_seed(seed), 2)
        assert torch.equal(next_frame(image, found, torch.Generator().manual_seed(seed)), alone)
