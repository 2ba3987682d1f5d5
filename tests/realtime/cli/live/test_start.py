"""Tests the live command's output to the terminal."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from nstcam.realtime.cli import app
from nstcam.realtime.cli.live import learners
from nstcam.realtime.cli.live.inputs import may_read_input
from nstcam.realtime.cli.live.learners import begun_for, learners_of
from nstcam.realtime.cli.live.options import LiveOptions
from nstcam.realtime.cli.live.outputs import stream_of
from nstcam.realtime.cli.live.start import memory_for_styles
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.errors import NstError
from nstcam.realtime.learning.early import Early
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.output.stream import Stream
from tests.support.commands import outcome
from tests.support.fakes.learning import picture, process


@pytest.mark.parametrize(
    ("terminal", "in_front", "may"),
    [(True, True, True), (True, False, False), (False, True, True), (False, False, True)],
)
def test_a_job_in_the_background_of_a_terminal_reads_nothing(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, in_front: bool, may: bool
) -> None:
    """The system would stop it; one whose input is a pipe may read, wherever it runs."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(closed=False, isatty=lambda: terminal))
    monkeypatch.setattr(os, "getpgrp", lambda: 7, raising=False)
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: 7 if in_front else 8, raising=False)
    assert may_read_input() is may


def test_where_terminals_have_no_foreground_everybody_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(closed=False, isatty=lambda: True))
    monkeypatch.delattr(os, "tcgetpgrp", raising=False)
    assert may_read_input()


@pytest.mark.parametrize("stdin", [None, SimpleNamespace(closed=True)])
def test_without_an_input_there_is_nothing_to_read(monkeypatch: pytest.MonkeyPatch, stdin: object) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    assert not may_read_input()


def test_the_memory_for_styles_is_in_megabytes() -> None:
    assert memory_for_styles({}) == 1e9
    assert memory_for_styles({"NSTCAM_STYLE_MEMORY": "0"}) == 0
    assert memory_for_styles({"NSTCAM_STYLE_MEMORY": "250"}) == 2.5e8
    for wrong in ("much", "-1", "nan", "inf"):
        with pytest.raises(NstError, match=f"NSTCAM_STYLE_MEMORY={wrong} is not a number of megabytes"):
            memory_for_styles({"NSTCAM_STYLE_MEMORY": wrong})


def test_a_stream_begins_at_once_and_its_key_may_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    notices, found = Notices(), list[str]()

    def toggle(self: Stream) -> str:
        found.append(self._destination.url)
        return "connecting"

    monkeypatch.setattr(Stream, "toggle", toggle)
    assert stream_of(LiveOptions(), None, {}, notices) is None
    stream_of(LiveOptions(stream="rtmp://host/app"), None, {"NSTCAM_STREAM_KEY": "key"}, notices)
    assert found == ["rtmp://host/app/key"]
    assert notices._waiting == ["connecting"]


def test_pytorch_is_loaded_at_once_if_a_picture_will_be_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learners, "Early", partial(Early, command=process("sys.stdin.read()")))
    kiss = str(picture(tmp_path))
    for others in (
        [], ["--style", kiss], ["--learn"], ["--style", "wave", "--learn"], ["image", kiss, "out.png", "--learn", "9"],
    ):  # fmt: skip
        assert begun_for(others) is None
    for words in (["--style", kiss, "--learn"], ["--learn", f"--only={kiss}"]):
        early = begun_for(words)
        assert early is not None
        waiting = early._process
        assert waiting is not None
        assert learners_of(LiveOptions(styles=("wave", kiss), learn=True), early) is early
        assert waiting.poll() is None
        assert learners_of(LiveOptions(camera=kiss, learn=True), early) is Learner
        assert waiting.poll() is not None, "a camera is not learnt"
    assert learners_of(LiveOptions(styles=(kiss,), learn=True), None) is Learner, "which starts a process when asked to"


def test_what_was_begun_ends_with_a_command_line_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun: list[Early] = []

    def early() -> Early:
        begun.append(Early(process("sys.stdin.read()")))
        return begun[-1]

    monkeypatch.setattr(learners, "Early", early)
    words = ("nstcam", "--style", str(picture(tmp_path)), "--learn", "--size", "huge")
    code, _, error = outcome(app.main, words, monkeypatch, capsys)
    assert code == 2
    assert "huge" in error
    assert len(begun) == 1
    assert begun[0]._process is None
