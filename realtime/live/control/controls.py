"""Which command a control of an instrument gives: the table controls.toml, for faders and buttons of MIDI and OSC."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nstcam.media.own_files import read_at_most
from nstcam.media.shown import shown
from nstcam.realtime.live.control.commands import COMMANDS
from nstcam.realtime.live.settings import SettingsError, settings_path

_MOST_BYTES: Final = 1 << 16
_LONGEST: Final = 200
"""The most letters that a command or an address may have."""
_NUMBER: Final = r"[+-]?\d{1,6}(?:\.\d{1,6})?"
_RANGE: Final = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_MIDI_KEY: Final = re.compile(r"(?:([1-9]|1[0-6])/)?(\d{1,3})")
_WORDS: Final = frozenset(command.partition(" ")[0] for command in COMMANDS)
VALUED: Final = ("style", "blend", "strength", "steady", "stroke-scale", "target-fps", "paint", "background", "key")
"""Commands that take a value as it is, a number or a name."""
_SCALED: Final = {"strength": 1, "steady": 1, "blend": 2}
"""Commands that end in a number from 0 to 1: how many words stand before it."""
_SWITCHED: Final = {
    **dict.fromkeys(("record", "learn"), ("start", "stop")),
    **dict.fromkeys(("keep-colors", "follow", "brighten", "mirror", "virtual-camera", "stream"), ("on", "off")),
}
_FIRST_PAD: Final = 36
_PADS: Final = 16


@dataclass(frozen=True)
class Controls:
    """Commands by control. Each command is a line of commands.py, in which `0.5..2` stands for the control's value
    within that range.

    Attributes:
        control: by number of a MIDI controller, 0 to 127, or CHANNEL/NUMBER.
        note: by number of a MIDI note, 0 to 127, or CHANNEL/NUMBER.
        osc: by OSC address, beside those below /nstcam/.
    """

    control: Mapping[str, str] = field(default_factory=dict)
    note: Mapping[str, str] = field(default_factory=dict)
    osc: Mapping[str, str] = field(default_factory=dict)


DEFAULT: Final = Controls(
    control={"1": "strength", "2": "steady"},
    note={str(_FIRST_PAD + pad): f"style {pad + 1}" for pad in range(_PADS)},
)
"""Without a table: the modulation wheel, breath, and the sixteen pads that most controllers have."""


def controls_path() -> Path:
    """Path of the table, which may not exist: beside the settings."""
    return settings_path().with_name("controls.toml")


def load_controls(path: Path | None) -> Controls:
    """The table in a file, or DEFAULT if `path` is None and there is none at its usual place.

    Raises:
        SettingsError: the file cannot be read, or something in it is not a control or a command.
    """
    wanted = path or controls_path()
    try:
        found = tomllib.loads(read_at_most(wanted, _MOST_BYTES).decode())
        return Controls(**{name: _checked(name, table) for name, table in found.items()})
    except FileNotFoundError:
        if path is None:
            return DEFAULT
        raise SettingsError(f"controls {path} not found; choose another file, or leave out --controls") from None
    except OSError as error:
        raise SettingsError(f"controls {wanted} cannot be read ({error.strerror})") from error
    except RecursionError as error:
        raise SettingsError(f"controls {wanted} cannot be used (its brackets are nested too deep)") from error
    except (ValueError, SettingsError) as error:
        raise SettingsError(f"controls {wanted} cannot be used ({shown(str(error))}); correct it") from error


def _checked(name: str, table: object) -> dict[str, str]:
    if name not in ("control", "note", "osc") or not isinstance(table, dict):
        raise SettingsError(f"{name[:_LONGEST]} is not one of the tables [control], [note] and [osc]")
    for key, command in table.items():
        if name == "osc":
            fits = key.startswith("/") and len(key) <= _LONGEST
        else:
            match = _MIDI_KEY.fullmatch(key)
            fits = match is not None and int(match[2]) < 128
        if not fits:
            wanted = "an address like /1/fader1" if name == "osc" else 'a number from 0 to 127, or "CHANNEL/NUMBER"'
            raise SettingsError(f"[{name}] {key[:_LONGEST]} is not {wanted}")
        if not isinstance(command, str) or command.partition(" ")[0] not in _WORDS or len(command) > _LONGEST:
            raise SettingsError(
                f"[{name}] {key} = {command!r:.60} is not a command; type help in nstcam --no-window to list them"
            )
        if "\n" in command:
            raise SettingsError(f"[{name}] {key} has a command of several lines")
    return dict(table)


def line_for(command: str, value: float) -> str | None:
    """The command line for a control's value of 0..1; None if there is nothing to do, as when a button is released."""
    if match := _RANGE.search(command):
        low, high = float(match[1]), float(match[2])
        return f"{command[: match.start()]}{low + (high - low) * value:.4g}{command[match.end() :]}"
    word, *rest = command.split()
    if word in _SCALED and len(rest) == _SCALED[word] - 1 and rest != ["off"]:
        return f"{command} {value:.4g}"
    if word in _SWITCHED and not rest:
        on, off = _SWITCHED[word]
        return f"{command} {on if value >= 0.5 else off}"
    return command if value > 0 else None
