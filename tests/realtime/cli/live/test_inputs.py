"""Tests what is opened for a live session, and what is only a notice where it is missing."""

from __future__ import annotations

from contextlib import ExitStack
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from nstcam.realtime.capture.modes import Mode
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.cli.live import inputs, outputs
from nstcam.realtime.cli.live.inputs import control_of, instruments, microphone_on, source_of
from nstcam.realtime.cli.live.options import LiveOptions
from nstcam.realtime.cli.live.outputs import plays_sound, recorder_of, virtual_camera_of
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.live.control.port import Control
from nstcam.realtime.live.control.show import Show
from nstcam.realtime.live.settings import Settings
from tests.support.media.clips import write_clip


def test_a_source_gets_the_mode_and_holds_its_end_only_for_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(inputs, "open_source", lambda *given, **named: asked.append((*given, named)))
    tape = Tape()
    for settings, options in (
        (Settings(camera="1", size="640x480", fps=15, format="yuyv"), LiveOptions(loop=True)),
        (Settings(camera="a.mp4"), LiveOptions(window=False)),
    ):
        source_of(settings, options, print, tape)
    assert asked == [
        ("1", Mode((640, 480), 15, "yuyv"), print, {"loop": True, "hold": True, "tape": tape}),
        ("a.mp4", Mode(None, None, "auto"), print, {"loop": False, "hold": False, "tape": tape}),
    ]


@pytest.mark.parametrize(
    ("window", "terminal", "group", "read"),
    [(True, False, 7, False), (False, False, 8, True), (False, True, 7, True), (False, True, 8, False)],
)
def test_commands_come_through_the_port_and_without_a_window_from_standard_input_too(
    monkeypatch: pytest.MonkeyPatch, *, window: bool, terminal: bool, group: int, read: bool
) -> None:
    heard: list[object] = []

    class Input(TextIOWrapper):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setattr(Control, "listen_at", lambda _, port: port + 1)
    monkeypatch.setattr(Control, "listen_to", lambda _, file, __: heard.append(file))
    monkeypatch.setattr("os.tcgetpgrp", lambda file: 7 if file == 0 else 9, raising=False)
    monkeypatch.setattr("os.getpgrp", lambda: group, raising=False)
    with Input(BytesIO()) as given:
        monkeypatch.setattr("sys.stdin", given)
        for control, told in ((None, []), (7000, ["listening for commands at 127.0.0.1:7001"])):
            notices = Notices()
            control_of(LiveOptions(window=window, control=control), notices)
            assert (notices.take(), heard) == (told, [given] if read else [])
            heard.clear()


def test_a_microphone_that_is_missing_is_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []

    class Heard:
        def __init__(self, wanted: str, *_: object) -> None:
            if wanted == "none":
                raise NstError("microphone none not found")

        def close(self) -> None:
            closed.append(1)

    monkeypatch.setattr(inputs, "Microphone", Heard)
    notices = Notices()
    with ExitStack() as opened:
        found = [microphone_on(wanted, Tape(), notices, opened) for wanted in (None, "none", "usb")]
        assert (found, closed) == ([False, False, True], [])
    assert closed == [1]
    assert notices.take() == ["microphone none not found; recordings are silent"]


@pytest.mark.parametrize("host", ["", "0.0.0.0:", "localhost:"])
def test_instruments_are_those_that_are_asked_for(host: str) -> None:
    notices = Notices()
    with ExitStack() as opened:
        assert instruments(LiveOptions(), notices, opened) == []
        (show,) = instruments(LiveOptions(every=5), notices, opened)
        assert isinstance(show, Show)
        assert notices.take() == []
        pytest.importorskip("pythonosc")
        assert len(instruments(LiveOptions(osc=f"{host}0", every=5), notices, opened)) == 2
    where, *warned = notices.take()
    assert where.startswith(f"listening for OSC at {host.rstrip(':') or '127.0.0.1'}:")
    asked = ["anyone who can reach that address can give commands: OSC has no password"]
    assert warned == (asked if host == "0.0.0.0:" else [])


@pytest.mark.parametrize(
    ("wanted", "device", "told"),
    [(None, None, []), ("auto", None, ["on"]), ("required", None, ["on"]), ("/dev/video9", "/dev/video9", ["on"])],
)
def test_a_virtual_camera_is_switched_on_if_wanted(
    monkeypatch: pytest.MonkeyPatch, wanted: str | None, device: str | None, told: list[str]
) -> None:
    devices: list[str | None] = []

    class Camera:
        missing = False

        def __init__(self, device: str | None) -> None:
            devices.append(device)

        def toggle(self) -> str:
            if Camera.missing:
                raise SinkError("no driver")
            return "on"

    monkeypatch.setattr(outputs, "VirtualCamera", Camera)
    notices = Notices()
    virtual_camera_of(wanted, notices)
    assert (devices, notices.take()) == ([device], told)
    Camera.missing = True
    if wanted == "required":
        with pytest.raises(SinkError, match="no driver"):
            virtual_camera_of(wanted, notices)
    else:
        virtual_camera_of(wanted, notices)
        assert notices.take() == (["no driver"] if wanted else [])


def test_a_clip_has_sound_and_is_not_recorded_over(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", frames=3, audio="flac")
    silent = write_clip(tmp_path / "b.mkv", frames=3)
    sources = (str(clip), str(silent), "0", str(tmp_path), f"http://host/{'x' * 999}")
    assert [plays_sound(source) for source in sources] == [True, False, False, False, False]
    with pytest.raises(SinkError, match=r"a\.mkv is playing as the camera"):
        recorder_of(LiveOptions(record=clip, overwrite=True), str(clip), None)
    assert not recorder_of(LiveOptions(), f"http://host/{'x' * 999}", None).on
