"""Tests what is run of a style: its file, or what is made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.engine import style_model
from nstcam.realtime.engine.style_model import model_of
from tests.support.fakes.live import style_of


def test_a_file_runs_as_it_is_unless_its_network_or_ports_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, plain = tmp_path / "a.onnx", style_of("a")
    path.write_bytes(b"model")
    painting: Any = SimpleNamespace(inscribed=lambda *given: ("inscribed", *given))
    foreign: Any = SimpleNamespace(ports="ports", white="white")
    monkeypatch.setattr(style_model, "wrapped", lambda *given: ("wrapped", *given))
    found: list[Any] = [
        model_of(style, path)
        for style in (
            plain,
            replace(plain, painting=painting),
            replace(plain, painting=painting, learnt=True),
            replace(plain, learnt=True),
            replace(plain, foreign=foreign),
        )
    ]
    assert found == [path, ("inscribed", b"model"), path, path, ("wrapped", path, b"model", "ports", "white")]
