"""Tests the table of what bundled styles paint: only what was asked for is measured anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nstcam.export.evaluate import bundled_strokes
from nstcam.realtime.palette.bundled import FILE
from nstcam.realtime.style_files.library import ORDER


def test_only_the_styles_asked_for_are_measured_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_strokes, "measured_style", lambda name, photos: {"file": name, "photos": len(photos)})
    bundled_strokes.measure(["wave"], tmp_path / "table.json")
    before, after = (json.loads(path.read_text("utf-8")) for path in (FILE, tmp_path / "table.json"))
    assert list(after) == list(ORDER)
    assert after.pop("wave") == {"file": "wave", "photos": 9}
    assert after == {name: entry for name, entry in before.items() if name != "wave"}
