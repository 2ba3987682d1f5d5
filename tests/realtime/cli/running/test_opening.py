"""Tests what styles are opened with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nstcam.realtime.cli.running.opening import open_style, stylizer_opener
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.style_files.library import find_style


def test_one_frame_at_a_time_unless_more_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("nstcam.realtime.engine.stylizer.Stylizer", lambda *given: opened.append(given))
    notices, wave = Notices(), find_style("wave")
    stylizer_opener("cuda", 3, notices)(wave)
    stylizer_opener("cpu", None, notices, at_once=2)(wave)
    open_style("wave", "cpu", 4, notices)
    open_style("wave", "cpu", 4, notices, 2, lambda style: replace(style, learnt=True))
    assert opened == [
        (wave, "cuda", 3, 1, notices.add),
        (wave, "cpu", None, 2, notices.add),
        (wave, "cpu", 4, 1, notices.add),
        (replace(wave, learnt=True), "cpu", 4, 2, notices.add),
    ]
