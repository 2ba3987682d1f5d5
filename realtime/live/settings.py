"""Settings that last: what was changed live, saved with key w as TOML, and the defaults of the next start."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from nstcam.realtime.capture.modes import FORMATS
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.effects.steady import DEFAULT
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.live.work_size import SCALES, size_of
from nstcam.realtime.partfile import part_file

HEAD: Final = "# Saved by nstcam with key w. Options of the command line win; --no-settings ignores this file.\n"


class SettingsError(NstError):
    """The file of settings cannot be used."""


@dataclass(frozen=True)
class Settings:
    """Each field is a key of the file; what has no value is not in it."""

    style: str | None = None
    """Name of the first to show, or its file."""
    strength: float = 1.0
    keep_colors: bool = False
    steady: float = DEFAULT
    follow: bool = True
    """Strokes go with the scene when the camera moves."""
    work_size: str = "640x480"
    work_step: int = 0
    """How many steps below `work_size` the working size is."""
    target_fps: float | None = None
    mirror: bool | None = None
    """None: for cameras."""
    compare: str = Compare.OFF.name.lower()
    fullscreen: bool = False
    hud: bool = True
    camera: str = "0"
    size: str | None = None
    """To ask the camera for, like `fps` and `format`."""
    fps: float | None = None
    format: str = "auto"

    def __post_init__(self) -> None:
        """Raises SettingsError on values that are not possible."""
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise SettingsError(f"{name} = {value:g} is not from {low:g} to {high:g}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise SettingsError(f"{name} = {getattr(self, name)} is unknown; there are {', '.join(choices)}")
        for name in ("size", "work_size"):
            text = getattr(self, name)
            if text is not None and size_of(text) is None:
                raise SettingsError(f"{name} = {text} is no size of at least 32x32, like 640x480")

    def at(self, camera: str | None) -> Settings:
        """These settings for that camera, None for the saved one; what is asked of the saved one is not of another."""
        if camera in (None, self.camera):
            return self
        return replace(self, camera=camera, size=None, fps=None, format="auto")

    def but(self, **given: Any) -> Settings:
        """These settings with every given value that is not None in place of theirs."""
        return Settings(**{**asdict(self), **{name: value for name, value in given.items() if value is not None}})


_RANGES: Final = {
    "strength": (0, 1), "steady": (0, 1), "work_step": (0, len(SCALES) - 1), "target_fps": (1, 240), "fps": (1, 240),
}  # fmt: skip
_CHOICES: Final = {"compare": [choice.name.lower() for choice in Compare], "format": FORMATS}


def settings_path() -> Path:
    """The file; NSTCAM_SETTINGS in the environment moves it. May not exist."""
    override = os.environ.get("NSTCAM_SETTINGS")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_config_path("nstcam", appauthor=False) / "settings.toml"


def load(path: Path) -> Settings:
    """The saved settings, the defaults where none are saved.

    Raises:
        SettingsError: the file cannot be read, is no TOML, or holds something that is no setting.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(path, f"no TOML: {error}") from error
    try:
        return Settings(**{name: _checked(name, value) for name, value in found.items()})
    except SettingsError as error:
        raise _unusable(path, str(error)) from error


def _unusable(path: Path, reason: str) -> SettingsError:
    return SettingsError(f"settings {path} ignored ({reason}); correct or delete the file, or save anew with key w")


def _checked(name: str, value: object) -> Any:
    kinds: Mapping[str, str] = {field.name: str(field.type) for field in fields(Settings)}
    if name not in kinds:
        raise SettingsError(f"{name} is no setting")
    kind = kinds[name].removesuffix(" | None")
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value).__name__ != kind:
        raise SettingsError(f"{name} = {value!r} is not {_WORDS[kind]}")
    return value


_WORDS: Final = {"float": "a number", "int": "a whole number", "bool": "true or false", "str": "text in quotes"}


def save(settings: Settings, path: Path) -> None:
    """Writes the file, whole or not at all; its folder is made.

    Raises:
        SinkError: it cannot be written.
    """
    values = {name: value for name, value in asdict(settings).items() if value is not None}
    # A JSON string, number or boolean is one of TOML as well, but for DEL.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    text = HEAD + "\n".join(lines).replace("\x7f", "\\u007f") + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part_file(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SinkError(f"settings cannot be saved in {path.parent} ({error.strerror})") from error
    except UnicodeEncodeError as error:  # a file's name may be any bytes, TOML is UTF-8
        line = text.splitlines()[text.count("\n", 0, error.start)]
        raise SinkError(f"settings cannot be saved: {line!a} is no UTF-8; rename that file") from error
