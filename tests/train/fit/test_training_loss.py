"""Tests the loss of a training step: where on the canvas it paints, and each term."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.train.fit.palette_memory import PaletteMemory
from nstcam.train.fit.shake import Shake
from nstcam.train.fit.training_loss import TrainingLoss
from nstcam.train.network.canvas import CANVAS_SIZE, CELL
from nstcam.train.network.networks import LiteNet, NetworkConfig, TransformerNet
from nstcam.train.network.training_painter import training_painter
from nstcam.train.progress import Step
from tests.support.models.rounding import rounding
from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_LITE, random_loss_network, random_network
from tests.support.training.short import CPU, PAINTING, SHORT, Runner, briefly

Offset = tuple[float, float]
Recorder = Callable[[type[LiteNet | TransformerNet]], list[Offset]]


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Where networks of a kind are asked to paint, in order."""

    def begin(kind: type[LiteNet | TransformerNet]) -> list[Offset]:
        offsets: list[Offset] = []
        forward = kind.forward

        def recorded(self: LiteNet | TransformerNet, image: Tensor, canvas: Offset = (0.0, 0.0)) -> Tensor:
            offsets.append(canvas)
            return forward(self, image, canvas)  # type: ignore[arg-type]

        monkeypatch.setattr(kind, "forward", recorded)
        return offsets

    return begin


@pytest.mark.parametrize("config", [TINY_LITE, JOHNSON_ON_CANVAS], ids=["lite", "johnson"])
def test_steps_paint_anywhere_on_the_canvas(config: NetworkConfig, record: Recorder) -> None:
    """Or strokes would learn absolute places."""
    network = random_network(config)
    assert isinstance(network, LiteNet | TransformerNet)
    offsets, generator = record(type(network)), torch.Generator().manual_seed(0)
    flat = torch.full((1, 3, 64, 64), 0.5)
    with torch.no_grad():
        for _ in range(100):
            training_painter(network, generator)(flat)
    for axis, cells in enumerate(CANVAS_SIZE):
        share = np.array([offset[axis] for offset in offsets]) / (cells * CELL)
        assert 0 <= share.min() < 0.1
        assert 0.9 < share.max() < 1
        assert share.mean() == pytest.approx(0.5, abs=0.1)


def test_within_a_step_the_canvas_stays(record: Recorder) -> None:
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    offsets = record(LiteNet)
    paint = training_painter(network, torch.Generator().manual_seed(0))
    flat = torch.full((1, 3, 64, 64), 0.5)
    with torch.no_grad():
        assert torch.equal(paint(flat), paint(flat))
        paint(flat, (3.0, -2.5))
    first, second, moved = offsets
    assert first == second
    assert moved == (first[0] + 3, first[1] - 2.5)


def test_the_canvas_of_the_next_frame_goes_with_the_camera(
    tmp_path: Path, record: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, shakes = Shake.draw, []

    def recorded(generator: torch.Generator) -> Shake:
        shakes.append(draw(generator))
        return shakes[-1]

    monkeypatch.setattr(Shake, "draw", staticmethod(recorded))
    offsets = record(LiteNet)
    # Norms would be averaged, and colours measured, at offset 0.
    config = replace(SHORT, steps=5, flicker_from=0.0, freeze_norms_at=1.0, match_colours=False)
    Runner()(tmp_path, config)
    first, pairs = offsets[0], offsets[1:]  # the term begins with the second step
    assert len(pairs) == 2 * len(shakes) == 2 * (config.steps - 1)
    for one, again, shake in zip(pairs[::2], pairs[1::2], shakes, strict=True):
        assert again == pytest.approx((one[0] + shake.canvas[0], one[1] + shake.canvas[1]))
    assert len({first, *pairs[::2]}) == config.steps, "each step at a place of its own"
    assert any(shake.canvas != (0, 0) for shake in shakes)


TERMS = {
    "range": "range_penalty", "tone": "tone_error", "calm": "calm_error", "lattice": "lattice_error",
    "weave": "weave_error", "repetition": "repetition_error", "slope": "tone_slope_error",
    "scene_colour": "scene_colour_error", "palette": "PaletteMemory.error",
}  # fmt: skip


@pytest.mark.parametrize("term", TERMS)
def test_each_term_counts_with_its_weight(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setattr(f"nstcam.train.fit.training_loss.{TERMS[term]}", lambda *_: torch.tensor(0.25))
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    totals = []
    for weight in (0.0, 3.0):
        settings: dict[str, Any] = {f"{term}_weight": weight}
        palette = PaletteMemory(PAINTING, 64, CPU)
        with briefly():
            loss = TrainingLoss(replace(SHORT, **settings), PAINTING, random_loss_network(), CPU, palette)
        totals.append(float(loss(noise, noise.flip(3), torch.Generator().manual_seed(0)).total))
    assert totals[1] - totals[0] == pytest.approx(0.75, abs=0.01)


def test_the_style_of_deep_layers_is_that_of_the_last_crops() -> None:
    faint, strong = torch.rand(2, 1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    found = {}
    for share in (0.0, 0.75):
        config, palette = replace(SHORT, gram_memory=share), PaletteMemory(PAINTING, 64, CPU)
        with briefly():
            loss = TrainingLoss(config, PAINTING, random_loss_network(), CPU, palette)
        found[share] = [
            float(loss(crop, crop, torch.Generator().manual_seed(0)).style) for crop in (faint * 0.3, strong)
        ]
    assert found[0.75][0] == found[0.0][0], "there is nothing earlier"
    assert found[0.75][1] != pytest.approx(found[0.0][1], rel=0.01)


def test_flicker_counts_more_and_more_from_its_first_step_on(tmp_path: Path) -> None:
    """Until then the network paints the same."""

    def steps(weight: float) -> list[Step]:
        run = Runner()
        config = replace(SHORT, flicker_from=0.0, freeze_norms_at=1.0, flicker_weight=weight)
        run(tmp_path / str(weight), config, stop_at=2)
        return run.steps

    without, with_it = steps(0.0), steps(10.0)
    assert without[0] == replace(with_it[0], seconds=without[0].seconds), "at the very beginning it has no share"
    assert without[1].content == with_it[1].content
    share = 1 / SHORT.steps / 0.2
    assert with_it[1].total - without[1].total == pytest.approx(10 * share * with_it[1].flicker, abs=2e-3)


def test_the_total_is_the_weighted_sum_and_what_has_no_weight_is_not_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computed(*_: object) -> Tensor:
        raise AssertionError("it has no weight")

    for name in ("lattice_error", "weave_error", "repetition_error", "tone_slope_error", "scene_colour_error"):
        monkeypatch.setattr(f"nstcam.train.fit.training_loss.{name}", computed)
    monkeypatch.setattr("nstcam.train.fit.palette_memory.PaletteMemory.error", computed)
    run = Runner()
    left_out: dict[str, Any] = dict.fromkeys(
        (
            "lattice_weight",
            "repetition_weight",
            "range_weight",
            "slope_weight",
            "scene_colour_weight",
            "palette_weight",
        ),
        0.0,
    )
    config = replace(SHORT, steps=1, tone_weight=3.0, style_strength=2.0, **left_out)
    run(tmp_path, config)
    step = run.steps[0]
    assert step.total == pytest.approx(step.content + 2 * step.style + 3 * step.tone, rel=rounding(3))
