"""--paint and --background, which live nstcam, nstcam video and nstcam image share."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer

from nstcam.media.kinds import PICTURES
from nstcam.media.shown import is_address, redacted, shown
from nstcam.realtime.cli.options import complete
from nstcam.realtime.errors import StyleError
from nstcam.realtime.people.words import ALL, BLUR, CLEAR, OFF, PAINT, PICTURE, STYLE

if TYPE_CHECKING:
    from nstcam.realtime.people.scene import Scene
    from nstcam.realtime.style_files.style import Style


def known_paint(text: str | None) -> str | None:
    """Refuses a word that is not one of --paint."""
    if text is not None and text not in PAINT:
        raise typer.BadParameter(f"{text} is unknown; choose one of {', '.join(PAINT)}")
    return text


PAINT_OPTION: Final[Any] = typer.Option(
    callback=known_paint, autocompletion=complete.paint,
    help="What is painted: all, person (the room stays as it is), or background (people stay as they are).",
)  # fmt: skip
BACKGROUND_OPTION: Final[Any] = typer.Option(
    metavar="off|blur|PICTURE|STYLE", autocompletion=complete.backgrounds,
    help="What stands behind people: blur, a picture file, or a second style, which costs a second network.",
)  # fmt: skip
IMAGE_BACKGROUND_OPTION: Final[Any] = typer.Option(
    metavar="off|blur|transparent|PICTURE|STYLE", autocompletion=complete.image_backgrounds,
    help="What stands behind people: blur, a picture file, a second style, or nothing: transparent.",
)  # fmt: skip


class Behind(NamedTuple):
    """What --background asks for: `kind` is one of people/words.py, `name` that of the picture or style."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.kind


def parse_background(text: str, words: Collection[str] = (OFF, BLUR)) -> Behind:
    """The text of --background.

    Args:
        words: the words that are taken here.

    Raises:
        typer.BadParameter: it is empty, an address, or a word for something else.
    """
    if text in words:
        return Behind(text)
    if text == CLEAR:
        raise typer.BadParameter(f"--background {CLEAR} is for pictures only: nstcam image")
    if not text or is_address(text):
        raise typer.BadParameter(
            f"--background {redacted(text)} is not a file; give {', '.join(words)}, a picture, or a style"
        )
    path = Path(text)
    is_style = path.suffix.lower() == ".onnx" or text in complete.style_names()
    if not is_style and (path.suffix.lower() in PICTURES or path.is_file()):
        return Behind(PICTURE, text)
    return Behind(STYLE, text)


def style_behind(name: str) -> Style:
    """The style that people are to stand in front of.

    Raises:
        StyleError: the name is that of no style, or its file cannot be used.
    """
    from nstcam.realtime.style_files.library import find_style

    path = Path(name)
    try:
        return find_style(name)
    except StyleError as error:
        if path.suffix.lower() == ".onnx" or path.is_file():
            raise
        near = get_close_matches(name, (OFF, BLUR, *sorted(complete.style_names())), 1)
        hint = f"did you mean {near[0]}?" if near else "give a picture, a style or blur"
        raise StyleError(f"background {name} is neither a file nor a style; {hint}") from error


def scene_of(paint: str, behind: Behind) -> Scene:
    """The scene, with its picture read.

    Raises:
        SourceError: the picture cannot be read.
    """
    from nstcam.realtime.picture.scene import read_scene

    return read_scene(paint, behind.kind, Path(behind.name) if behind.kind == PICTURE else None)


def identity(paint: str, behind: Behind, style: Path | None = None) -> str | None:
    """Names the scene and the contents of its files: an interrupted run must not continue with other ones.

    Args:
        style: the file of the second style, if there is one.
    """
    from nstcam.realtime.video.painting import scene_identity

    if paint == ALL and behind.kind == OFF:
        return None
    return scene_identity(paint, shown(str(behind)), Path(behind.name) if behind.kind == PICTURE else style)
