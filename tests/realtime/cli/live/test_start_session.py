"""Tests what nstcam makes of its options and settings before the live loop, and what it prints after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import typer

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli.live import start as live
from nstcam.realtime.cli.live.options import LiveOptions
from nstcam.realtime.cli.live.start import memory_for_styles, scene_behind, start
from nstcam.realtime.cli.options.scene import Behind
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.live.settings import Settings
from nstcam.realtime.meter import Reading
from nstcam.realtime.people.words import BLUR, OFF, PICTURE, STYLE
from tests.support.fakes.live import style_of


class Ran(SimpleNamespace):
    """What the live loop was given; `as_loop` stands for it."""

    reading = Reading(frames=11, seconds=0.5, mean_ms=7.6, dropped=3)

    def as_loop(self, source: Any, session: Any, preview: Any, **named: Any) -> Reading:
        self.source, self.session, self.preview, self.named = source, session, preview, named
        return self.reading


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "none"))
    monkeypatch.delenv("NSTCAM_STYLE_MEMORY", raising=False)
    monkeypatch.setattr("sys.stdin", None)
    write_negative_style(tmp_path / "neg.onnx")
    found = Ran()
    monkeypatch.setattr(live, "run", found.as_loop)
    return found


def options(**changes: Any) -> LiveOptions:
    words: dict[str, Any] = {"camera": "test", "only": ("neg.onnx",), "window": False, "use_settings": False}
    return LiveOptions(**(words | {"device": "cpu"} | changes))


@pytest.mark.parametrize(
    ("changes", "mirror", "compare", "hud", "clean"),
    [
        ({}, False, Compare.OFF, True, False),
        ({"mirror": True, "compare": "sides"}, True, Compare.SIDES, True, False),
        ({"hud": False}, False, Compare.OFF, False, False),
        ({"clean": True}, False, Compare.OFF, False, True),
    ],
)
def test_a_session_begins_as_the_settings_say(
    ran: Ran, changes: dict[str, Any], mirror: bool, compare: Compare, hud: bool, clean: bool
) -> None:
    start(options(changes={**changes, "steady": 0.5, "output_size": "640x480"}, frames=5))
    session = ran.session
    assert (session.mirror, session.compare, session.hud, session.clean) == (mirror, compare, hud, clean)
    assert session.look.steady == 0.5
    assert (ran.preview, ran.named["output_size"], ran.named["frames"]) == (None, (640, 480), 5)


def test_the_sum_is_printed_at_the_end(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    start(options())
    assert capsys.readouterr().out == "11 frames, 20.0 fps, 8 ms a frame on CPU, 3 dropped\n"


@pytest.mark.parametrize(
    ("missing", "failed", "code"), [(False, None, 0), (False, False, 0), (True, None, 1), (False, True, 1)]
)
def test_a_recording_or_stream_that_was_not_made_is_exit_code_1(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, missing: bool, failed: bool | None, code: int
) -> None:
    stream = None if failed is None else SimpleNamespace(failed=failed)
    monkeypatch.setattr(live, "recorder_of", lambda *_: SimpleNamespace(missing=missing))
    monkeypatch.setattr(live, "stream_of", lambda *_: stream)
    if code:
        with pytest.raises(typer.Exit) as ended:
            start(options())
        assert ended.value.exit_code == code
    else:
        start(options())
    assert ran.session.stream is stream


@pytest.mark.parametrize(("listens", "plays", "has_sound"), [(0, 0, 0), (1, 0, 1), (0, 1, 1)])
def test_recordings_have_the_sound_of_a_microphone_or_a_clip(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, listens: int, plays: int, has_sound: int
) -> None:
    sounds: list[object] = []

    def recorder(_: object, __: object, sound: object) -> Any:
        sounds.append(sound)
        return SimpleNamespace(missing=False)

    monkeypatch.setattr(live, "microphone_on", lambda *_: bool(listens))
    monkeypatch.setattr(live, "plays_sound", lambda _: bool(plays))
    monkeypatch.setattr(live, "recorder_of", recorder)
    start(options())
    assert [sound is not None for sound in sounds] == [bool(has_sound)]


def test_backgrounds_reach_the_session(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite("beach.png", np.full((48, 64, 3), 9, np.uint8))
    for background, kind, behind, told in (
        ("beach.png", PICTURE, None, ""),
        (BLUR, BLUR, None, ""),
        ("neg", STYLE, 0, "nstcam: the background is painted as neg, which costs a second network\n"),
    ):
        only = ("neg.onnx",)
        start(options(only=only, changes={"background": "neg.onnx" if background == "neg" else background}))
        look = ran.session.look
        assert (look.background, look.behind) == (kind, behind)
        assert ran.session.backdrop_path == (Path("beach.png") if kind == PICTURE else None)
        assert (ran.session.backdrop is not None) == (kind == PICTURE)
        assert capsys.readouterr().err == told


@pytest.mark.parametrize(("window", "terminal", "figures"), [(0, 1, 1), (0, 0, 0), (1, 1, 0)])
def test_figures_are_for_terminals_without_a_window(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    window: int, terminal: int, figures: int,
) -> None:  # fmt: skip
    cards: list[object] = []
    shown = SimpleNamespace(show=lambda *card: cards.append(card), poll=lambda *_: None, close=lambda: None)
    monkeypatch.setattr(live, "Window", lambda: shown)
    monkeypatch.setattr(live, "while_polled", lambda _, work: work())
    monkeypatch.setattr("sys.stderr.isatty", lambda: bool(terminal))
    start(options(window=bool(window)))
    assert (ran.preview, len(cards)) == ((shown, 1) if window else (None, 0))
    ran.named["tick"](Reading(fps=30, ms=5), "CPU")
    assert ("30.0 fps  5 ms  CPU" in capsys.readouterr().err) == bool(figures)


def test_the_memory_for_styles_has_borders() -> None:
    assert memory_for_styles({"NSTCAM_STYLE_MEMORY": "1000000"}) == 1e12
    assert memory_for_styles({"NSTCAM_STYLE_MEMORY": "0.5"}) == 5e5
    assert memory_for_styles({"NSTCAM_STYLE_MEMORY": ""}) == 1e9
    for wrong in ("1000001", "-0.1", "x" * 41):
        with pytest.raises(NstError) as caught:
            memory_for_styles({"NSTCAM_STYLE_MEMORY": wrong})
        assert str(caught.value) == (f"NSTCAM_STYLE_MEMORY={wrong[:40]} is not a number of megabytes from 0 to 1000000")


def test_a_style_behind_people_joins_the_list_once(ran: Ran) -> None:
    styles, notices = [style_of("one")], Notices()
    for background, behind, names in (
        (OFF, Behind(OFF), ["one"]),
        (BLUR, Behind(BLUR), ["one"]),
        ("one", Behind(STYLE, "one"), ["one"]),
        ("neg.onnx", Behind(STYLE, "neg"), ["one", "neg"]),
        ("neg.onnx", Behind(STYLE, "neg"), ["one", "neg"]),
    ):
        assert scene_behind(Settings(background=background), styles, asked=True, notices=notices)[0] == behind
        assert [style.name for style in styles] == names
    assert notices.take() == []
    scene_behind(Settings(background="gone.jpg"), styles, asked=False, notices=notices)
    (told,) = notices.take()
    assert told.startswith("the saved background cannot be used (gone.jpg not found")
    assert told.endswith("); the room is shown instead")


def test_a_clip_can_be_played_again_and_nothing_else_is_looped(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start(options(loop=True))
    assert capsys.readouterr().err == "nstcam: --loop repeats clips; test pattern has no end, so it changes nothing\n"
    start(options())
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("typed", "saved", "told"), [(None, "7", 1), (None, Settings().camera, 0), ("7", "7", 0), ("7", "8", 0)]
)
def test_an_error_names_a_camera_that_was_saved_and_not_typed(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, typed: str | None, saved: str, told: int
) -> None:
    def gone(*_: object) -> None:
        raise SourceError("it is gone")

    monkeypatch.setattr(live, "saved_settings", lambda _: Settings(camera=saved))
    monkeypatch.setattr(live, "source_of", gone)
    with pytest.raises(SourceError) as caught:
        start(options(camera=typed, use_settings=True))
    assert str(caught.value) == ("it is gone" + told * "; 7 is the camera saved with key w, --camera chooses another")


def test_a_background_that_is_gone_is_an_error_only_if_it_is_asked_for_now(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live, "saved_settings", lambda _: Settings(background="gone.jpg"))
    start(options(use_settings=True))
    assert capsys.readouterr().err.startswith("nstcam: the saved background cannot be used (gone.jpg not found")
    with pytest.raises(NstError, match=r"^gone\.jpg not found"):
        start(options(changes={"background": "gone.jpg"}))


def test_an_interrupt_does_not_wait_for_a_style_that_is_stuck(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    @contextmanager
    def interrupt(*, clear: object, end_stuck: bool) -> Iterator[object]:
        asked.append(end_stuck)
        yield "stop"

    monkeypatch.setattr(live, "stop_on_interrupt", interrupt)
    start(options())
    assert (asked, ran.named["stop"]) == ([False], "stop")
