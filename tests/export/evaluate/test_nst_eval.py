"""Tests nst-eval: the figures of a style that paints negatives and of a checkpoint, and what it refuses."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.export.cli import nst_eval, nst_export
from nstcam.export.evaluate import steadiness_trials
from nstcam.export.evaluate.closeness import ClosenessMeter
from nstcam.export.evaluate.hard_frames import SIZES_WH, difficult_frames
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.report import table, write_json
from nstcam.realtime.frame import Frame
from nstcam.train import progress_bar
from nstcam.train.picture import PHOTOS
from tests.support.media.clips import write_clip
from tests.support.models.tiny import TINY_LITE, random_checkpoint, random_loss_network


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames and loss network small enough for a test."""
    monkeypatch.setattr(steadiness_trials, "SIZE_WH", (64, 48))
    monkeypatch.setattr(nst_eval, "load_vgg", random_loss_network)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["nst-eval", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        nst_eval.main()
    return int(ended.value.code or 0)


def test_figures_json_and_sheet_of_a_style(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    style = write_negative_style(tmp_path / "negative.onnx")
    report, sheet = tmp_path / "r.json", tmp_path / "s.png"
    painting = PHOTOS / "grass.jpg"
    code = run(monkeypatch, style, "--style", painting, "--size", "48", "--json", report, "--sheet", sheet)
    assert code == 0
    figures = json.loads(report.read_text())["figures"]
    assert list(figures) == ["input", "painted", "following", "--steady 0.8"]
    assert figures["input"]["48: content error"] == 0
    assert figures["painted"]["48: content error"] > 0.1
    for place in ("photographs", "flat wall"):  # inverting makes none
        assert figures["painted"][f"48: lattice, {place}"] == pytest.approx(figures["input"][f"48: lattice, {place}"])
    assert figures["painted"]["flicker gain, sigma 4"] == pytest.approx(1)
    assert figures["--steady 0.8"]["flicker gain, sigma 4"] < 0.6
    assert "48: Gram error relu4_3" in capsys.readouterr().out
    assert np.asarray(cv2.imread(str(sheet))).shape == (2 * 240 + 4 * 480, 1920, 3)


def test_a_weave_shows_on_photographs_and_on_a_wall() -> None:
    def weave(frame: Frame) -> Frame:
        woven = frame.copy()
        woven[::4, ::4] //= 2
        return woven

    meter = ClosenessMeter(random_loss_network(), None, LossSettings(), {})
    bare, woven = (meter.measure(paint, [PHOTOS / "coffee.jpg"], "96") for paint in (lambda frame: frame, weave))
    for place in ("photographs", "flat wall"):
        assert bare[f"96: lattice, {place}"] < 0.1
        assert woven[f"96: lattice, {place}"] > 1


def test_wallpaper_shows_on_photographs_and_on_a_wall() -> None:
    def dotted(frame: Frame) -> Frame:
        rows, columns = np.mgrid[: frame.shape[0], : frame.shape[1]]
        dot = (rows % 11 < 5) & (columns % 11 < 5)
        return np.where(dot[..., None], frame // 2 + 100, frame // 2).astype(np.uint8)

    meter = ClosenessMeter(random_loss_network(), PHOTOS / "coffee.jpg", LossSettings(style_size=128), {})
    painters = (lambda frame: frame, dotted)
    bare, dots = (meter.measure(paint, [PHOTOS / "coffee.jpg"], "128") for paint in painters)
    for place in ("photographs", "flat wall"):
        assert bare[f"128: repetition, {place}"] < 0.02
        assert dots[f"128: repetition, {place}"] > 0.1


def test_a_checkpoint_is_measured_as_it_would_be_exported(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    random_checkpoint(TINY_LITE).save(tmp_path / "run" / "checkpoint.pt")
    assert run(monkeypatch, tmp_path / "run", "--size", "48") == 0
    out = capsys.readouterr().out
    assert out.startswith("tiny (Tiny, Nobody), tiny.onnx on CPU\n")
    assert "48: content error" in out
    assert "Gram" not in out


def test_a_folder_that_is_called_like_a_style_is_not_taken_for_a_run(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("starry").mkdir()
    assert run(monkeypatch, "starry", "--size", "48") == 0
    assert capsys.readouterr().out.startswith("starry (The Starry Night")
    Path("starry", "run.json").write_text("{}")
    assert run(monkeypatch, "starry", "--size", "48") == 1
    assert "checkpoint starry/checkpoint.pt not found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nosuch"], 1, "style nosuch not found"),
        (["starry", "--content", "nowhere"], 1, "nowhere is not a folder"),
        (["starry", "--clips", "nowhere"], 1, "nowhere is not a folder"),
        (["starry", "--size", "tiny"], 2, "size tiny cannot be used"),
        (["starry", "--style", "none.jpg"], 1, "--style none.jpg not found"),
        (["starry", "--references", "r.json"], 2, "needs --style PAINTING"),
        (["starry", "--json", "r.txt"], 2, "must end in one of .json"),
        (["starry", "--sheet", "none/s.png"], 1, "folder none does not exist"),
        (["starry", "--steady", "2"], 2, "--steady"),
        (["missing.pt"], 1, "checkpoint missing.pt not found"),
    ],
)
def test_what_it_refuses(
    arguments: list[str], code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == code
    error = capsys.readouterr().err
    assert error.startswith("nst-eval: ")
    assert says in error
    assert error.count("\n") == 1


def test_an_old_file_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "r.json"
    old.write_text("old")
    assert run(monkeypatch, "starry", "--json", old) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert old.read_text() == "old"


def test_table_and_json_without_figures(tmp_path: Path) -> None:
    shown = table({"a": {"x": 0.5, "y": float("nan")}, "painter": {"x": 12.25}})
    assert [line.split() for line in shown.splitlines()] == [["a", "painter"], ["x", "0.500", "12.2"], ["y", "-", "-"]]
    write_json(tmp_path / "r.json", {"a": {"y": float("nan"), "x": 0.123456}})
    assert json.loads((tmp_path / "r.json").read_text()) == {"a": {"y": None, "x": 0.12346}}


@pytest.mark.parametrize("size_wh", SIZES_WH)
def test_difficult_frames_are_what_they_are_called(size_wh: tuple[int, int]) -> None:
    frames: dict[str, Frame] = difficult_frames(size_wh)
    assert {f.shape for f in frames.values()} == {(size_wh[1], size_wh[0], 3)}
    assert frames["flat wall"].std(axis=(0, 1)).max() < 8
    assert frames["flat wall"].mean(axis=(0, 1)) == pytest.approx([176, 190, 196], abs=0.3), "noise adds no light"
    assert frames["dark room"].mean() < 40
    assert frames["snow"].mean() > 210
    assert 0.005 < (frames["lamp"].min(axis=2) == 255).mean() < 0.2
    assert (frames["backlit"].min(axis=2) > 230).mean() > 0.2
    assert all((a == b).all() for a, b in zip(frames.values(), difficult_frames(size_wh).values(), strict=True))


@pytest.mark.parametrize(("photos", "with_clip"), [(1, False), (3, True)])
def test_progress_ends_at_the_end(
    small: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    photos: int,
    with_clip: bool,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(progress_bar.Reporter, "update", lambda _self, _done, figures: told.append(figures))
    style = write_negative_style(tmp_path / "negative.onnx")
    clips: tuple[object, ...] = ()
    if with_clip:
        (tmp_path / "clips").mkdir()
        write_clip(tmp_path / "clips" / "a.mp4", frames=12)
        clips = ("--clips", tmp_path / "clips")
    assert run(monkeypatch, style, "--pictures", photos, "--content", PHOTOS, "--size", "48", *clips) == 0
    total = len(told)
    assert told == [f"measurement {number} of {total}" for number in range(1, total + 1)]


def test_a_checkpoint_of_too_few_steps_is_told(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = random_checkpoint(TINY_LITE, "short")
    checkpoint.step = 26
    checkpoint.save(tmp_path / "short.pt")
    line = "26 steps: the style is not there yet; about 300 are needed\n"
    with nst_eval.opened(str(tmp_path / "short.pt")):
        assert capsys.readouterr().err == line
    monkeypatch.setattr(sys, "argv", ["nst-export", str(tmp_path / "short.pt"), "--output", str(tmp_path / "a.onnx")])
    with pytest.raises(SystemExit):
        nst_export.main()
    assert line in capsys.readouterr().err
