"""MIDI: faders, knobs, pads and keys. Needs mido and python-rtmidi, optional packages."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

from nstcam.media.shown import shown
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.control.controls import Controls, line_for

ANY: Final = "any"
"""Stands for the first input that is not a loop of the system."""
_LOOPS: Final = ("midi through", "thru", "iac driver", "rtmidi")
_NEEDS: Final = "MIDI needs packages; pip install 'nstcam[midi]'"


def list_inputs() -> list[str]:
    """The names of the MIDI inputs.

    Raises:
        SinkError: the packages are missing, or the system has no MIDI.
    """
    return _listed(_library())


def find_input(spec: str, found: list[str]) -> str:
    """The input that a user named: `any`, or a part of its name in upper or lower case.

    Raises:
        SinkError: there is none of that name; the text lists those that there are.
    """
    if spec == ANY:
        real = [name for name in found if not any(loop in name.lower() for loop in _LOOPS)]
        if real or found:
            return (real or found)[0]
        raise SinkError("no MIDI input found; plug one in, or leave out --midi")
    for name in found:
        if spec.lower() in name.lower():
            return name
    raise SinkError(f"MIDI input {spec[:100]} not found; inputs found: {', '.join(map(shown, found)) or 'none'}")


class Midi:
    """Listens in a thread of the package until it is closed.

    Attributes:
        name: of the input that was found.
    """

    def __init__(self, spec: str, heard: Callable[[Any], None]) -> None:
        """Opens the input.

        Args:
            spec: as for `find_input`.
            heard: takes each message of mido, in another thread.

        Raises:
            SinkError: it is not there or cannot be opened, or the packages are missing.
        """
        library = _library()
        self.name = find_input(spec, _listed(library))
        try:
            self._port = library.open_input(self.name, callback=heard)
        except Exception as error:  # rtmidi has errors of its own
            raise SinkError(
                f"MIDI input {shown(self.name)} cannot be opened ({error}); close other programs that use it"
            ) from error

    def close(self) -> None:
        """Stops listening."""
        self._port.close()


class Translator:
    """Turns messages into commands by the table, and hands them on."""

    def __init__(self, controls: Controls, put: Callable[[str], None]) -> None:
        self._controls, self._put = controls, put
        self._values: dict[str, float] = {}

    def __call__(self, message: Any) -> None:
        line = self.line(message)
        if line is not None:
            self._put(line)

    def line(self, message: Any) -> str | None:
        """The command of a message of mido; None if it has none."""
        if message.type == "program_change":
            return f"style {message.program + 1}"
        name = name_of(message)
        if name is None:
            return None
        table, key, channel = name
        commands = self._controls.note if table == "note" else self._controls.control
        command = commands.get(f"{channel}/{key}", commands.get(key))
        value = value_of(message)
        before, self._values[f"{table} {channel}/{key}"] = self._values.get(f"{table} {channel}/{key}", 0.0), value
        if command is None:
            return None
        line = line_for(command, value)
        if table == "control" and line == command and not before < 0.5 <= value:
            return None  # a knob that is turned presses a button once, when it passes the middle
        return line


def name_of(message: Any) -> tuple[str, str, int] | None:
    """The table of controls.toml that a message belongs to, its number there, and its channel, from 1; None if there is
    none."""
    if message.type in ("note_on", "note_off"):
        return "note", str(message.note), message.channel + 1
    if message.type == "control_change":
        return "control", str(message.control), message.channel + 1
    return None


def value_of(message: Any) -> float:
    """The value of a note or a control, 0..1; that of a released note is 0."""
    if message.type == "note_off":
        return 0.0
    raw: int = message.velocity if message.type == "note_on" else message.value
    return raw / 127


def described(message: Any, line: str | None) -> str:
    """A message for people: how controls.toml names it, its value, and the command it gives."""
    name = name_of(message)
    does = f"  ->  {line}" if line else ""
    if name is None:
        return f"{message}{does}"
    table, key, channel = name
    return f'[{table}] "{key}"  channel {channel}  value {value_of(message):.2f}{does}'


def _library() -> Any:
    try:
        importlib.import_module("rtmidi")
        return importlib.import_module("mido")
    except ImportError as error:
        raise SinkError(_NEEDS) from error


def _listed(library: Any) -> list[str]:
    try:
        return list(library.get_input_names())
    except Exception as error:  # rtmidi has errors of its own, such as a Linux without ALSA
        reason = " ".join(str(error).split())
        raise SinkError(f"MIDI cannot be used here ({reason}); check the system's MIDI driver") from error
