"""journal.json of a run or a part: what it is made of, how, and the encoding. Every value is checked before use.

A part comes from another machine, and anybody may have written it. Encoder options above all are not taken from the
file: x264's can name files to write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from nstcam.media.own_files import read_at_most
from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.encoding.encoder import WORST_QUALITY, Encoder
from nstcam.realtime.video.encoding.encoders import ENCODERS, PICTURE_ENCODERS, Encoding
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.formats import LONGEST_SECONDS

VERSION: Final = 2
AGAIN: Final = "start again with --overwrite instead of --resume"
_MOST_BYTES: Final = 1 << 20
_MOST_PARTS: Final = 999_999
_LONGEST_SIDE: Final = 65536
"""Pixels; AV1's limit, the largest of all codecs."""
_SHOWN: Final = 60
"""Letters of a value that are shown in a message."""

Values = dict[str, Any]
"""JSON values that decide the result: only a run with equal values may resume."""


@dataclass(frozen=True)
class Journal:
    """What a run or a part was made of, and how.

    Attributes:
        source: the fingerprint of the video; any JSON values, to be compared only.
        settings: the VideoSettings as plain values with "codec" and "part"; what is not below is to be compared only.
        encoding: built from our own tables.
        start, end: seconds of the source, start < end; None: to the end.
        part: (I, N), the I-th of N parts.
    """

    source: Values
    settings: Values
    encoding: Encoding
    start: float
    end: float | None
    part: tuple[int, int]


def settings_values(settings: VideoSettings, codec: str, part: str) -> Values:
    """What a journal keeps of the settings, which is no address. `part` is I/N."""
    values = {**asdict(settings), "codec": codec, "part": part}
    del values["url"]
    return values


def journal_text(source: Values, settings: Values, encoding: Encoding) -> str:
    """The contents of the file."""
    content = {"version": VERSION, "source": source, "settings": settings, "encoding": encoding.as_json()}
    return json.dumps(content, indent=1)


def read_journal(path: Path) -> Journal:
    """The journal of a run or a part.

    Raises:
        SinkError: it is missing, damaged, or of another version.
    """
    try:
        content = json.loads(read_at_most(path, _MOST_BYTES))
        if content["version"] != VERSION:
            raise SinkError(
                f"{path.parent} is of another version of nstcam; finish it with that version, or delete the folder"
            )
        return _checked(content)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SinkError(
            f"the journal in {path.parent} is missing or damaged; delete the folder and start again"
        ) from error


def _checked(content: Mapping[str, Any]) -> Journal:
    """Raises KeyError, TypeError or ValueError."""
    source, settings = content["source"], content["settings"]
    if not isinstance(source, dict) or not isinstance(settings, dict):
        raise TypeError("source and settings are objects")
    start, end, quality = settings["start"], settings["end"], settings["quality"]
    if type(quality) is not int or not 0 <= quality <= WORST_QUALITY:
        raise ValueError("quality is out of range")
    if not _is_time(start) or not (end is None or (_is_time(end) and end > start)):
        raise ValueError("the cut is out of range")
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", settings["part"])
    if match is None or not 1 <= int(match[1]) <= int(match[2]) <= _MOST_PARTS:
        raise ValueError("part is not I/N")
    encoding = encoding_from(content["encoding"], quality)
    return Journal(source, settings, encoding, start, end, (int(match[1]), int(match[2])))


def encoding_from(values: Any, quality: int) -> Encoding:
    """The Encoding that `Encoding.as_json` made the values of, built anew from our own pixel formats and options.

    Args:
        values: from a file, so they may be anything.
        quality: 0..51, which the encoding was made for.

    Raises:
        KeyError, TypeError or ValueError: they are not those of an Encoding of this version.
    """
    size, name = values["size_wh"], values["encoder"]
    if not all(type(side) is int and 1 <= side <= _LONGEST_SIDE for side in size) or len(size) != 2:
        raise ValueError("the size is out of range")
    encoder = next((encoder for encoder in (*ENCODERS, *PICTURE_ENCODERS) if encoder.name == name), None)
    if encoder is None:
        raise ValueError("the encoder is unknown")
    pixels = next((form for form in _pixel_formats(encoder, size) if form == values["pix_fmt"]), None)
    if pixels is None:
        raise ValueError("the encoder takes no such pixels")
    made = Encoding(
        codec=encoder.codec, encoder=encoder.name, options=encoder.options(quality, pixels),
        pix_fmt=pixels, size_wh=(size[0], size[1]),
        rate=_fraction(values["rate"]), time_base=_fraction(values["time_base"]),
        pixel_aspect=_fraction(values["pixel_aspect"]),
    )  # fmt: skip
    if made.as_json() != values:
        raise ValueError("pixel format, options or other values are not those of this version")
    return made


def _pixel_formats(encoder: Encoder, size_wh: Sequence[int]) -> set[str]:
    """All in which the encoder takes frames of that size."""
    found = {encoder.pixel_format(size_wh), *encoder.pixels}
    return found - {""}


def _fraction(text: str) -> Fraction:
    """A positive fraction that FFmpeg's rational numbers hold; no exponent, whose power could fill the memory."""
    match = re.fullmatch(r"([0-9]{1,10})(?:/([0-9]{1,10}))?", text)
    parts = [int(part or 1) for part in match.groups()] if match else []
    if not parts or not all(0 < part < 1 << 31 for part in parts):
        raise ValueError(f"{text[:20]} is not a fraction")
    return Fraction(*parts)


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= LONGEST_SECONDS


def check_same(journal: Journal, source: Values, settings: Values, where: str) -> None:
    """Compares a journal with this run.

    Args:
        where: names the earlier run, for the message.

    Raises:
        SinkError: the journal is of another source or other settings; the message names the first difference.
    """
    if journal.source != source:
        raise SinkError(f"{where} used another source file; give that file, or {AGAIN}")
    settings = json.loads(json.dumps(settings))
    for name in sorted({*settings, *journal.settings}):
        before, now = journal.settings.get(name), settings.get(name)
        if before != now:
            raise SinkError(
                f"{where} used {_shown(name)} {_shown(before)}, not {_shown(now)}; give the same value, or {AGAIN}"
            )


def _shown(value: object) -> str:
    """A value from the file for a message: short, and without control characters."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value)[:_SHOWN])
    return text + "..." if len(str(value)) > _SHOWN else text
