"""Tests what nst-export takes: which checkpoint if none is named, and which options go together."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nstcam.export.cli import nst_export
from nstcam.export.cli.nst_export import ExportOptions, checkpoint_in, describe, newest_checkpoint
from nstcam.export.convert.exporter import Export
from nstcam.export.convert.parity import Parity
from nstcam.export.errors import ExportError
from nstcam.train.errors import UsageError
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import RUN_FILE
from tests.support.commands import outcome
from tests.support.models.tiny import TINY_JOHNSON, random_checkpoint


def write(path: Path, seconds: float) -> Path:
    """An empty file, last written at that time."""
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.utime(path, (seconds, seconds))
    return path


def test_the_checkpoint_written_last_is_taken(tmp_path: Path) -> None:
    newest = write(tmp_path / "a" / CHECKPOINT_NAME, 2000)
    write(tmp_path / "b" / CHECKPOINT_NAME, 1000)
    assert newest_checkpoint(tmp_path) == newest


@pytest.mark.parametrize(("begun", "told"), [(3000, True), (1000, False)])
def test_a_newer_run_without_a_checkpoint_is_mentioned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], begun: float, told: bool
) -> None:
    write(tmp_path / "a" / RUN_FILE, 500)
    finished = write(tmp_path / "a" / CHECKPOINT_NAME, 2000)
    write(tmp_path / "b" / RUN_FILE, begun)
    assert newest_checkpoint(tmp_path) == finished
    message = f"{tmp_path / 'b'} is newer but has no checkpoint yet; exporting the run before it\n"
    assert capsys.readouterr().err == (message if told else "")


def test_names_are_printed_without_control_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    random_checkpoint(TINY_JOHNSON).save(tmp_path / "a\x1b[2J.pt")
    target = tmp_path / "b\x1b[2J.onnx"
    words = ("nst-export", str(tmp_path / "a\x1b[2J.pt"), "--output", str(target), "--no-check")
    code, out, error = outcome(nst_export.main, words, monkeypatch, capsys)
    assert code == 0, error
    assert target.is_file()
    missing = outcome(nst_export.main, ("nst-export", "\x1b[2J.pt"), monkeypatch, capsys)
    assert missing[0] == 1
    assert "checkpoint \\x1b[2J.pt not found" in missing[2]
    assert f"{tmp_path}/a\\x1b[2J.pt, step" in out
    assert f"try it: nstcam --style {tmp_path}/b\\x1b[2J.onnx" in out
    assert "\x1b" not in out + error + missing[2]


def test_without_any_checkpoint_the_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a" / RUN_FILE, 1000)
    with pytest.raises(ExportError, match="no checkpoint below") as refused:
        newest_checkpoint(tmp_path)
    assert str(tmp_path) in str(refused.value)


def options(**values: Any) -> ExportOptions:
    usual = dict.fromkeys(("checkpoint", "output", "name", "title", "artist", "year", "licence"))
    return ExportOptions(**{**usual, "precision": "auto", "canvas": 1.0, "patches": 0.0, "check": True, **values})


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"foreign": Path("a"), "checkpoint": Path("b")}, "--import a takes the place of a checkpoint; leave out b"),
        ({"values": "1"}, "--values and --bgr are for --import FILE"), ({"bgr": True}, "--values and --bgr are for"),
        ({"name": "a b"}, "a b"), ({"output": Path("a.onx")}, "--output a.onx must end in .onnx"),
    ],
)  # fmt: skip
def test_what_no_style_can_have_is_a_wrong_command_line(values: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        options(**values)
    for fine in ({"foreign": Path("a"), "values": "1", "bgr": True}, {"output": Path("a.ONNX")}, {"name": "a-b"}):
        options(**fine)


def test_credits_of_the_command_line_take_the_place_of_those_given_only() -> None:
    checkpoint = random_checkpoint(TINY_JOHNSON)
    before = checkpoint.identity
    assert options(name="", title=None).credited(checkpoint).identity == before
    after = options(name="new", title="", year="1889").credited(checkpoint).identity
    assert (after.name, after.title, after.year, after.artist) == ("new", "", "1889", before.artist)


def test_a_run_folder_without_a_checkpoint_may_still_be_training(tmp_path: Path) -> None:
    assert checkpoint_in(tmp_path) == tmp_path / CHECKPOINT_NAME, "missing, which is told when it is read"
    write(tmp_path / RUN_FILE, 1000)
    with pytest.raises(ExportError, match="has no checkpoint yet; a training writes one every"):
        checkpoint_in(tmp_path)
    write(tmp_path / CHECKPOINT_NAME, 1000)
    assert checkpoint_in(tmp_path) == tmp_path / CHECKPOINT_NAME


def test_what_was_exported_is_told_on_a_line() -> None:
    done = Export(Path("a.onnx"), "int8", 1_260_000, Parity(7, 0.456, 1.0))
    assert describe(done) == "a.onnx: int8, 1.3 MB, at most 7 of 255 levels from the trained network, 0.46 on average"
    assert describe(replace(done, parity=None)) == "a.onnx: int8, 1.3 MB, not checked"
