"""Tests what is left on the terminal in the end when figures and lines alternate."""

from __future__ import annotations

import pytest

from nstcam.realtime.cli.running.terminal import Notices, StatusLine
from nstcam.realtime.meter import Reading


def screen(text: str) -> list[str]:
    """The lines that a terminal shows: a carriage return goes back to the beginning of the line."""
    lines = []
    for line in text.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_lines_do_not_stand_behind_the_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures, notices, now = StatusLine(), Notices(), 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    figures.show(Reading(), "CPU")  # one frame has no rate
    figures.show(Reading(fps=29.4, ms=107.0), "CPU")
    now += 2
    figures.show(Reading(fps=9.1, ms=8.0), "CPU")
    text = capsys.readouterr().err
    assert screen(text) == ["9.1 fps  8 ms  CPU"]
    notices.add("camera 0 is lost")
    notices.tell(figures)
    text += capsys.readouterr().err
    assert screen(text) == ["nstcam: camera 0 is lost", ""]
    now += 2
    figures.show(Reading(fps=9.1, ms=8.0), "CPU")
    text += capsys.readouterr().err + "^C"
    figures.clear()
    assert screen(text + capsys.readouterr().err) == ["nstcam: camera 0 is lost", ""]


def test_notices_are_printed_once_and_push_the_figures_away(capsys: pytest.CaptureFixture[str]) -> None:
    class Figures(StatusLine):
        cleared = 0

        def __init__(self) -> None: ...

        def clear(self) -> None:
            self.cleared += 1

    notices, figures = Notices(), Figures()
    notices.tell(figures)
    assert figures.cleared == 0, "nothing to tell"
    for line in ("one", "two", "one", None, ""):
        notices.add(line)
    assert capsys.readouterr().err == "", "not before they are told"
    notices.tell(figures)
    notices.add("one")
    notices.tell(figures)
    notices.add("three")
    notices.tell()
    assert figures.cleared == 1
    assert capsys.readouterr().err == "nstcam: one\nnstcam: two\nnstcam: three\n"
