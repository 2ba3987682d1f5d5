"""What workers need to know before they paint, as plain values and bytes: style files and pictures travel with it.

Nothing of ours is pickled: Ray carries dictionaries, texts, numbers and bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from nstcam.realtime.errors import SourceError, StyleError
from nstcam.realtime.people.words import ALL, OFF
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.video.painting import VideoSettings

Job = dict[str, Any]
"""What `Look.as_job` makes."""

_PACKAGES: Final = (
    "nstcam",
    "av",
    "numpy",
    "opencv-python",
    "opencv-python-headless",
    "onnxruntime",
    "onnxruntime-gpu",
)
"""What decides a video's packets; workers must have the same."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What films, or pictures, are to look like.

    Attributes:
        styles: (seconds, style), the seconds strictly rising.
        fade: seconds of cross-fade.
        paint, background: words of people/words.py; `picture` and `behind` are what stands behind people.
        threads: CPU threads of each worker's network.
    """

    styles: tuple[tuple[float, Style], ...]
    fade: float = 1.0
    paint: str = ALL
    background: str = OFF
    picture: Path | None = None
    behind: Style | None = None
    device: str = "auto"
    threads: int = 1

    def as_job(self) -> Job:
        """Its plain values, with the style files and the picture as bytes.

        Raises:
            StyleError, SourceError: one of them cannot be read.
        """
        opened = list(dict.fromkeys([*(style for _, style in self.styles), *([self.behind] if self.behind else [])]))
        return {
            "styles": [(at, opened.index(style)) for at, style in self.styles],
            "fade": self.fade,
            "files": [_shipped(style) for style in opened],
            "scene": (self.paint, self.background, self._picture()),
            "behind": None if self.behind is None else opened.index(self.behind),
            "device": self.device,
            "threads": self.threads,
        }

    def _picture(self) -> tuple[str, bytes] | None:
        if self.picture is None:
            return None
        try:
            return self.picture.suffix, self.picture.read_bytes()
        except OSError as error:
            raise SourceError(f"{self.picture} cannot be read ({error.strerror}); check the path") from error


@dataclass(frozen=True, kw_only=True)
class Film(Look):
    """What is to be painted.

    Attributes:
        settings: `styles` is told by the workers, which know the device.
    """

    source: Path
    settings: VideoSettings


def _shipped(style: Style) -> dict[str, Any]:
    """The files of a style: `onnx`, perhaps `int8` beside it, or the `picture` that it is made of, with its suffix."""
    try:
        if style.painting is not None:
            return {"name": style.name, "picture": (style.painting.path.suffix, style.painting.path.read_bytes())}
        int8 = style.int8_path.read_bytes() if style.int8_path is not None else None
        return {"name": style.name, "onnx": style.path.read_bytes(), "int8": int8}
    except OSError as error:
        raise StyleError(f"style {style.name} cannot be read ({error.strerror}); check {error.filename}") from error


def versions() -> dict[str, str]:
    """The versions of the packages that decide a video's packets; those that are not installed are left out."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def difference(here: dict[str, str], there: dict[str, str]) -> str | None:
    """The first package that differs, like "nstcam 0.1.0, not 0.2.0"; None if none does."""
    for package in _PACKAGES:
        own, other = here.get(package), there.get(package)
        if own != other:
            return f"{package} {other}, not {own}" if own and other else f"{'no ' if own else ''}{package}"
    return None
