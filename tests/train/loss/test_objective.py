"""Tests the loss of a picture: its gradient, its parts, and that the size of tiles does not matter."""

from dataclasses import replace
from typing import get_args

import pytest
import torch

from nstcam.train.errors import TrainError
from nstcam.train.loss.losses import STYLE_WEIGHTS, content_error, gram_matrix, style_error, total_variation
from nstcam.train.loss.objective import LossForm, Objective, ObjectiveConfig
from nstcam.train.loss.scales import content_scales
from nstcam.train.loss.vgg import load_vgg
from tests.support.models.rounding import KINKS, rounding
from tests.support.models.tiny import random_loss_network

FORMS = get_args(LossForm)
TERMS = 10 * 9 * 4  # ten convolutions of four channels


def noise(height: int, width: int, seed: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def objective(loss: ObjectiveConfig, tile: int = 640, size: tuple[int, int] = (40, 56)) -> Objective:
    return Objective(random_loss_network(), noise(*size, 1), [(noise(48, 40, 2), 1.0)], loss, tile)


def test_the_default_is_the_loss_of_training() -> None:
    network, image = random_loss_network(), noise(40, 56, 3)
    content, style = noise(40, 56, 1), noise(48, 40, 2)
    errors, _ = Objective(network, content, [(style, 1.0)], ObjectiveConfig())(image)
    layers = [*STYLE_WEIGHTS, "relu3_3"]
    painted, original, painting = network(image, layers), network(content, layers), network(style, layers)
    scale = content_scales(network, ["relu3_3"])["relu3_3"]
    expected_content = content_error(painted["relu3_3"], original["relu3_3"], scale)
    expected_style = sum(
        w * style_error(gram_matrix(painted[n]), gram_matrix(painting[n])) for n, w in STYLE_WEIGHTS.items()
    )
    assert errors.content == pytest.approx(float(expected_content), rel=rounding(TERMS))
    assert errors.style == pytest.approx(float(expected_style), rel=rounding(TERMS))
    assert errors.total == pytest.approx(errors.content + 0.7 * errors.style, rel=rounding())


def test_the_content_scale_is_that_of_training() -> None:
    from nstcam.train.loss.scales import content_scale

    network = random_loss_network()
    assert content_scales(network, ["relu3_3"])["relu3_3"] == pytest.approx(content_scale(network))


def test_gatys_form_is_that_of_the_paper() -> None:
    """Half the sum for content; sum of (G - A)^2 / (4 C^2 M^2), G summed over the M positions, for style."""
    network, image = random_loss_network(), noise(32, 32, 3)
    content, style = noise(32, 32, 1), noise(32, 32, 2)
    layer = "relu2_1"
    loss = ObjectiveConfig(content_layers={layer: 1.0}, style_layers={layer: 1.0}, form="gatys", range_weight=0)
    errors, _ = Objective(network, content, [(style, 1.0)], loss)(image)
    f, p, s = (network(x, [layer])[layer][0].flatten(1).double() for x in (image, content, style))
    c, m = f.shape
    gram, target = f @ f.T, s @ s.T
    near = float((gram - target).norm() / target.norm())
    assert errors.content == pytest.approx(0.5 * float((f - p).square().sum()), rel=rounding(c * m))
    expected = float((gram - target).square().sum()) / (4 * c**2 * m**2)
    assert errors.style == pytest.approx(expected, rel=rounding(magnified=2 / near))


@pytest.mark.parametrize("form", FORMS)
def test_tiles_change_neither_loss_nor_gradient(form: LossForm) -> None:
    loss = ObjectiveConfig(form=form, style_weight=1.0, tv_weight=0.1, tone_weight=0.5)
    image, size = noise(150, 203, 3), (150, 203)
    whole, gradient = objective(loss, 640, size)(image)
    tiled, same = objective(loss, 64, size)(image)
    tiles = 3 * 4
    assert tiled.total == pytest.approx(whole.total, rel=rounding(tiles, magnified=2))
    assert tiled.content == pytest.approx(whole.content, rel=rounding(tiles))
    # Relative errors of Gram matrices are squares of a small difference, Wasserstein's a small difference itself.
    relative = whole if form == "wasserstein" else objective(replace(loss, form="relative"), 640, size)(image)[0]
    assert set(tiled.layers) == set(STYLE_WEIGHTS)
    for layer, error in relative.layers.items():
        magnified = 2 / error if form == "wasserstein" else 2 / error**0.5
        assert tiled.layers[layer] == pytest.approx(whole.layers[layer], rel=rounding(tiles, magnified)), layer
    assert (same - gradient).norm() < KINKS * gradient.norm()


@pytest.mark.slow  # as the test above, with 15 million weights
def test_tiles_change_nothing_in_the_real_network() -> None:
    content, style, image = noise(96, 136, 1), noise(128, 128, 2), noise(96, 136, 3)
    results = [Objective(load_vgg(), content, [(style, 1.0)], ObjectiveConfig(), tile)(image) for tile in (640, 64)]
    (whole, gradient), (tiled, same) = results
    assert tiled.total == pytest.approx(whole.total, rel=rounding(9 * 128))
    assert (same - gradient).norm() < KINKS * gradient.norm()


@pytest.mark.parametrize("form", FORMS)
def test_gradients_match_finite_differences(form: LossForm) -> None:
    measured = objective(ObjectiveConfig(form=form, style_weight=1.0, tv_weight=0.1, tone_weight=0.5))
    image = noise(40, 56, 3)
    _, gradient = measured(image)
    direction = gradient.sign()  # the steepest: float32 leaves few digits, and a long step crosses kinks of the ReLUs
    step = 2e-4
    numeric = (measured(image + step * direction)[0].total - measured(image - step * direction)[0].total) / (2 * step)
    assert numeric == pytest.approx(float((gradient * direction).sum()), rel=2e-2)


def test_no_error_where_nothing_differs() -> None:
    picture = noise(40, 40, 1)
    errors, gradient = Objective(random_loss_network(), picture, [(picture, 1.0)], ObjectiveConfig())(picture)
    assert errors.total == pytest.approx(0, abs=1e-9)
    assert errors.content == 0
    assert gradient.abs().max() < 1e-6


def test_weights_of_0_leave_their_part_out() -> None:
    image = noise(40, 56, 3)
    style_only, _ = objective(ObjectiveConfig(content_weight=0, content_layers={"relu4_3": 1.0}))(image)
    assert style_only.content == 0
    assert style_only.total == pytest.approx(0.7 * style_only.style)
    content_only, _ = objective(ObjectiveConfig(style_weight=0))(image)
    assert (content_only.style, dict(content_only.layers)) == (0, {})
    assert content_only.total == pytest.approx(content_only.content)
    large = noise(80, 100, 3)
    whole, tiled = (objective(ObjectiveConfig(style_weight=0), tile, (80, 100))(large)[0] for tile in (640, 64))
    assert tiled.total == pytest.approx(whole.total, rel=rounding(4))


def test_several_styles_are_averaged_by_weight() -> None:
    network, image, a, b = random_loss_network(), noise(40, 40, 3), noise(40, 40, 1), noise(40, 40, 2) ** 3
    alone = [Objective(network, image, [(style, 5.0)], ObjectiveConfig())(image)[0].style for style in (a, b)]
    both = Objective(network, image, [(a, 3.0), (b, 1.0)], ObjectiveConfig())(image)[0].style
    assert alone[0] != pytest.approx(alone[1], rel=0.1)
    assert both == pytest.approx(0.75 * alone[0] + 0.25 * alone[1], rel=rounding(4))


def test_pixel_terms_are_added_with_their_weights() -> None:
    image = noise(40, 56, 3) * 1.5
    plain = objective(ObjectiveConfig(range_weight=0))(image)[0].total
    assert objective(ObjectiveConfig(range_weight=0, tv_weight=2.0))(image)[0].total == pytest.approx(
        plain + 2 * float(total_variation(image)), rel=rounding(4)
    )
    assert objective(ObjectiveConfig())(image)[0].total > plain + 0.1


def test_average_pooling_is_another_network() -> None:
    image = noise(32, 32, 0)
    maximum, average = (random_loss_network(p)(image, ["relu1_2", "relu2_1"]) for p in ("max", "average"))
    assert torch.equal(maximum["relu1_2"], average["relu1_2"])
    assert not torch.allclose(maximum["relu2_1"], average["relu2_1"])


def test_an_unknown_layer_is_named_with_those_there_are() -> None:
    with pytest.raises(TrainError, match=r"no layer relu5_1; it has relu1_1 .* relu4_3"):
        objective(replace(ObjectiveConfig(), style_layers={"relu5_1": 1.0}))
