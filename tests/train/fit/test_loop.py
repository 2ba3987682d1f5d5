"""Tests the training loop end to end, with a tiny network and a random loss network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nstcam.train.errors import TrainError
from nstcam.train.fit import training_loss
from nstcam.train.fit.config import TrainConfig, config_from, learning_rate
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import Inputs, TrainingRun, save_inputs
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
from nstcam.train.network.networks import NetworkConfig
from nstcam.train.progress import Step
from tests.support.models.rounding import rounding
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_network
from tests.support.training.short import SHORT, Runner


@pytest.fixture
def run() -> Runner:
    return Runner()


def test_training_on_a_canvas_without_patches(tmp_path: Path, run: Runner) -> None:
    """And a warm start from it paints on the canvas of its own configuration."""
    patchy = run(tmp_path / "a", replace(SHORT, steps=2, patches=0.5))
    assert patchy.weights["canvas_strength"].tolist() == [1, 1, 0.5, 0.5]
    assert patchy.weights["canvas_conv.weight"][:, 2:].any()
    without = run(tmp_path / "b", replace(SHORT, steps=2), start=patchy)
    assert without.weights["canvas_strength"].tolist() == [1, 1, 0, 0], "strokes hang on the fine channels"
    assert not without.weights["canvas_conv.weight"][:, 2:].any(), "or they would come back where patches do"
    assert without.training["patches"] == 0


@pytest.mark.parametrize("network", [TINY_LITE, pytest.param(TINY_JOHNSON, marks=pytest.mark.slow)])
def test_training_lowers_the_loss(tmp_path: Path, run: Runner, network: NetworkConfig) -> None:
    run(tmp_path, replace(SHORT, network=network, steps=40, learning_rate=5e-3))
    totals = [s.total for s in run.steps]
    assert np.median(totals[-15:]) < 0.5 * np.mean(totals[:3])


@pytest.mark.parametrize(
    "stop_at", [pytest.param(3, marks=pytest.mark.slow), 4, pytest.param(5, marks=pytest.mark.slow)]
)
def test_a_stopped_run_resumes_to_the_same_weights(tmp_path: Path, run: Runner, stop_at: int) -> None:
    """Interrupted before norms are frozen, at the step after which they are, and later."""
    whole = run(tmp_path / "whole")
    run(tmp_path / "parts", stop_at=stop_at)
    half = load_checkpoint(tmp_path / "parts" / CHECKPOINT_NAME)
    assert half.step == stop_at
    assert config_from(half.training) == SHORT
    resumed = run(tmp_path / "parts", config_from(half.training), resume=half)
    assert resumed.step == whole.step == 8
    for name, value in whole.weights.items():
        assert torch.allclose(
            value.float(), resumed.weights[name].float(), rtol=0, atol=rounding(8 * 9 * TINY_LITE.width)
        ), name


def test_checkpoints_rebuild_the_averaged_network(tmp_path: Path, run: Runner) -> None:
    result = run(tmp_path)
    loaded = load_checkpoint(tmp_path / CHECKPOINT_NAME)
    assert loaded.identity == StyleIdentity("tiny", "Tiny")
    x = torch.rand(1, 3, 40, 40)
    with torch.no_grad():
        assert torch.equal(loaded.build()(x), result.build()(x))
    assert not torch.equal(loaded.weights["up2.weight"], loaded.state["weights"]["up2.weight"])  # type: ignore[index]


def test_compact_checkpoints_are_small_and_close(tmp_path: Path, run: Runner) -> None:
    result = run(tmp_path)
    result.compact().save(tmp_path / "compact.pt")
    compact = load_checkpoint(tmp_path / "compact.pt")
    x = torch.rand(1, 3, 40, 40)
    with torch.no_grad():
        assert torch.allclose(compact.build()(x), result.build()(x), atol=0.02)
    assert (tmp_path / "compact.pt").stat().st_size < (tmp_path / CHECKPOINT_NAME).stat().st_size / 3


def test_norms_are_frozen_for_the_later_part(tmp_path: Path, run: Runner) -> None:
    run(tmp_path, stop_at=5)  # the first step after 0.4 of 8 is done
    first = load_checkpoint(tmp_path / CHECKPOINT_NAME)
    last = run(tmp_path, resume=first)
    assert torch.equal(first.weights["stem_norm.running_mean"], last.weights["stem_norm.running_mean"])
    assert not torch.equal(first.weights["stem.weight"], last.weights["stem.weight"])


def test_a_warm_start_begins_with_its_weights(tmp_path: Path, run: Runner) -> None:
    start = Checkpoint(TINY_LITE, random_network(TINY_LITE, seed=5).state_dict(), StyleIdentity("x"), 1, {})
    config = replace(SHORT, steps=1, learning_rate=1e-9, freeze_norms_at=0.0, patches=1.0, match_colours=False)
    result = run(tmp_path, config, start=start)
    for name, value in start.weights.items():
        assert torch.allclose(result.weights[name].float(), value.float(), atol=1e-6), name


def test_the_finished_network_and_no_other_gets_the_last_touch(tmp_path: Path, run: Runner) -> None:
    plain = run(tmp_path / "plain", replace(SHORT, match_colours=False))
    matched = run(tmp_path / "matched")
    changed = [name for name, value in plain.weights.items() if not torch.equal(value, matched.weights[name])]
    assert changed == ["up2.weight", "up2.bias"]
    content = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        cells = [F.pixel_unshuffle(each.build().eval()(content), 4).view(3, 16, -1) for each in (plain, matched)]
    before, after = (each.mean(2).var(1).sum() / each.var((1, 2)).sum() for each in cells)
    assert after < 0.2 * before, "and cells without a grid"
    half = run(tmp_path / "half", stop_at=5)
    assert torch.equal(
        half.weights["up2.bias"],
        run(tmp_path / "plain half", replace(SHORT, match_colours=False), stop_at=5).weights["up2.bias"],
    )
    assert torch.equal(run(tmp_path / "half", resume=half).weights["up2.weight"], matched.weights["up2.weight"])
    again = run(tmp_path / "matched", resume=matched)
    assert torch.equal(again.weights["up2.weight"], matched.weights["up2.weight"]), "not twice"


def test_a_warm_start_of_another_network_is_refused(tmp_path: Path, run: Runner) -> None:
    start = Checkpoint(TINY_JOHNSON, random_network(TINY_JOHNSON).state_dict(), StyleIdentity("x"), 1, {})
    with pytest.raises(TrainError, match="same --preset"):
        run(tmp_path, start=start)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_checkpoint(tmp_path: Path, run: Runner) -> None:
    run(tmp_path, stop_at=2)
    before = (tmp_path / CHECKPOINT_NAME).read_bytes()
    resume = load_checkpoint(tmp_path / CHECKPOINT_NAME)
    assert resume.state is not None
    resume.state["weights"]["up2.bias"].fill_(float("nan"))
    with pytest.raises(TrainError, match=r"loss is nan at step 2 .* learning rate"):
        run(tmp_path, resume=resume)
    assert (tmp_path / CHECKPOINT_NAME).read_bytes() == before


def test_a_gradient_that_is_not_finite_stops_before_it_does_harm(
    tmp_path: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, stop_at=2)
    before = (tmp_path / CHECKPOINT_NAME).read_bytes()
    root_of_nothing = lambda y: (y - y.detach()).square().sum().sqrt()  # noqa: E731 (0, and its derivative NaN)
    monkeypatch.setattr(training_loss, "range_penalty", root_of_nothing)
    with pytest.raises(TrainError, match=r"gradient is nan at step 2, of a loss of \d.* --resume"):
        run(tmp_path, resume=load_checkpoint(tmp_path / CHECKPOINT_NAME))
    assert (tmp_path / CHECKPOINT_NAME).read_bytes() == before


def test_minutes_end_the_schedule(tmp_path: Path, run: Runner) -> None:
    run(tmp_path, replace(SHORT, steps=10**6, minutes=1 / 60))
    assert run.steps[-1].progress == 1
    assert run.steps[-1].seconds >= 1


def test_minutes_before_a_resumption_count(tmp_path: Path, run: Runner) -> None:
    config = replace(SHORT, steps=10**6, minutes=1000.0)
    run(tmp_path, config, stop_at=3)
    resume = load_checkpoint(tmp_path / CHECKPOINT_NAME)
    assert resume.state is not None
    resume.state["history"][-1]["seconds"] = 60_000.0
    assert run(tmp_path, config, resume=resume, stop_at=5).step == 3


def test_previews_come_at_their_steps_and_at_the_end_with_their_checkpoint(tmp_path: Path, run: Runner) -> None:
    shown: list[tuple[int, int]] = []

    def preview(network: torch.nn.Module, history: list[Step], folder: Path) -> None:
        assert not network.training
        shown.append((len(history), load_checkpoint(folder / CHECKPOINT_NAME).step))

    run(tmp_path, preview=preview, preview_every=3)
    assert shown == [(3, 3), (6, 6), (8, 8)]


def test_learning_rate_warms_up_and_falls() -> None:
    config = replace(SHORT, learning_rate=1.0, warmup_steps=10)
    assert learning_rate(config, 0, 0.0) == pytest.approx(0.1)
    assert learning_rate(config, 9, 0.0) == pytest.approx(1.0)
    assert learning_rate(config, 500, 0.5) == pytest.approx(0.505)
    assert learning_rate(config, 999, 1.0) == pytest.approx(0.01)


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "two words"])
def test_a_style_name_cannot_leave_its_folder(name: str) -> None:
    with pytest.raises(TrainError, match="is not allowed"):
        StyleIdentity(name)


def test_a_run_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("precious")
    painting = np.zeros((64, 64, 3), np.uint8)
    job = TrainingRun(
        folder=taken,
        config=TrainConfig(network=TINY_LITE),
        identity=StyleIdentity("a"),
        painting=painting,
        inputs=Inputs((), "vgg16", None),
    )
    with pytest.raises(TrainError, match=r"run\.json cannot be written \(.*; free some space or choose another folder"):
        save_inputs(job)
    assert taken.read_text() == "precious"


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.pt"
    if content is None:
        torch.save({"some": "dict"}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(TrainError, match=r"x\.pt is not a checkpoint"):
        load_checkpoint(path)
