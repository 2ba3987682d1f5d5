"""Tests nst-export during a training: checkpoints are whole at any moment, and the training is not disturbed."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from nstcam.export.cli import nst_export
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.style import read_style
from nstcam.train.fit import loop as fit_module
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.loop import CHECKPOINT_NAME, Materials, Outputs, fit
from nstcam.train.fit.run_folder import RUN_FILE
from nstcam.train.fit.warm_start import LEAST_STEPS
from nstcam.train.network.checkpoint import StyleIdentity, load_checkpoint
from nstcam.train.progress import Step
from tests.support.models.tiny import random_checkpoint, random_loss_network
from tests.support.training.short import PAINTING, SHORT, NoiseSource


def train(folder: Path, config: TrainConfig = SHORT, **options: object) -> None:
    materials = Materials(
        painting=PAINTING,
        source=NoiseSource(),
        loss_network=random_loss_network(),
        identity=StyleIdentity("tiny"),
    )
    fit(config, materials, Outputs(folder=folder, **options), torch.device("cpu"))  # type: ignore[arg-type]


def export(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["nst-export", *arguments])
    with pytest.raises(SystemExit) as done:
        nst_export.main()
    return int(done.value.code or 0)


def test_a_run_is_exported_while_it_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, style = tmp_path / "runs" / "tiny", tmp_path / "tiny.onnx"
    monkeypatch.chdir(tmp_path)
    steps_done: list[int] = []

    def at_each_sheet(*_: object) -> None:
        if len(steps_done) < 2:  # with no argument: the newest below ./runs is this one
            assert export(monkeypatch, "--output", str(style), "--precision", "float32") == 0
            entries = {entry.key: entry.value for entry in onnx.load(style).metadata_props}
            steps_done.append(json.loads(entries["nst.training"])["steps_done"])

    train(run, preview=at_each_sheet, preview_every=2)
    assert steps_done == [2, 4]
    assert load_checkpoint(run / CHECKPOINT_NAME).step == SHORT.steps, "it went on"
    frame = np.full((48, 64, 3), 90, np.uint8)
    assert Stylizer(read_style(style), "cpu", 1).stylize(frame).shape == frame.shape


def test_a_reader_never_meets_half_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / CHECKPOINT_NAME
    checkpoint = random_checkpoint()
    checkpoint.save(path)
    steps: list[int] = []

    def write() -> None:
        for step in range(100):
            replace(checkpoint, step=step).save(path)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        steps.append(load_checkpoint(path).step)
    writer.join()
    assert load_checkpoint(path).step == 99
    assert len(steps) > 3
    assert [p.name for p in tmp_path.iterdir()] == [CHECKPOINT_NAME]


def test_checkpoints_also_come_by_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_module, "SAVE_SECONDS", 0.0)
    found: list[int] = []

    def report(step: Step) -> None:
        if step.step > 1:
            found.append(load_checkpoint(tmp_path / CHECKPOINT_NAME).step)

    train(tmp_path, replace(SHORT, steps=4), report=report)
    assert found == [1, 2, 3]


def test_a_run_that_has_just_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NSTCAM_DEBUG", raising=False)
    (tmp_path / RUN_FILE).write_text("{}")
    assert export(monkeypatch, str(tmp_path)) == 1
    expected = f"nst-export: {tmp_path} has no checkpoint yet; a training writes one every 30 s, so try again soon\n"
    assert capsys.readouterr().err == expected


def test_a_newer_run_without_a_checkpoint_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    older, newer = Path("runs") / "older", Path("runs") / "newer"
    replace(random_checkpoint(), step=LEAST_STEPS).save(older / CHECKPOINT_NAME)
    for run, age in ((older, 60), (newer, 0)):
        run.mkdir(parents=True, exist_ok=True)
        (run / RUN_FILE).write_text("{}")
        os.utime(run / RUN_FILE, (time.time() - age,) * 2)
    os.utime(older / CHECKPOINT_NAME, (time.time() - 30,) * 2)
    assert export(monkeypatch, "--output", "x.onnx", "--no-check") == 0
    out, error = capsys.readouterr()
    assert error == f"{newer} is newer but has no checkpoint yet; exporting the run before it\n"
    assert out.startswith(f"{older / CHECKPOINT_NAME}, step ")
    os.utime(older / CHECKPOINT_NAME)  # it is the one that trains
    assert export(monkeypatch, "--output", "x.onnx", "--no-check") == 0
    assert capsys.readouterr().err == ""


def test_an_interrupted_export_leaves_no_8_bit_file_of_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint, style, companion = (tmp_path / name for name in (CHECKPOINT_NAME, "x.onnx", "x.int8.onnx"))
    random_checkpoint().save(checkpoint)
    words = (str(checkpoint), "--output", str(style), "--no-check")
    assert export(monkeypatch, *words) == 0
    assert companion.is_file()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nstcam.export.convert.exporter.build_int8_graph", interrupted)
    assert export(monkeypatch, *words) == 130
    assert style.is_file()
    assert not companion.exists()


def test_a_style_that_hides_a_bundled_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    random_checkpoint(name="wave").save(tmp_path / CHECKPOINT_NAME)
    words = (str(tmp_path / CHECKPOINT_NAME), "--no-check", "--precision", "float32")
    told = "this hides the bundled style wave; to keep both, delete these files and export with --name ANOTHER\n"
    for more, says in ((), True), (("--name", "waves"), False), (("--output", str(tmp_path / "wave.onnx")), False):
        assert export(monkeypatch, *words, *more) == 0
        assert (told in capsys.readouterr().out) == says
