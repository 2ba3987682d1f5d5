"""Tests what is left on the terminal in the end when figures and lines alternate."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stderr
from typing import Final

import pytest

from nstcam.realtime.cli.running.terminal import Notices, StatusLine, progress_bar, progress_of, warnings_once
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


LINE_DELETED: Final = "\x1b[1A\x1b[2K"


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", text)


class Terminal(io.StringIO):
    """A terminal of 120 columns, which counts how often it is flushed."""

    flushed = 0

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.flushed += 1


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb-no-more")
    monkeypatch.setenv("COLUMNS", "120")
    return Terminal()


def test_the_figures_are_flushed_and_written_once_a_second(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    figures = StatusLine()
    with redirect_stderr(terminal):
        figures.clear()
        assert (terminal.getvalue(), terminal.flushed) == ("", 0), "nothing to clear"
        for at, written in ((1.0, 1), (1.99, 1), (2.0, 2), (2.5, 2), (3.5, 3)):
            now = at
            figures.show(Reading(fps=0, ms=9.6), "CPU")
            figures.show(Reading(fps=30.06, ms=9.6), "CPU")
            assert terminal.getvalue() == written * "\r30.1 fps  10 ms  CPU "
            assert terminal.flushed == written
        figures.clear()
    assert terminal.getvalue().endswith("CPU \r" + len("30.1 fps  10 ms  CPU ^C") * " " + "\r")
    assert terminal.flushed == 4


def test_addresses_are_hidden_but_in_our_own_lines(capsys: pytest.CaptureFixture[str]) -> None:
    notices = Notices()
    notices.add("see rtsp://me:secret@host/a")
    notices.add("open rtsp://me:secret@host/b", secret=True)
    notices.tell()
    told = capsys.readouterr().err.splitlines()
    assert "secret" not in told[0]
    assert told[1] == "nstcam: open rtsp://me:secret@host/b"
    notices.add("one")
    notices.add("two")
    assert notices.take() == ["one", "two"]
    notices.tell()
    assert capsys.readouterr().err == "", "what was taken is not printed"


def test_lines_are_logged_once_while_it_lasts() -> None:
    log, handler = logging.getLogger("once"), logging.StreamHandler(io.StringIO())
    logging.root.addHandler(handler)
    try:
        with warnings_once():
            for line in ("one", "one", "two", "one"):
                log.warning(line)
        log.warning("one")
    finally:
        logging.root.removeHandler(handler)
    assert handler.stream.getvalue() == "one\ntwo\none\n"


def test_a_bar_shows_frames_and_speed_and_disappears(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    with redirect_stderr(terminal), progress_bar("[red].mp4") as update:
        update(30, 90, 12.34)
        update(90, 90, 12.34, "2 helpers")
    shown = without_colours(terminal.getvalue())
    assert "[red].mp4 " in shown
    assert f" {30 * '━'} 90/90 12.3 fps (2 helpers) ETA" in shown
    assert shown.endswith(LINE_DELETED)
    assert capsys.readouterr().out == ""


def test_a_bar_of_seconds_ends_at_its_end(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    with redirect_stderr(terminal), progress_of("[red].jpg", 20.0) as passed:
        passed(25.0)
    shown = without_colours(terminal.getvalue())
    assert f"[red].jpg {30 * '━'} 20 of 20 s" in shown
    assert shown.endswith(LINE_DELETED)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("bar", [lambda: progress_bar("a.mp4"), lambda: progress_of("a.jpg", 2.0)])
def test_no_bar_is_drawn_into_a_log(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, bar: Callable[[], AbstractContextManager[object]]
) -> None:
    monkeypatch.setattr(Terminal, "isatty", lambda _: False)
    with redirect_stderr(terminal), bar():
        pass
    assert terminal.getvalue() == ""
