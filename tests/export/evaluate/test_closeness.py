"""Tests the figures of how close a painter comes to its painting."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.export.evaluate.appearance import range_of
from nstcam.export.evaluate.closeness import ClosenessMeter
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import sized
from nstcam.export.evaluate.references import (
    Reference,
    complete_references,
    task_of,
)
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig
from nstcam.train.loss.losses import STYLE_WEIGHTS
from nstcam.train.picture import read_rgb, shrink_to
from tests.support.models.tiny import random_loss_network


def picture(path: Path, seed: int, size_wh: tuple[int, int] = (48, 40)) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (size_wh[1], size_wh[0], 3)).astype(np.uint8)
    assert cv2.imwrite(str(path), cv2.GaussianBlur(pixels, (0, 0), seed))
    return path


def test_figures_of_a_painter(tmp_path: Path) -> None:
    painting, content = picture(tmp_path / "p.png", 1), picture(tmp_path / "c.png", 4)
    network = random_loss_network()
    task = task_of(painting, content, "40", LossSettings())
    own = ClosenessMeter(network, painting, LossSettings(), {})
    total = own.measure(lambda f: 255 - f, [content], "40")["40: total"]
    known = {task.key: Reference(task, [2 * total, total / 2], 0.0, {}, {})}
    found = ClosenessMeter(network, painting, LossSettings(), known).measure(
        lambda f: 255 - f, [content, painting], "40"
    )
    assert found["40: rho (1 of 2 pictures)"] == pytest.approx(2)
    assert found["40: L-BFGS evaluations"] == pytest.approx(1 + 2 / 3)
    assert [name for name in found if "Gram" in name] == [f"40: Gram error {name}" for name in STYLE_WEIGHTS]
    assert ClosenessMeter(network, painting, LossSettings(), {}).optimised([content], "40") == {}
    bare = ClosenessMeter(network, None, LossSettings(), known).measure(lambda f: f, [content], "40")
    assert bare["40: content error"] == 0
    assert not [name for name in bare if "Gram" in name or "painting" in name or "face" in name or "rho" in name]
    assert bare["40: tone slope"] == bare["40: scene colour (R2)"] == pytest.approx(1, abs=1e-3)
    assert found["40: tone slope"] < 0  # a negative
    painted = (
        range_of(255 - sized(read_rgb(content), "40")).contrast,
        range_of(255 - sized(read_rgb(painting), "40")).contrast,
    )
    assert found["40: contrast (sd of L*)"] == pytest.approx(np.mean(painted))
    own_range = range_of(shrink_to(read_rgb(painting), LossSettings().style_size))
    assert found["40: contrast / painting's"] == pytest.approx(np.mean(painted) / own_range.contrast)


def test_figures_of_what_was_optimised_are_means_over_the_pictures_with_a_reference(tmp_path: Path) -> None:
    painting, one, two, other = (picture(tmp_path / f"{seed}.png", seed) for seed in (1, 3, 4, 5))
    file, network = tmp_path / "r.json", random_loss_network()
    known = complete_references(file, painting, [one, two], ["40"], LossSettings(40), network, evaluations=3)
    meter = ClosenessMeter(network, painting, LossSettings(40), known)
    both = meter.optimised([one, other, two], "40")
    first, second = meter.optimised([one], "40"), meter.optimised([two], "40")
    assert both["40: rho (2 of 3 pictures)"] == 1
    assert both["40: L-BFGS evaluations"] == 3
    for row in ("content error", "total", "tone slope", "contrast (sd of L*)", "contrast / painting's"):
        assert both[f"40: {row}"] == pytest.approx((first[f"40: {row}"] + second[f"40: {row}"]) / 2, rel=1e-3)
    painted = meter.measure(lambda frame: frame, [one], "40")
    assert first.keys() <= painted.keys(), "the same rows"
    assert first["40: total"] < painted["40: total"]


def test_the_size_is_that_of_the_training_and_the_strength_the_same_for_all() -> None:
    assert LossSettings.of({"style_size": 512, "style_strength": 0.45}) == LossSettings(512, 0.7)
    assert LossSettings.of({}) == LossSettings(TrainConfig.style_size, 0.7)


def test_a_transparent_painting_is_measured_on_white(tmp_path: Path) -> None:
    """The meter and its references see the painting as training does."""
    painting, white = tmp_path / "clear.png", tmp_path / "white.png"
    cv2.imwrite(str(painting), np.zeros((40, 40, 4), np.uint8))
    cv2.imwrite(str(white), np.full((40, 40, 3), 255, np.uint8))
    content, network = picture(tmp_path / "c.png", 4), random_loss_network()
    rgb = read_rgb(content)
    fits = [ClosenessMeter(network, p, LossSettings(40), {}).fit(rgb, rgb) for p in (painting, white)]
    assert fits[0] == fits[1]
    curves = []
    for p in (painting, white):
        (made,) = complete_references(
            p.with_suffix(".json"), p, [content], ["40"], LossSettings(40), network, 2
        ).values()
        curves.append(made.curve)
    assert curves[0] == curves[1]


def test_a_painting_that_is_too_small_is_told_before_the_work(tmp_path: Path) -> None:
    painting = picture(tmp_path / "p.png", 1, (40, 5))
    network = random_loss_network()
    with pytest.raises(TrainError, match=r"p\.png is 40x5; at least 32x32 pixels are needed"):
        ClosenessMeter(network, painting, LossSettings(), {})
    with pytest.raises(TrainError, match=r"p\.png is 40x5"):
        complete_references(tmp_path / "r.json", painting, [painting], ["40"], LossSettings(), network, 2)
