"""Tests painting from coarse to fine, with a random loss network."""

import copy
import logging
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from nstcam.train.errors import TrainError
from nstcam.train.loss.objective import ObjectiveConfig
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.paint.optimize import Evaluation, Method, State
from nstcam.train.paint.pyramid import (
    Level,
    PaintConfig,
    Painted,
    first_image,
    fit_longer_side,
    luminance,
    paint,
    plan,
    recoloured,
    resized,
    style_target,
)
from nstcam.train.picture import Picture, to_tensor
from nstcam.train.progress import Stop
from tests.support.models.tiny import random_loss_network

CPU = torch.device("cpu")
SMALL = PaintConfig(method=Method(evaluations=6), size=64)
TWO_LEVELS = replace(SMALL, size=384, method=Method(evaluations=4))


@pytest.fixture(scope="module")
def features() -> VggFeatures:
    return random_loss_network()


def picture(seed: int, height: int = 96, width: int = 128) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def painted(features: VggFeatures, config: PaintConfig = SMALL, content: Picture | None = None) -> Painted:
    return paint(picture(1) if content is None else content, [(picture(2), 1.0)], features, config, CPU)


def test_levels_double_and_evaluations_halve() -> None:
    config = replace(SMALL, size=1024, method=Method(evaluations=101))
    assert plan(600, 800, config) == [Level(192, 256, 101), Level(384, 512, 50), Level(768, 1024, 25)]
    assert plan(600, 800, replace(config, coarse_to_fine=False)) == [Level(768, 1024, 101)]
    assert plan(10, 10, replace(SMALL, size=100)) == [Level(100, 100, 6)]


def test_of_a_strip_only_fine_levels_are_painted() -> None:
    assert [level.width for level in plan(100, 2000, replace(SMALL, size=2048))] == [2048]
    with pytest.raises(TrainError, match=r"would be 512x26, and must be at least 32x32"):
        plan(100, 2000, replace(SMALL, size=512))


def test_the_picture_has_the_size_asked_for_and_is_new(features: VggFeatures) -> None:
    result = painted(features)
    assert result.picture.shape == (48, 64, 3)
    assert result.picture.dtype == np.uint8
    assert result.outcome.finished
    assert np.abs(result.picture.astype(int) - painted(features, replace(SMALL, init="noise")).picture).mean() > 2


def test_each_level_begins_with_the_one_before(features: VggFeatures) -> None:
    """It ends lower than the same number of evaluations from the content."""
    coarse_to_fine = painted(features, TWO_LEVELS)
    alone = painted(features, replace(TWO_LEVELS, coarse_to_fine=False, method=Method(evaluations=2)))
    assert coarse_to_fine.picture.shape == alone.picture.shape == (288, 384, 3)
    assert coarse_to_fine.outcome.errors.total < alone.outcome.errors.total


@pytest.mark.parametrize("stop_at", [2, 4, 5])
def test_a_run_that_goes_on_ends_the_same(features: VggFeatures, stop_at: int) -> None:
    """Stopped in the first level, at its end, and in the second."""
    arguments = (picture(1), [(picture(2), 1.0)], features, TWO_LEVELS, CPU)
    whole = paint(*arguments)
    stop, states = Stop(), list[State]()

    def report(*_: object) -> None:
        report.count += 1  # type: ignore[attr-defined]
        stop.asked = report.count == stop_at  # type: ignore[attr-defined]

    report.count = 0  # type: ignore[attr-defined]
    part = paint(*arguments, stop=stop, report=report, keep=lambda s: states.append(copy.deepcopy(s)))
    assert not part.outcome.finished
    rest = paint(*arguments, state=states[-1])
    assert np.array_equal(rest.picture, whole.picture)
    assert rest.outcome.finished


def test_the_same_seed_is_the_same_picture(features: VggFeatures) -> None:
    config = replace(SMALL, init="noise", method=Method(evaluations=3))
    one, same, other = (painted(features, replace(config, seed=seed)).picture for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_where_it_begins() -> None:
    content = torch.full((1, 3, 64, 64), 0.9)
    assert torch.equal(first_image(content, SMALL), content)
    noise = first_image(content, replace(SMALL, init="noise"))
    assert noise.mean() == pytest.approx(0.5, abs=0.01)
    blend = first_image(content, replace(SMALL, init="blend", noise_share=0.25))
    assert torch.allclose(blend, 0.75 * content + 0.25 * noise)


def test_keep_colors_changes_brightness_only(features: VggFeatures) -> None:
    content = (picture(1) // 4 + 96).astype(np.uint8)  # room on both sides: nothing clips
    coarse = np.kron(picture(2, 12, 16), np.ones((8, 8, 1), np.uint8))
    config = replace(SMALL, keep_colors=True, size=128, method=Method(evaluations=12))
    result = paint(content, [(coarse, 1.0)], features, config, CPU).picture
    before, after = to_tensor(content, CPU), to_tensor(result, CPU)
    change = after - before
    unclipped = ((result > 0) & (result < 255)).all(2)
    assert unclipped.mean() > 0.9
    spread = (change.amax(1) - change.amin(1))[0].numpy()[unclipped]
    assert spread.max() <= 2 / 255, "red, green and blue move alike"
    assert luminance(change).abs().mean() > 0.003


def test_styles_keep_their_proportions_and_are_not_enlarged(caplog: pytest.LogCaptureFixture) -> None:
    level, content = Level(256, 192, 1), torch.rand(1, 3, 256, 192)
    big, config = picture(3, 400, 800), replace(SMALL, size=256)
    assert style_target(big, content, config, level, CPU).shape == (1, 3, 128, 256)
    assert style_target(big, content, replace(config, style_scale=1.5), level, CPU).shape == (1, 3, 192, 384)
    assert style_target(big, content, replace(config, style_scale=9), level, CPU).shape == (1, 3, 400, 800)
    strip = picture(3, 40, 800)
    assert style_target(strip, content, replace(config, size=64), level, CPU).shape == (1, 3, 32, 640)
    with caplog.at_level(logging.WARNING):
        painted(random_loss_network(), replace(SMALL, style_scale=3, method=Method(evaluations=1)))
    assert "a style of 128x96 is not enlarged to 192 px" in caplog.text


def test_a_grey_style_has_the_contents_range() -> None:
    grey = torch.rand(1, 1, 96, 128) * 0.2 + 0.6
    target = style_target(picture(2), grey, SMALL, Level(96, 128, 1), CPU)
    assert target.mean() == pytest.approx(grey.mean().item(), abs=1e-3)
    assert target[:, :1].std() == pytest.approx(grey.std().item(), rel=1e-2)


def test_a_texture_forgets_the_content_and_a_reconstruction_the_style(features: VggFeatures) -> None:
    texture = replace(SMALL, loss=ObjectiveConfig(content_weight=0), init="noise")
    assert np.array_equal(
        painted(features, texture, picture(1)).picture, painted(features, texture, picture(7)).picture
    )
    config = replace(
        SMALL,
        loss=ObjectiveConfig(content_layers={"relu1_1": 1.0}, style_weight=0),
        init="noise",
        method=Method(evaluations=40),
    )
    found: list[float] = []

    def report(_: Level, evaluation: Evaluation, __: object) -> None:
        found.append(evaluation.errors.total)

    paint(picture(1), [], features, config, CPU, report=report)
    assert found[-1] < 0.1 * found[0]


def test_sizes_of_levels_and_styles_at_their_borders() -> None:
    assert [fit_longer_side(*hw, 64) for hw in ((600, 800), (800, 600), (1, 1000))] == [(48, 64), (64, 48), (1, 64)]
    config = replace(SMALL, size=1024)
    assert [level.height for level in plan(256, 1024, config)] == [64, 128, 256]
    assert [level.height for level in plan(252, 1024, config)] == [126, 252], "63 are too few"
    assert [level.width for level in plan(600, 600, replace(config, size=383))] == [383]
    assert [level.evaluations for level in plan(600, 600, replace(config, method=Method(evaluations=3)))] == [3, 1, 1]
    strip, content, level = picture(3, 40, 400), torch.rand(1, 3, 192, 192), Level(192, 192, 1)
    for scale, hw in ((1.0, (32, 320)), (1.9, (36, 365)), (5.0, (40, 400))):
        target = style_target(strip, content, replace(SMALL, style_scale=scale), level, CPU)
        assert target.shape[-2:] == hw, "wide enough for the deep layers, and never enlarged"


def test_pictures_shrink_by_areas_and_grow_smoothly() -> None:
    whole = picture(5, 40, 64)
    assert resized(whole, 40, 64) is whole
    for hw, method in (((20, 32), cv2.INTER_AREA), ((80, 128), cv2.INTER_CUBIC)):
        assert np.array_equal(resized(whole, *hw), cv2.resize(whole, hw[::-1], interpolation=method))


def test_light_and_noise_by_their_formulas() -> None:
    content, painted_ = (torch.rand(1, 3, 8, 9, generator=torch.Generator().manual_seed(n)) for n in (1, 2))
    grey = 0.299 * content[:, :1] + 0.587 * content[:, 1:2] + 0.114 * content[:, 2:]
    assert torch.allclose(luminance(content), grey, atol=1e-6)
    new = recoloured(painted_, content)
    assert torch.allclose(new - content, (luminance(painted_) - grey).expand(-1, 3, -1, -1), atol=1e-6)
    noise = 0.5 + 0.2 * torch.randn(content.shape, generator=torch.Generator().manual_seed(7))
    assert torch.equal(first_image(content, replace(SMALL, init="noise", seed=7)), noise)
    blended = first_image(content, replace(SMALL, init="blend", noise_share=0.25, seed=7))
    assert torch.allclose(blended, 0.75 * content + 0.25 * noise, atol=1e-6)
    style = picture(4, 64, 64)
    flat = style_target(style, luminance(content), SMALL, Level(64, 64, 1), CPU)
    wanted = luminance(to_tensor(style, CPU))
    wanted = (wanted - wanted.mean()) * grey.std() / wanted.std() + grey.mean()
    assert torch.allclose(flat, wanted.expand(-1, 3, -1, -1), atol=1e-5)
