"""Tests that step smoke of benchmarks.gpu finds wrong pictures, and a session that repeats its first one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.gpu import smoke
from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.engine.stylizer import Stylizer


@pytest.fixture
def rehearsal(tmp_path: Path) -> Setting:
    return Setting("cpu", tmp_path, rehearse=True)


class TestSmoke:
    @pytest.fixture(autouse=True)
    def _bundled(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in smoke.STYLES:
            write_negative_style(tmp_path / f"{name}.onnx")
        monkeypatch.setattr(smoke, "BUNDLED_STYLES", tmp_path)
        monkeypatch.setattr(smoke, "_SECONDS", 0.05)

    def test_right_pictures_pass(self, rehearsal: Setting, capsys: pytest.CaptureFixture[str]) -> None:
        record = Record()
        assert smoke.measure(rehearsal, record)
        found = record.values["styles"]
        assert list(found) == list(smoke.STYLES)
        assert found["starry"]["pictures"] == [{"mean": 0.0, "most": 0.0}] * smoke.PICTURES
        assert found["starry"]["device"] == "CPU"
        assert found["starry"]["ms"] > 0
        assert "WRONG" not in capsys.readouterr().out

    def test_a_frozen_picture_fails(
        self, rehearsal: Setting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Though the first one agrees."""
        first: list[Any] = []
        stylize = Stylizer.stylize

        def frozen(self: Stylizer, frame: Any, canvas_offset: Any = (0, 0)) -> Any:
            first.append(stylize(self, frame, canvas_offset))
            return first[0]

        monkeypatch.setattr(Stylizer, "stylize", frozen)
        record = Record()
        assert not smoke.measure(rehearsal, record)
        right, *wrong = (picture["mean"] for picture in record.values["styles"]["starry"]["pictures"])
        assert right == 0
        assert min(wrong) > smoke.FITS
        assert "picture 1" in next(line for line in capsys.readouterr().out.splitlines() if "WRONG" in line)

    def test_a_style_that_fails_leaves_the_other(self, rehearsal: Setting, tmp_path: Path) -> None:
        (tmp_path / "starry.onnx").write_bytes(b"nothing")
        record = Record()
        assert not smoke.measure(rehearsal, record)
        found = record.values["styles"]
        assert "starry" in found["starry"]["error"]
        assert len(found["wave"]["pictures"]) == smoke.PICTURES

    def test_levels_apart(self) -> None:
        one, other = np.zeros((2, 2, 1), np.uint8), np.array([[[0], [0]], [[4], [200]]], np.uint8)
        assert smoke.levels_apart(one, other) == {"mean": 51.0, "most": 200.0}
