"""Tests which signals count, and when nstcam says that a style takes long."""

from __future__ import annotations

import io
import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.cli.running import interrupt
from nstcam.realtime.cli.running.interrupt import Watch, stop_on_interrupt, watched
from nstcam.realtime.engine.at_work import Work, at_work, longest
from nstcam.realtime.interrupted import asked_to_end


class Ended(Exception):  # noqa: N818 (what stands for os._exit)
    pass


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr("os._exit", end)
    with socket.socket() as wake:
        yield Watch(wake)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_two_signals_within_a_tenth_of_a_second_are_one(
    monkeypatch: pytest.MonkeyPatch, watch: Watch, capsys: pytest.CaptureFixture[str], first: signal.Signals
) -> None:
    now, marked = 100.0, list[float]()
    monkeypatch.setattr("time.monotonic", lambda: now)
    watch.mark = lambda: marked.append(now)
    watch._arrived(signal.SIGILL)
    watch._arrived(first)
    for now in (100.0, 100.1):  # noqa: B007 (read by the clock)
        watch._arrived(signal.SIGTERM)
    assert marked == [100.0]
    now = 100.125
    watch.kept = "parts are kept"
    with pytest.raises(Ended, match="143"):
        watch._arrived(signal.SIGTERM)
    assert capsys.readouterr().err == "nstcam: ended at once; parts are kept\n"


@pytest.mark.parametrize("is_terminal", [False, True])
def test_an_end_shows_the_cursor_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch, watch: Watch, is_terminal: bool
) -> None:
    class Stderr(io.StringIO):
        def isatty(self) -> bool:
            return is_terminal

        def fileno(self) -> int:
            return 77

    written: list[tuple[int, bytes]] = []
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("sys.stderr", Stderr())
    monkeypatch.setattr("os.write", lambda *given: written.append(given))
    watch._look(108.0, Work(100.0, "scream", "opened"))
    assert written == []
    monkeypatch.setattr("time.monotonic", lambda: 110.0)
    watch._arrived(signal.SIGINT)
    with pytest.raises(Ended):
        watch._look(121.0, Work(100.0, "scream", "opened"))
    assert written == ([(77, b"\r\x1b[2K\x1b[?25h")] if is_terminal else [])


def test_a_terminal_may_hang_up_twice(monkeypatch: pytest.MonkeyPatch, watch: Watch, hang_up: signal.Signals) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    watch._arrived(hang_up)
    now += 1
    watch._arrived(hang_up)
    with pytest.raises(Ended, match="130"):
        watch._arrived(signal.SIGINT)


def test_a_style_that_takes_more_than_five_seconds_is_named_once(
    watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    work = Work(100.0, "scream", "at work on a frame")
    watch._look(104.0, None)
    watch._look(105.0, work)
    assert capsys.readouterr().err == ""
    for now in (105.75, 107.0):
        watch._look(now, work)
    watch._look(115.0, Work(109.0, "wave", "opened"))
    wait = "wait, or press Ctrl-C and choose another style or broader strokes"
    assert capsys.readouterr().err == (
        f"nstcam: style scream has been at work on a frame for 6 s; {wait}\n"
        f"nstcam: style wave has been opened for 6 s; {wait}\n"
    )


def test_frames_that_come_back_are_waited_for_and_one_that_does_not_for_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    watch._arrived(signal.SIGINT)
    stuck = Work(90.0, "scream", "at work on a frame")
    watch._look(101.0, stuck)
    watch._look(130.0, Work(129.0, "scream", "at work on a frame"))
    assert capsys.readouterr().err == ""
    for now in (101.25, 110.0):
        watch._look(now, stuck)
    watch._look(130.0, Work(120.0, "scream", "at work on a frame"))
    line = "nstcam: stopping once style scream is done; a second Ctrl-C ends it at once\n"
    assert capsys.readouterr().err == line
    with pytest.raises(Ended, match="130"):
        watch._look(110.75, stuck)
    assert capsys.readouterr().err == "nstcam: ended without style scream, which has been at work on a frame for 21 s\n"


def test_a_caller_that_does_not_wait_is_left_alone(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    watch.end_stuck = False
    watch._arrived(signal.SIGINT)
    watch._look(200.0, Work(90.0, "scream", "at work on a frame"))


def test_signals_that_were_ignored_stay_so_only_when_a_terminal_closes(hang_up: signal.Signals) -> None:
    """nohup ignores SIGHUP for good; a shell that ignores SIGINT for its background jobs does not mean the others."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (hang_up, signal.SIGINT)}
    try:
        with stop_on_interrupt() as stop:
            assert signal.getsignal(hang_up) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
            assert not stop()
            signal.raise_signal(signal.SIGINT)
            assert stop()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_program_is_left_at_once_while_a_frame_is_unfinished(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    with pytest.raises(SystemExit, match="3"):
        interrupt.leave(3)
    with at_work("one", "at work on a frame"):
        time.sleep(0.001)
        with at_work("two", "at work on a frame"):
            work = longest()
            assert work is not None
            assert work.style == "one"
        with pytest.raises(Ended, match="3"):
            interrupt.leave(3)
    assert longest() is None


def test_what_one_block_asks_of_the_watch_ends_with_it() -> None:
    with watched() as watch:
        with stop_on_interrupt(kept="parts are kept", end_stuck=False):
            assert (watch.kept, watch.end_stuck) == ("parts are kept", False)
        assert (watch.kept, watch.end_stuck) == ("", True)


def test_a_signal_counts_though_the_main_thread_never_handles_it() -> None:
    """It handles none while it waits for another thread, if the signal came just before."""
    with stop_on_interrupt() as stop:
        wakeup = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        with socket.socket(fileno=os.dup(wakeup)) as written:
            written.send(bytes([signal.SIGINT]))
        until(stop)
        assert asked_to_end.is_set()
