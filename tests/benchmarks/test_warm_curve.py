"""Tests benchmarks/training/warm_start.py at the smallest scale: it saves the right weights at the right minutes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.training import warm_start
from benchmarks.training.warm_start import Keeper
from nstcam.train.picture import write_picture
from nstcam.train.progress import Step
from tests.support.models.tiny import TINY_LITE, random_checkpoint, random_loss_network

STEP = Step(1, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)


def test_weights_are_kept_at_fixed_minutes() -> None:
    network = random_checkpoint(TINY_LITE).build()
    keeper = Keeper([1.0, 2.0, 4.0])
    bias = dict(network.named_parameters())["up2.bias"]
    for number, seconds in enumerate((30, 59, 61, 90, 250, 260), 1):
        with torch.no_grad():
            bias.fill_(seconds)
        keeper.watch(network, replace(STEP, step=number, seconds=float(seconds)))
    assert [(k.step, round(k.minutes, 2)) for k in keeper.kept] == [(3, 1.02), (5, 4.17)], "no minute twice"
    assert [k.weights["up2.bias"][0].item() for k in keeper.kept] == [61, 250], "as they were then"


@pytest.mark.slow
def test_both_curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(warm_start, "PRESETS", {"lite": TINY_LITE})
    monkeypatch.setattr(warm_start, "load_vgg", random_loss_network)
    for number, name in enumerate(("painting.png", "train/a.png", "held/b.png", "held/c.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        picture = np.random.default_rng(number).integers(0, 256, (70, 81, 3), dtype=np.uint8)
        write_picture(tmp_path / name, picture)
    random_checkpoint(TINY_LITE).save(tmp_path / "start.pt")
    output = tmp_path / "curve.json"
    places = [str(tmp_path / name) for name in ("painting.png", "train", "held")]
    settings = ["--minutes", "0.02", "--batch", "1", "--crop", "64", "--style-size", "64"]
    warm_start.main([*places, *settings, "--init", str(tmp_path / "start.pt"), "--output", str(output)])
    curves = json.loads(output.read_text())["curves"]
    assert curves["warm"][0]["step"] == 0
    assert [len(curves["warm"]), len(curves["cold"])] == [2, 1]
    assert all({"total", "content error", "Gram error relu4_3"} <= row.keys() for row in curves["warm"])
    assert curves["warm"][0]["total"] != curves["warm"][1]["total"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| start | minutes | step | content error |")
    assert len(lines) == 2 + 3
