"""MIDI messages as commands."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.cli.app import main
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.control.controls import DEFAULT, Controls
from nstcam.realtime.live.control.midi import Midi, Translator, described, find_input, list_inputs
from tests.support.commands import outcome

mido: Any = pytest.importorskip("mido", reason="mido is not installed")

CONTROLS = Controls(
    control={"7": "strength", "10/7": "steady", "64": "snapshot", "65": "record"},
    note={"60": "next", "61": "keep-colors"},
)


def translated(*messages: Any, controls: Controls = CONTROLS) -> list[str]:
    lines: list[str] = []
    translator = Translator(controls, lines.append)
    for one in messages:
        translator(one)
    return lines


def turned(control: int, value: int, channel: int = 0) -> Any:
    return mido.Message("control_change", control=control, value=value, channel=channel)


def test_faders_pads_and_programs() -> None:
    assert translated(turned(7, 127), turned(7, 0), turned(7, 127, channel=9), turned(9, 1)) == [
        "strength 1", "strength 0", "steady 1",
    ]  # fmt: skip
    pressed = mido.Message("note_on", note=60, velocity=5), mido.Message("note_on", note=60, velocity=0)
    assert translated(*pressed, mido.Message("note_off", note=60, velocity=64)) == ["next"]
    held = mido.Message("note_on", note=61, velocity=90), mido.Message("note_off", note=61)
    assert translated(*held) == ["keep-colors on", "keep-colors off"]
    assert translated(mido.Message("program_change", program=4)) == ["style 5"]
    assert translated(mido.Message("clock"), mido.Message("pitchwheel", pitch=99), mido.Message("sysex")) == []


def test_a_knob_presses_a_button_when_it_passes_the_middle() -> None:
    assert translated(*(turned(64, value) for value in (10, 60, 70, 100, 127, 20, 90))) == ["snapshot", "snapshot"]
    assert translated(turned(65, 127), turned(65, 0)) == ["record start", "record stop"]


def test_without_a_table_the_pads_are_styles() -> None:
    pads = [mido.Message("note_on", note=note, velocity=100) for note in (36, 51, 52)]
    assert translated(*pads, turned(1, 64), controls=DEFAULT) == ["style 1", "style 16", "strength 0.5039"]


def test_what_comes_in_is_described_as_the_table_names_it() -> None:
    assert described(turned(7, 127, 9), "steady 1") == '[control] "7"  channel 10  value 1.00  ->  steady 1'
    assert described(mido.Message("note_on", note=60, velocity=0), None) == '[note] "60"  channel 1  value 0.00'
    assert "program=4" in described(mido.Message("program_change", program=4), "style 5")


def test_inputs_are_found_by_part_of_their_name() -> None:
    found = ["Midi Through Port-0", "nanoKONTROL2 1", "Launchpad Mini"]
    assert find_input("any", found) == "nanoKONTROL2 1"
    assert find_input("any", found[:1]) == found[0]
    assert find_input("launch", found) == "Launchpad Mini"
    with pytest.raises(SinkError, match="MIDI input piano not found; inputs found: Midi Through Port-0, nano"):
        find_input("piano", found)
    with pytest.raises(SinkError, match="no MIDI input found; plug one in"):
        find_input("any", [])


class FakePort:
    def __init__(self, name: str, callback: Any) -> None:
        self.name, self.callback, self.closed = name, callback, False

    def close(self) -> None:
        self.closed = True


def install(monkeypatch: pytest.MonkeyPatch, *names: str, error: Exception | None = None) -> list[FakePort]:
    ports: list[FakePort] = []

    def open_input(name: str, callback: Any) -> FakePort:
        if error:
            raise error
        ports.append(FakePort(name, callback))
        return ports[-1]

    monkeypatch.setitem(sys.modules, "rtmidi", SimpleNamespace())
    library = SimpleNamespace(get_input_names=lambda: list(names), open_input=open_input)
    monkeypatch.setitem(sys.modules, "mido", library)
    return ports


def test_an_input_is_opened_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = install(monkeypatch, "Launchpad Mini")
    lines: list[str] = []
    midi = Midi("any", Translator(CONTROLS, lines.append))
    ports[0].callback(turned(7, 0))
    midi.close()
    assert (midi.name, lines, ports[0].closed) == ("Launchpad Mini", ["strength 0"], True)


def test_what_cannot_be_opened_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "Launchpad Mini", error=OSError("busy"))
    with pytest.raises(
        SinkError, match=r"MIDI input Launchpad Mini cannot be opened \(busy\); close other programs that use it"
    ):
        Midi("any", lambda _: None)
    monkeypatch.setattr(sys.modules["mido"], "get_input_names", lambda: [][1])
    with pytest.raises(SinkError, match="MIDI cannot be used here"):
        list_inputs()


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> Any:
        raise ImportError

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(SinkError, match=r"pip install 'nstcam\[midi\]'"):
        list_inputs()


def test_the_command_shows_what_comes_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ports = install(monkeypatch, "Launchpad Mini")
    real = sys.modules["mido"].open_input

    def open_input(name: str, callback: Any) -> FakePort:
        callback(turned(1, 127))
        callback(None)  # ends the command, as Ctrl-C does
        return real(name, callback)  # type: ignore[no-any-return]

    def describe(message: Any, line: str | None) -> str:
        if message is None:
            raise KeyboardInterrupt
        return described(message, line)

    monkeypatch.setattr(sys.modules["mido"], "open_input", open_input)
    monkeypatch.setattr("nstcam.realtime.live.control.midi.described", describe)
    monkeypatch.setattr(Translator, "line", lambda _, message: "strength 1" if message else None)
    _, out, _ = outcome(main, ("nstcam", "midi"), monkeypatch, capsys)
    assert '[control] "1"  channel 1  value 1.00  ->  strength 1' in out
    assert ports[0].closed
