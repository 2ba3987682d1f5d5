"""The table of how bold and how steady the bundled styles are."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.quality import appearance
from benchmarks.tools.stand_in import write_negative_style
from nstcam.export.evaluate import steadiness_trials
from nstcam.realtime.effects import strokes
from nstcam.train.picture import PHOTOS
from tests.support.models.bundled import bundle_instead


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bundled styles are one that inverts; its painting is the photograph."""
    style = write_negative_style(tmp_path / "styles" / "negative.onnx")
    bundle_instead(monkeypatch, style.parent)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "none"))
    monkeypatch.setattr(appearance, "SIZE", "96x72")
    monkeypatch.setattr(steadiness_trials, "SIZE_WH", (64, 48))
    monkeypatch.setattr(sys, "argv", ["appearance"])
    (tmp_path / "negative.jpg").write_bytes((PHOTOS / "coffee.jpg").read_bytes())
    return ["--paintings", str(tmp_path), "--json", str(tmp_path / "rows.json"), str(PHOTOS / "coffee.jpg")]


def test_a_negative_turns_tones_round_and_is_as_steady_as_the_camera(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["appearance", *arguments])
    appearance.main()
    row = json.loads((tmp_path / "rows.json").read_text())["styles"]["negative"]
    assert 0.6 < row["contrast / painting's"] < 1.4
    assert row["tone slope"] < -0.5
    assert row["scene colour"] > 0.9, "every thing has a colour of its own"
    assert row["flicker gain"] == pytest.approx(1, abs=0.01)
    assert row["flicker gain, steady 0.8"] < 0.6
    assert row["warp error, 2 px"] < 0.001
    assert "| negative | " in capsys.readouterr().out


def test_large_frames_are_painted_smaller_and_enlarged(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise that is averaged on the way down is not painted."""
    monkeypatch.setattr(strokes, "LINES", 48)
    monkeypatch.setattr(sys, "argv", ["appearance", "--steady-size", "256x192", *arguments])
    appearance.main()
    row = json.loads((tmp_path / "rows.json").read_text())["styles"]["negative"]
    assert row["flicker gain"] < 0.95


def test_a_steady_size_that_is_none_is_one_line(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["appearance", "--steady-size", "720p", *arguments])
    with pytest.raises(SystemExit):
        appearance.main()
    assert "--steady-size 720p: write WIDTHxHEIGHT, like 1280x720" in capsys.readouterr().err


def test_a_missing_painting_is_one_line(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "negative.jpg").unlink()
    monkeypatch.setattr(sys, "argv", ["appearance", *arguments])
    with pytest.raises(SystemExit, match="there is no painting for style negative in "):
        appearance.main()
