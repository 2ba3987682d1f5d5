"""Settings: what was changed live, saved as TOML with key w and used by the next start."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from nstcam.media.own_files import read_at_most
from nstcam.realtime.capture.modes import FORMATS
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.effects.steady import DEFAULT
from nstcam.realtime.effects.strokes import LARGEST, SMALLEST
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.files import part_file
from nstcam.realtime.frame import size_of
from nstcam.realtime.people.words import ALL, OFF, PAINT

HEAD: Final = "# Saved by nstcam with key w. Command-line options override it; --no-settings ignores this file.\n"


_MOST_BYTES: Final = 1 << 16
_LONGEST_TEXT: Final = 4096
_SHOWN: Final = 60
"""The most letters of a value that a message shows."""


class SettingsError(NstError):
    """The settings file cannot be used, or a value is not possible."""


@dataclass(frozen=True)
class Settings:
    """Each field is a key of the file; fields that are None are left out."""

    style: str | None = None
    """Name or file of the style to begin with."""
    strength: float = 1.0
    keep_colors: bool = False
    steady: float = DEFAULT
    follow: bool = True
    """Whether strokes follow the scene when the camera moves."""
    brighten: bool = True
    """Whether dark frames are painted as if there were more light."""
    paint: str = ALL
    """What is painted: all, person or background."""
    background: str = OFF
    """What stands behind people: off, blur, a picture file, or the name or file of a style."""
    stroke_scale: float = 1.0
    """How broad strokes are; 2 is twice as broad as by default."""
    output_size: str = "1920x1080"
    """WIDTHxHEIGHT that frames are scaled down to fit into."""
    target_fps: float | None = None
    """The rate that the painting's size holds; 0: its size is fixed; None: on a CPU the camera's up to 30."""
    mirror: bool | None = None
    """None: cameras only."""
    compare: str = Compare.OFF.name.lower()
    fullscreen: bool = False
    hud: bool = True
    """Whether the strip of figures is shown."""
    clean: bool = False
    """Whether nothing at all is drawn on the picture."""
    camera: str = "0"
    size: str | None = None
    """WIDTHxHEIGHT to ask the camera for, together with `fps` and `format`."""
    fps: float | None = None
    format: str = "auto"

    def __post_init__(self) -> None:
        """Raises SettingsError if a value is not possible."""
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise SettingsError(f"{name} = {_shown(value)} is not from {low:g} to {high:g}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise SettingsError(
                    f"{name} = {_shown(getattr(self, name))} is unknown; choose one of {', '.join(choices)}"
                )
        for name in ("size", "output_size"):
            text = getattr(self, name)
            if text is not None and size_of(text) is None:
                raise SettingsError(f"{name} = {_shown(text)} is not a size of at least 32x32, like 640x480")

    def for_camera(self, camera: str | None) -> Settings:
        """These settings for that camera; None means the saved one. The saved size, rate and format go with the saved
        camera only."""
        if camera in (None, self.camera):
            return self
        return replace(self, camera=camera, size=None, fps=None, format="auto")

    def changed(self, **given: Any) -> Settings:
        """These settings with the given values in place of their own; None leaves a value alone."""
        return Settings(**{**asdict(self), **{name: value for name, value in given.items() if value is not None}})


_RANGES: Final = {
    "strength": (0, 1), "steady": (0, 1), "stroke_scale": (SMALLEST, LARGEST), "target_fps": (0, 240), "fps": (1, 240),
}  # fmt: skip
_CHOICES: Final = {"paint": PAINT, "compare": [choice.name.lower() for choice in Compare], "format": FORMATS}


def settings_path() -> Path:
    """Path of the settings file, which may not exist. The environment variable NSTCAM_SETTINGS overrides it."""
    override = os.environ.get("NSTCAM_SETTINGS")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_config_path("nstcam", appauthor=False) / "settings.toml"


def load(path: Path) -> Settings:
    """The saved settings; the defaults if none are saved.

    Raises:
        SettingsError: the file cannot be read, is not TOML, or contains something that is not a setting.
    """
    try:
        data = read_at_most(path, _MOST_BYTES)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise _unusable(path, str(error)) from error
    try:
        found = tomllib.loads(data.decode())
    except RecursionError as error:
        raise _unusable(path, "its brackets are nested too deep") from error
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, and numbers that Python refuses
        raise _unusable(path, f"not TOML: {error}") from error
    try:
        return Settings(**{name: _checked(name, value) for name, value in found.items()})
    except SettingsError as error:
        raise _unusable(path, str(error)) from error


def _unusable(path: Path, reason: str) -> SettingsError:
    return SettingsError(f"settings {path} ignored ({reason}); correct or delete the file, or save again with key w")


def _checked(name: str, value: object) -> Any:
    kinds: Mapping[str, str] = {field.name: str(field.type) for field in fields(Settings)}
    if name not in kinds:
        raise SettingsError(f"{_shown(name)} is not a setting")
    kind = kinds[name].removesuffix(" | None")
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError as error:
            raise SettingsError(f"{name} = {_shown(value)} is not {_WORDS[kind]}") from error
    if type(value).__name__ != kind:
        raise SettingsError(f"{name} = {_shown(repr(value))} is not {_WORDS[kind]}")
    if name == "camera" and "://" in str(value):  # nstcam never saves one
        raise SettingsError("camera is an address, which is taken from the command line only; give it with --camera")
    if type(value) is str and (len(value) > _LONGEST_TEXT or "\0" in value):
        raise SettingsError(f"{name} = {_shown(value)} is not a text of at most {_LONGEST_TEXT} letters")
    return value


def _shown(value: object) -> str:
    """A value for a message: short, and without control characters."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    kept = "".join(letter if letter.isprintable() else "?" for letter in text[:_SHOWN])
    return kept + "..." if len(text) > _SHOWN else kept


_WORDS: Final = {"float": "a number", "int": "a whole number", "bool": "true or false", "str": "text in quotes"}


def save(settings: Settings, path: Path) -> None:
    """Writes the whole file or nothing; makes its folder if needed.

    Raises:
        SinkError: it cannot be written.
    """
    values = {name: value for name, value in asdict(settings).items() if value is not None}
    # JSON strings, numbers and booleans are TOML as well, except for the character DEL.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    text = HEAD + "\n".join(lines).replace("\x7f", "\\u007f") + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part_file(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SinkError(
            f"settings cannot be saved in {path.parent} ({error.strerror}); set NSTCAM_SETTINGS to another file"
        ) from error
    except UnicodeEncodeError as error:  # a file name may be any bytes, but TOML is UTF-8
        line = text.splitlines()[text.count("\n", 0, error.start)]
        raise SinkError(f"settings cannot be saved: {line!a} is not UTF-8; rename that file") from error
