"""Options of nstcam video and nstcam image, and reading their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

PathsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="IN... [OUT]",
        help="IN OUT, or with --output-dir any number of files, folders.",
        readable=False,  # or typer refuses all of them for one that cannot be read
    ),
]
OutputDirOption = Annotated[
    Path | None, typer.Option("--output-dir", "-o", help="Write one output for each input there; made if missing.")
]
StrengthOption = Annotated[float, typer.Option(min=0, max=1, help="1 is the style, 0 the original.")]
KeepColorsOption = Annotated[bool, typer.Option("--keep-colors", help="Only the brightness of the style.")]

_STYLE_AT: Final = re.compile(r"((?:\d+:){0,2}\d+(?:\.\d+)?):(.+)")


def parse_part(text: str) -> tuple[int, int]:
    """I/N -> (I, N)."""
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise typer.BadParameter(f"{text} is no part; write I/N with I from 1 to N, like 2/3")
    return int(match[1]), int(match[2])


def parse_time(text: str) -> float:
    """Seconds, mm:ss or hh:mm:ss -> seconds."""
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", text):
        raise typer.BadParameter(f"{text} is not a time; write seconds or hh:mm:ss, like 4.5 or 1:02:03")
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def parse_styles(texts: Sequence[str]) -> list[tuple[float, str]]:
    """STYLE once, or SECONDS:STYLE with rising times."""
    entries = []
    for text in texts:
        match = _STYLE_AT.fullmatch(text)
        entries.append((parse_time(match[1]), match[2]) if match else (0.0, text))
    times = [at for at, _ in entries]
    if times != sorted(set(times)):
        raise typer.BadParameter(
            f"the times of --style are {times}, they must rise; write one style, or --style 0:starry --style 4.5:wave"
        )
    return entries
