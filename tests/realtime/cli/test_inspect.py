"""Tests what nstcam cameras, microphones, midi and doctor print."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from nstcam.realtime.capture.cameras import CameraInfo
from nstcam.realtime.capture.microphone import MicrophoneInfo
from nstcam.realtime.checkup.finding import Finding
from nstcam.realtime.cli import inspect

CAMERAS = [CameraInfo(0, "front"), CameraInfo(2, "back")]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The modes that each camera was tried in."""
    found: list[list[str]] = []

    def try_out(modes: list[str], _open: object) -> list[Any]:
        found.append(modes)
        return [SimpleNamespace(works=mode == "good", line=f"{mode} mode") for mode in modes]

    trials = "nstcam.realtime.capture.mode_trials."
    monkeypatch.setattr("nstcam.realtime.capture.cameras.list_cameras", lambda: CAMERAS)
    monkeypatch.setattr(f"{trials}driver_modes", lambda camera: [camera.name] if camera.index else [])
    monkeypatch.setattr(f"{trials}listing", lambda listed: [f"lists {name}" for name in listed])
    monkeypatch.setattr(f"{trials}to_try", lambda _: ["good", "bad"])
    monkeypatch.setattr(f"{trials}try_out", try_out)
    monkeypatch.setattr(f"{trials}record", lambda camera, listed, trials: [camera.index, listed, len(trials)])
    return found


def as_json(records: object) -> str:
    return json.dumps(records, indent=1) + "\n"


def test_cameras_and_their_modes(tried: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    inspect.cameras()
    assert capsys.readouterr().out == "0  front\n2  back\n    lists back\n"
    inspect.cameras(measure=True)
    modes = "    works  good mode\n    fails  bad mode\n"
    assert capsys.readouterr().out == f"0  front\n{modes}2  back\n    lists back\n{modes}"
    assert tried == [[], [], ["good", "bad"], ["good", "bad"]]
    inspect.cameras(measure=True, as_json=True)
    assert capsys.readouterr().out == as_json([[0, [], 2], [2, ["back"], 2]])


def test_no_camera(tried: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("nstcam.realtime.capture.cameras.list_cameras", lambda: [])
    inspect.cameras()
    assert tuple(capsys.readouterr()) == ("", "no camera found; nstcam --camera test needs none\n")
    inspect.cameras(as_json=True)
    assert tuple(capsys.readouterr()) == ("[]\n", "")


def test_microphones(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = [MicrophoneInfo(0, "desk", 1, 48000.0, False), MicrophoneInfo(3, "head\x1b", 2, 44100.0, True)]
    monkeypatch.setattr("nstcam.realtime.capture.microphone.list_microphones", lambda: found)
    inspect.microphones()
    assert tuple(capsys.readouterr()) == ("0  desk\n3  head\\x1b  (default)\n", "")
    inspect.microphones(as_json=True)
    assert capsys.readouterr().out == as_json([asdict(one) for one in found])
    found.clear()
    inspect.microphones()
    assert tuple(capsys.readouterr()) == ("", "no microphone found; recordings of a camera are silent\n")


@pytest.mark.parametrize(("name", "asked", "table"), [(None, "any", None), ("pad", "pad", Path("my.toml"))])
def test_messages_of_a_midi_input_are_shown_until_the_end(
    name: str | None, asked: str, table: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, pipe = list[Any](), io.BytesIO()
    out = io.TextIOWrapper(pipe, newline="\n")

    def described(message: object, line: str) -> str:
        if message == "end":
            assert pipe.getvalue().endswith(f"two: by {table}\n".encode()), "each is shown before the next comes"
            raise KeyboardInterrupt
        return f"{message}: {line}"

    def midi(spec: str, heard: Any) -> Any:
        for message in ("one", "two", "end"):
            heard(message)
        made.append(SimpleNamespace(name=f"the {spec}", closed=0))
        made[-1].close = lambda: setattr(made[-1], "closed", 1)
        return made[-1]

    module = "nstcam.realtime.live.control."
    monkeypatch.setattr(f"{module}midi.Midi", midi)
    monkeypatch.setattr(f"{module}midi.described", described)
    monkeypatch.setattr(f"{module}midi.list_inputs", lambda: ["pad", "keys"])
    monkeypatch.setattr(f"{module}midi.Translator", lambda table, _: SimpleNamespace(line=lambda _: f"by {table}"))
    monkeypatch.setattr(f"{module}controls.load_controls", lambda path: path)
    monkeypatch.setattr(f"{module}controls.controls_path", lambda: Path("usual.toml"))
    with redirect_stdout(out), pytest.raises(KeyboardInterrupt):
        inspect.midi(name, table)
    assert pipe.getvalue().decode() == (
        f"pad\nkeys\nlistening to the {asked}; the table is {table or 'usual.toml'}\none: by {table}\ntwo: by {table}\n"
    )
    assert made[0].closed == 1


@pytest.mark.parametrize(("states", "fault"), [(("ok", "hint"), False), (("ok", "fault", "hint"), True)])
@pytest.mark.parametrize("json_asked", [False, True])
def test_the_doctor_ends_with_1_only_at_a_fault(
    states: tuple[str, ...], fault: bool, json_asked: bool,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    found = [Finding("GPU", state, "is there", "" if state == "ok" else "do this") for state in states]
    monkeypatch.setattr("nstcam.realtime.checkup.doctor.examine", lambda: found)
    if fault:
        with pytest.raises(typer.Exit) as ended:
            inspect.doctor(as_json=json_asked)
        assert ended.value.exit_code == 1
    else:
        inspect.doctor(as_json=json_asked)
    lines = [f"{state:<6}GPU: is there{'' if state == 'ok' else '; do this'}\n" for state in states]
    assert capsys.readouterr().out == (as_json([asdict(one) for one in found]) if json_asked else "".join(lines))


def test_each_line_is_there_before_the_next_is_waited_for(
    tried: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipe, too, whose lines are otherwise kept until there are many."""
    pipe, lines = io.BytesIO(), list[int]()

    def count(*_: object) -> None:
        lines.append(pipe.getvalue().count(b"\n"))

    def findings() -> Iterator[Finding]:
        for _ in range(3):
            count()
            yield Finding("GPU", "ok", "is there")

    def trials(*_given: object) -> Iterator[Any]:
        for _ in range(2):
            count()
            yield SimpleNamespace(works=True, line="a mode")

    monkeypatch.setattr("nstcam.realtime.checkup.doctor.examine", findings)
    monkeypatch.setattr("nstcam.realtime.capture.mode_trials.try_out", trials)
    with redirect_stdout(io.TextIOWrapper(pipe)):
        inspect.doctor()
        inspect.cameras(measure=True)
    assert lines == [0, 1, 2, 4, 5, 8, 9]
