"""Tests which signals count, and when nstcam says that a style takes long."""

from __future__ import annotations

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


def test_two_signals_at_the_same_time_are_one(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    watch._arrived(signal.SIGTERM)
    watch._arrived(signal.SIGTERM)
    now += 1
    with pytest.raises(Ended, match="143"):
        watch._arrived(signal.SIGTERM)


def test_a_terminal_may_hang_up_twice(monkeypatch: pytest.MonkeyPatch, watch: Watch, hang_up: signal.Signals) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    watch._arrived(hang_up)
    now += 1
    watch._arrived(hang_up)
    with pytest.raises(Ended, match="130"):
        watch._arrived(signal.SIGINT)


def test_a_style_that_takes_long_is_named_once(watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    work = Work(100.0, "scream", "at work on a frame")
    watch._look(104.0, work)
    assert capsys.readouterr().err == ""
    for now in (106.0, 107.0):
        watch._look(now, work)
    assert capsys.readouterr().err == (
        "nstcam: style scream has been at work on a frame for 6 s; wait, or press Ctrl-C and choose another style or "
        "broader strokes\n"
    )


def test_frames_that_come_back_are_waited_for(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    watch._arrived(signal.SIGINT)
    watch._look(130.0, Work(129.0, "scream", "at work on a frame"))
    with pytest.raises(Ended, match="130"):
        watch._look(130.0, Work(119.0, "scream", "at work on a frame"))


def test_a_caller_that_does_not_wait_is_left_alone(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    watch.end_stuck = False
    watch._arrived(signal.SIGINT)
    watch._look(200.0, Work(90.0, "scream", "at work on a frame"))


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
