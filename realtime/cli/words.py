"""What was probably meant by a first word that is not a command of nstcam: a file, an address, a style, a number."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any, Final

import typer
from typer.core import TyperGroup

from nstcam.media.kinds import PICTURES, VIDEOS, begins_like_video, picture_kind
from nstcam.media.shown import is_address, redacted
from nstcam.realtime.cli.options import complete

_GIF: Final = ".gif"


class Commands(TyperGroup):
    """The commands of nstcam. Any other word gets the command line that was probably meant."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None:
            meant = command_meant(args[0])
            if meant is not None:
                raise typer.BadParameter(meant)
        return super().resolve_command(ctx, args)


def command_meant(word: str) -> str | None:
    """A line that says which command line takes `word`; None if it looks like a command that is misspelt."""
    path = Path(word)
    name = quote(word)
    if is_address(word):
        return f"{redacted(word)} is an address, not a command; to play it live: nstcam --camera URL"
    if not word:
        return None
    if path.is_dir():
        return f"{word} is a folder, not a command; to repaint what is in it: nstcam image {name} -o painted, or video"
    head = _head(path)
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return f"{word} is a style, not a command; to see it live: nstcam --style {name}"
    if suffix != _GIF and (picture_kind(head) or suffix in PICTURES):
        return (
            f"{word} is a picture, not a command; to repaint it: nstcam image {name} painted.png; "
            f"to see it live in all styles: nstcam --camera {name}; as a style: nstcam --style {name}"
        )
    if begins_like_video(head) or suffix in VIDEOS:
        return (
            f"{word} is a video, not a command; to repaint it: nstcam video {name} painted.mp4; "
            f"to see it live in all styles: nstcam --camera {name}"
        )
    if word in complete.style_names():
        return f"{word} is a style, not a command; to see it live: nstcam --style {name}"
    if word.isdecimal() or word in ("screen", "test"):
        return f"{word} is a source, not a command; to see it live: nstcam --camera {word}"
    return None


def _head(path: Path) -> bytes:
    """The first 64 bytes of a file; none if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(64) if path.is_file() else b""
    except (OSError, ValueError):
        return b""
