"""Texts of options of nstcam video and nstcam image -> values; typer.BadParameter for texts that mean nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer

from nstcam.realtime.video.reading.formats import LONGEST_SECONDS

_TIME: Final = r"(?:\d+:){0,2}\d+(?:\.\d+)?"


def with_sheet_named(paths: Sequence[Path], output_dir: Path | None) -> tuple[Path, ...]:
    """The paths of `nstcam image --style all`: without OUT and --output-dir, the sheet is PHOTO-styles.jpg."""
    if output_dir is not None or len(paths) != 1:
        return tuple(paths)
    return paths[0], paths[0].with_name(f"{paths[0].stem or 'photo'}-styles.jpg")


def parse_part(text: str) -> tuple[int, int]:
    """I/N -> (I, N)."""
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise typer.BadParameter(f"--segment {text} is not a part; write I/N with I from 1 to N, like 2/3")
    return int(match[1]), int(match[2])


def parse_bytes(text: str) -> int:
    """8MB, 500kB, 2MiB or a number of bytes -> bytes."""
    match = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)\s*(?:([kMG])(i?))?B?", text, re.ASCII | re.IGNORECASE)
    power = "kmg".index(match[2].lower()) + 1 if match and match[2] else 0
    size = int(float(match[1]) * (1024 if match[3] else 1000) ** power) if match else 0
    if not size:
        raise typer.BadParameter(f"--max-size {text} is not a size; write bytes, or 500kB or 8MB")
    return size


def parse_time(text: str) -> float:
    """Seconds, mm:ss or hh:mm:ss -> seconds."""
    seconds = math.inf
    if re.fullmatch(_TIME, text, re.ASCII):
        seconds = 0.0
        for part in text.split(":"):
            seconds = seconds * 60 + float(part)
    if seconds > LONGEST_SECONDS:
        raise typer.BadParameter(f"{text} is not a time; write seconds or hh:mm:ss, like 4.5 or 1:02:03")
    return seconds


def parse_cut(start: str | None, end: str | None) -> tuple[float, float | None]:
    """The texts of --from and --to -> seconds; without them, 0 and None."""
    begins = parse_time(start) if start is not None else 0.0
    ends = parse_time(end) if end is not None else None
    if ends is not None and ends <= begins:
        raise typer.BadParameter(f"--to {end} is not after --from {start or 0}; give a later time to --to")
    return begins, ends


def parse_styles(texts: Sequence[str]) -> tuple[tuple[float, str], ...]:
    """The texts of --style, STYLE once or SECONDS:STYLE with rising times -> (seconds, style)."""
    entries = []
    for text in texts:
        match = re.fullmatch(rf"({_TIME}):(.+)", text, re.ASCII)
        entries.append((parse_time(match[1]), match[2]) if match else (0.0, text))
    times = [at for at, _ in entries]
    if times != sorted(set(times)):
        raise typer.BadParameter(
            f"the times of --style are {', '.join(f'{at:g}' for at in times)} and must increase; "
            "write one style, or --style 0:starry --style 4.5:wave"
        )
    return tuple(entries)
