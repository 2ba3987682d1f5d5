"""controls.toml, and what its commands become at the values of a control."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.realtime.live.control.controls import DEFAULT, line_for, load_controls
from nstcam.realtime.live.settings import SettingsError


@pytest.mark.parametrize(
    ("command", "value", "line"),
    [
        ("strength", 0.5, "strength 0.5"),
        ("blend wave", 0.25, "blend wave 0.25"),
        ("blend off", 1.0, "blend off"),
        ("strength 0.2..0.8", 0.5, "strength 0.5"),
        ("strength 1..0", 0.25, "strength 0.75"),
        ("strength 0.3", 1.0, "strength 0.3"),
        ("record", 1.0, "record start"),
        ("record", 0.0, "record stop"),
        ("record start", 1.0, "record start"),
        ("keep-colors", 0.2, "keep-colors off"),
        ("snapshot", 0.7, "snapshot"),
        ("snapshot", 0.0, None),
        ("style wave", 0.0, None),
    ],
)
def test_a_control_at_a_value_gives_a_line(command: str, value: float, line: str | None) -> None:
    assert line_for(command, value) == line


def test_the_table_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_SETTINGS", str(tmp_path / "settings.toml"))
    assert load_controls(None) is DEFAULT
    (tmp_path / "controls.toml").write_text(
        '[control]\n"10/7" = "strength 0..0.8"\n[note]\n60 = "next"\n[osc]\n"/1/fader1" = "steady"\n'
    )
    controls = load_controls(None)
    assert controls.control == {"10/7": "strength 0..0.8"}
    assert controls.note == {"60": "next"}
    assert controls.osc == {"/1/fader1": "steady"}
    key, command = f"/{'x' * 199}", f"style {'x' * 194}"
    (tmp_path / "controls.toml").write_text(f'[osc]\n"{key}" = "{command}"\n')
    assert load_controls(None).osc == {key: command}, "200 letters"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[control", "cannot be used"),
        ("[knobs]\n1 = 'next'", r"knobs is not one of the tables \[control\], \[note\] and \[osc\]"),
        ("note = 3", "note is not one of the tables"),
        ("[note]\n128 = 'next'", r"\[note\] 128 is not a number from 0 to 127"),
        ("[note]\n'17/1' = 'next'", r"\[note\] 17/1 is not a number"),
        ("[osc]\nfader = 'next'", r"\[osc\] fader is not an address like /1/fader1"),
        ("[note]\n1 = 'rm -rf'", r"\[note\] 1 = 'rm -rf' is not a command"),
        ("[note]\n1 = 7", r"\[note\] 1 = 7 is not a command"),
        ("[note]\n1 = '''key c\nquit'''", "several lines"),
        ("x = " + "[" * 5000, "cannot be used"),
        (f"[osc]\n'/{'x' * 200}' = 'next'", f"/{'x' * 199} is not an address"),
        (f"[note]\n1 = 'style {'x' * 195}'", "is not a command"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "controls.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=says) as told:
        load_controls(path)
    assert "\n" not in str(told.value)


def test_a_table_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"mine\.toml not found; choose another file"):
        load_controls(tmp_path / "mine.toml")
