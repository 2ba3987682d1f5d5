"""Microphones by name, their sound at its time, and what is said where there is none."""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

import numpy as np
import pytest

from nstcam.realtime.capture.microphone import Microphone, find_microphone, list_microphones
from nstcam.realtime.capture.tape import RATE, Tape, sample_at
from nstcam.realtime.cli.app import main, with_default_device
from nstcam.realtime.errors import SourceError
from tests.support.commands import outcome
from tests.support.fakes.microphone import install_fake_microphones

BEEP = np.sin(np.arange(4800) * 0.3).astype(np.float32)


def test_microphones_are_listed_and_found_by_number_name_and_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    install_fake_microphones(monkeypatch, "USB Mic", "HD Webcam", "USB Mic Pro")
    found = list_microphones()
    assert [(one.index, one.name, one.channels) for one in found] == [
        (1, "USB Mic", 1), (2, "HD Webcam", 2), (3, "USB Mic Pro", 2),
    ]  # fmt: skip
    names = {spec: find_microphone(spec, found).name for spec in ("default", "3", "usb mic", "webcam", "pro")}
    assert names == {
        "default": "HD Webcam", "3": "USB Mic Pro", "usb mic": "USB Mic", "webcam": "HD Webcam", "pro": "USB Mic Pro",
    }  # fmt: skip
    for spec in ("0", "9" * 50, "piano", ""):
        if spec:
            with pytest.raises(SourceError, match='not found; microphones found: 1 "USB Mic", 2 "HD Webcam"'):
                find_microphone(spec, found)
    with pytest.raises(SourceError, match="no microphone found; plug one in"):
        find_microphone("default", [])


@pytest.mark.parametrize(("name", "rate"), [("USB Mic", 48000), ("HD Webcam", 48000), ("HD Webcam", 44100)])
def test_sound_lies_at_the_time_it_was_heard(monkeypatch: pytest.MonkeyPatch, name: str, rate: int) -> None:
    """However late the driver delivers it, in one channel or two, at any rate."""
    library = install_fake_microphones(monkeypatch, "USB Mic", "HD Webcam", rate=rate)
    tape = Tape()
    microphone = Microphone(name, tape)
    (stream,) = library.streams
    heard = time.monotonic() - 0.5
    stream.hear(BEEP, ago=0.5)
    microphone.close()
    assert stream.closed
    sound = tape.take(sample_at(heard - 0.1), sample_at(heard + 0.3))
    (loud,) = np.nonzero(abs(sound[0]) > 0.1)
    assert loud[0] / RATE - 0.1 == pytest.approx(0, abs=0.02)
    assert (loud[-1] - loud[0]) / RATE == pytest.approx(4800 / rate, abs=0.005)
    assert np.allclose(sound[0], sound[1])
    assert abs(sound).max() == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize(("ago", "clock"), [(None, 50.0), (None, 1.5), (77.0, 50.0)])
def test_a_driver_that_does_not_know_the_time_delivers_at_once(
    monkeypatch: pytest.MonkeyPatch, ago: float | None, clock: float
) -> None:
    library = install_fake_microphones(monkeypatch, "USB Mic")
    tape = Tape()
    Microphone("default", tape)
    library.streams[0].time = clock
    library.streams[0].hear(BEEP, ago)
    assert tape.end == pytest.approx(sample_at(time.monotonic()), abs=RATE // 2)


def test_a_lost_microphone_is_told_and_one_that_is_closed_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    library = install_fake_microphones(monkeypatch, "USB Mic")
    told: list[str] = []
    lost, closed = Microphone("usb", Tape(), told.append), Microphone("usb", Tape(), told.append)
    closed.close()
    assert told == []
    library.streams[0].unplug()
    assert told == [f"microphone {lost.name} is lost; what is recorded from now on is silent"]


def test_one_in_use_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    library = install_fake_microphones(monkeypatch, "USB Mic")
    monkeypatch.setattr(library, "in_use", True)
    with pytest.raises(SourceError, match=r"USB Mic cannot be opened \(Device unavailable\); check that no other"):
        Microphone("usb", Tape())


@pytest.mark.parametrize(
    ("error", "says"),
    [(ImportError(), r"pip install 'nstcam\[microphone\]'"), (OSError("PortAudio"), "apt install libportaudio2")],
)
def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    def refuse(name: str) -> Any:
        raise error

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(SourceError, match=says):
        list_microphones()


def test_the_command_lists_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    install_fake_microphones(monkeypatch, "USB\x1bMic", "HD Webcam")
    code, out, _ = outcome(main, ("nstcam", "microphones"), monkeypatch, capsys)
    assert (code, out.splitlines()[1], "\x1b" in out) == (0, "2  HD Webcam  (default)", False)
    _, out, _ = outcome(main, ("nstcam", "microphones", "--json"), monkeypatch, capsys)
    assert json.loads(out)[1]["name"] == "HD Webcam"
    install_fake_microphones(monkeypatch)
    code, out, error = outcome(main, ("nstcam", "microphones"), monkeypatch, capsys)
    assert (code, out, error.startswith("no microphone found")) == (0, "", True)


def test_without_a_value_the_usual_one_is_meant() -> None:
    assert with_default_device(["--microphone", "--record", "a.mp4"]) == ["--microphone=default", "--record", "a.mp4"]
    assert with_default_device(["--microphone", "usb"]) == ["--microphone", "usb"]


def test_sounddevice_has_what_the_stand_in_has() -> None:
    try:
        library = importlib.import_module("sounddevice")
    except (ImportError, OSError):
        pytest.skip("sounddevice or PortAudio is not installed")
    assert {"PortAudioError", "InputStream", "query_hostapis", "query_devices", "default"} <= set(dir(library))
    assert "sounddevice" in sys.modules
