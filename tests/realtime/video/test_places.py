"""Tests the table of what goes in and what comes out against the program, and each of its ways by going it."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from nstcam.media.kinds import PICTURES
from nstcam.realtime.numbered import numbered
from nstcam.realtime.picture.file import KEEP_16_BITS
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.encoding.encoders import holds_16_bits, holds_alpha
from nstcam.realtime.video.encoding.pipe_writer import KINDS
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.places import open_frames
from nstcam.realtime.video.reading.formats import ANIMATIONS, FORMATS, SEQUENCES
from tests.realtime.video.reading.test_webm_alpha import write_transparent
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import texture, write_clip

DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "video.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table behind a heading, without its head."""
    text = DOCUMENT.read_text(encoding="utf-8").split(f"{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", text, re.M)
    assert table is not None
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table[0].splitlines()[2:]]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`(\.\w+)`", cell))


def test_the_table_of_outputs_is_that_of_the_program() -> None:
    """A row for each output: suffixes, codecs (the default first), transparency, sound, 16 bits."""
    told = {frozenset(names(row[0])) | {"%" if "%" in row[0] else ""}: row for row in rows("### Outputs")}
    forms = [({suffix}, form, False) for suffix, form in (FORMATS | ANIMATIONS).items()]
    forms += [({suffix}, form, True) for suffix, form in SEQUENCES.items()]
    for suffixes, form, are_numbered in forms:
        ((_, codecs, alpha, sound, bits),) = [
            row for key, row in told.items() if suffixes <= key and ("%" in key) == are_numbered
        ]
        if form in FORMATS.values():
            assert re.findall(r"\w+", codecs.split("(")[0]) == list(form.video_codecs), suffixes
            keeping = {codec for codec in form.video_codecs if holds_alpha(codec)}
            assert set(re.findall(r"vp9|prores|qtrle", alpha)) == keeping, suffixes
        else:
            assert (alpha != "no") == holds_alpha(form.video_codecs[0]), suffixes
        assert (sound == "yes") == (form in FORMATS.values()), suffixes
        assert (bits == "yes") == (are_numbered and holds_16_bits(form.video_codecs[0])), suffixes
        if are_numbered:
            assert (bits == "yes") == (next(iter(suffixes)) in KEEP_16_BITS)


def test_the_table_of_inputs_names_what_is_read() -> None:
    told = {row[0]: row[1:] for row in rows("## What goes in and what comes out")}
    assert names(told["videos"][1]) == set(FORMATS)
    assert names(told["animations"][0]) == names(told["animations"][1]) == set(ANIMATIONS)
    assert names(told["numbered pictures"][1]) == set(SEQUENCES)
    assert set(SEQUENCES) <= PICTURES
    assert set(re.findall(r"y4m|nut|Matroska", told["pipes"][0])) == {"y4m", "nut", "Matroska"}
    assert {kind for row in rows("### Pipes") for kind in re.findall(r"`(\w+)`", row[0])} == set(KINDS)


WAYS: Final = [f"out{suffix}" for suffix in FORMATS | ANIMATIONS] + [f"out/%03d{suffix}" for suffix in SEQUENCES]


@pytest.mark.parametrize("name", WAYS)
def test_what_comes_out_goes_in_again(tmp_path: Path, name: str) -> None:
    """Frames, size and the sum of the times."""
    rate = Fraction(10)
    # Pictures that move: libwebp makes one frame of those that look alike.
    clip = write_clip(tmp_path / "in.mp4", frames=4, rate=rate, picture=texture(48, 64), pan=5)
    out = tmp_path / name
    stylize_video(clip, out, CopyStylizer())
    settings = VideoSettings(fps="10" if numbered(out) else None)
    with open_frames(out, settings, 0, None) as reader:
        frames = list(reader)
        last = frames[-1]
        assert (len(frames), reader.size_wh) == (4, (64, 48))
        assert (last.pts + last.duration) * reader.time_base == pytest.approx(Fraction(4, 10), abs=0.02)


@pytest.mark.parametrize("name", WAYS)
def test_transparency_is_kept_as_the_table_says(tmp_path: Path, name: str) -> None:
    source, out = write_transparent(tmp_path / "in.mov", "qtrle"), tmp_path / name
    stylize_video(source, out, CopyStylizer())
    told = next(
        row[2] for row in rows("### Outputs") if out.suffix in names(row[0]) and ("%" in row[0]) == ("%" in name)
    )
    with open_frames(out, VideoSettings(fps="10" if numbered(out) else None), 0, None) as reader:
        assert reader.is_transparent == (told != "no" and "with" not in told)
