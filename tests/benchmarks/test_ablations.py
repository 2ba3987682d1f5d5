"""Tests the benchmarks that compare ways to train, at the smallest scale: variants differ as stated, and they run."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.training import ablations, distillation, loss_weights
from nstcam.train.content.sources import BuiltInSource
from nstcam.train.fit.batches import training_batches
from nstcam.train.fit.config import TrainConfig
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import read_rgb, write_picture
from tests.support.models.rounding import apart, rounding
from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_JOHNSON, TINY_LITE, random_checkpoint, random_loss_network


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    names = ("painting.png", "train/a.png", "held/b.jpg")
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        picture = np.random.default_rng(number).integers(0, 256, (96, 96, 3), dtype=np.uint8)
        write_picture(tmp_path / name, picture)
    return [str(tmp_path / name) for name in ("painting.png", "train", "held")]


def test_folded_norms_change_no_picture() -> None:
    network = random_checkpoint(TINY_LITE).build()
    assert isinstance(network, LiteNet)
    image = torch.rand(1, 3, 48, 64)
    with torch.no_grad():
        before = network(image)
        ablations.fold(network)
        assert not [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
        assert apart(network(image), before) < rounding(8 * 9 * TINY_LITE.width)


@pytest.mark.slow
def test_variants_are_trained_and_judged(
    places: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ablations, "PRESETS", {"lite": TINY_LITE})
    for name, network in (("johnson", JOHNSON_ON_CANVAS), ("johnson-no-canvas", TINY_JOHNSON)):
        smaller = replace(ablations.VARIANTS[name], network=asdict(network))
        monkeypatch.setitem(ablations.VARIANTS, name, smaller)
    monkeypatch.setattr(ablations, "load_vgg", random_loss_network)
    monkeypatch.setattr(ablations, "STEADY_SIZE_WH", (64, 48))
    monkeypatch.setattr(
        "sys.argv", ["ablations", *places, "--steps", "4", "--crop", "64", "--batch", "1", "--runs", "runs"]
    )
    threads = torch.get_num_threads()
    ablations.main()
    torch.set_num_threads(threads)
    rows = json.loads((tmp_path / "benchmark_ablations.json").read_text())["rows"]
    assert list(rows) == list(ablations.VARIANTS)
    assert rows["lite"].keys() >= {"total", "total at half contrast", "flicker gain", "warp error", "ms"}
    assert len({row["total"] for row in rows.values()}) == len(rows), "each variant ends elsewhere"
    assert capsys.readouterr().out.count("\n| ") == len(rows) + 1
    assert load_checkpoint(tmp_path / "runs" / "johnson" / "checkpoint.pt").network == JOHNSON_ON_CANVAS


def test_a_student_is_taught_and_judged(
    places: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(distillation, "PRESETS", {"lite": TINY_LITE})
    monkeypatch.setattr(distillation, "load_vgg", random_loss_network)
    random_checkpoint(TINY_JOHNSON).save(tmp_path / "teacher.pt")
    sizes = ["--steps", "4", "--crop", "64", "--batch", "1"]
    monkeypatch.setattr("sys.argv", ["distillation", *places, "teacher.pt", *sizes])
    threads = torch.get_num_threads()
    distillation.main()
    torch.set_num_threads(threads)
    rows = json.loads((tmp_path / "benchmark_distillation.json").read_text())["rows"]
    assert len({row["total"] for row in rows.values()}) == 4, "each ends elsewhere"
    assert rows["taught, then on the loss"]["seconds"] > rows["taught"]["seconds"] > rows["teacher"]["seconds"] == 0
    assert capsys.readouterr().out.count("\n| ") == len(rows) + 1


@pytest.mark.slow
def test_teaching_brings_a_network_nearer_to_its_teacher() -> None:
    teacher, config = random_checkpoint(TINY_JOHNSON), TrainConfig(network=TINY_LITE, batch=2, crop=64, warmup_steps=2)
    crops = next(training_batches(config, BuiltInSource(), 1000, torch.device("cpu")))

    def distance(steps: int) -> float:
        student = distillation.taught(teacher, replace(config, steps=steps), BuiltInSource()).build()
        with torch.no_grad():
            return float((student(crops) - teacher.build()(crops)).square().mean())

    assert distance(60) < 0.6 * distance(1)


def test_teacher_and_student_paint_at_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    places: dict[type, list[tuple[float, float]]] = {TransformerNet: [], LiteNet: []}
    for kind, seen in places.items():

        def recorded(_: object, image: Tensor, canvas: tuple[float, float] = (0.0, 0.0), *, at: Any = seen) -> Tensor:
            at.append(canvas)
            return image.clone().requires_grad_()

        monkeypatch.setattr(kind, "forward", recorded)
    config = TrainConfig(network=TINY_LITE, steps=4, batch=1, crop=64)
    distillation.taught(random_checkpoint(JOHNSON_ON_CANVAS), config, BuiltInSource())
    of_teacher, of_student = places[TransformerNet], places[LiteNet]
    assert of_teacher == of_student[:4]
    assert len(set(of_teacher)) == 4


def test_weights_of_the_loss_show_in_what_comes_out(
    places: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loss_weights, "load_vgg", random_loss_network)
    sheet = tmp_path / "sheet.png"
    photograph = str(tmp_path / "held" / "b.jpg")
    sizes = ["--size", "64", "--style-size", "64", "--evaluations", "12"]
    monkeypatch.setattr("sys.argv", ["loss_weights", places[0], photograph, str(sheet), *sizes])
    loss_weights.main()
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(loss_weights.CHOICES)
    assert len({row.split(" | ", 1)[1] for row in rows}) == len(rows), "each choice ends elsewhere"
    assert read_rgb(sheet).shape == (2 * 64, 3 * 64, 3)
