"""Tests the borders of what a journal may hold, and how the first difference from it is told."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.encoding.encoders import ENCODERS, PICTURE_ENCODERS, Encoding
from nstcam.realtime.video.journal import (
    Journal,
    check_same,
    encoding_from,
    journal_text,
    read_journal,
    settings_values,
)  # fmt: skip
from nstcam.realtime.video.painting import VideoSettings
from tests.realtime.video.test_damaged_parts import changed

BY_NAME = {encoder.name: encoder for encoder in (*ENCODERS, *PICTURE_ENCODERS)}


def encoding(quality: int = 18, *, encoder: str = "libx264", pixels: str = "yuv420p", **other: Any) -> Encoding:
    told = BY_NAME[encoder]
    values: dict[str, Any] = {
        "size_wh": (64, 48),
        "rate": Fraction(25),
        "time_base": Fraction(1, 25),
        "pixel_aspect": Fraction(1),
    }
    return Encoding(
        codec=told.codec, encoder=encoder, options=told.options(quality, pixels), pix_fmt=pixels, **(values | other)
    )


def read(folder: Path, settings: VideoSettings, part: str = "1/1", made: Encoding | None = None) -> Journal:
    path = folder / "journal.json"
    of_it = settings_values(settings, "h264", part)
    path.write_text(journal_text({"bytes": 5}, of_it, made or encoding(settings.quality)), "utf-8")
    return read_journal(path)


@pytest.mark.parametrize("quality", [0, 51])
@pytest.mark.parametrize(("start", "end"), [(0, None), (0, 1e-9), (9_999_999, 10_000_000), (10_000_000, None)])
@pytest.mark.parametrize("part", ["1/1", "1/999999", "999999/999999"])
def test_every_value_that_a_run_can_have_is_read(
    tmp_path: Path, quality: int, start: float, end: float | None, part: str
) -> None:
    journal = read(tmp_path, VideoSettings(start=start, end=end, quality=quality), part)
    assert (journal.start, journal.end, f"{journal.part[0]}/{journal.part[1]}") == (start, end, part)
    assert (journal.source, journal.encoding) == ({"bytes": 5}, encoding(quality))
    assert journal.settings["quality"] == quality
    assert "url" not in journal.settings


JOURNALS: Final[dict[tuple[str, ...], tuple[object, ...]]] = {
    ("version",): ("1", None),
    ("source",): ([], "x"),
    ("settings",): (None, []),
    ("settings", "quality"): (True, "18", 18.5, -1, 52, None),
    ("settings", "start"): (10_000_001, -1e-9, "0", None, True, [], 10**400, float("nan"), float("inf")),
    ("settings", "end"): (0, "1", True, 10_000_001, float("nan")),
    ("settings", "part"): ("1/1000000", "0/1", "2/1", "1", "/1", "1/1/1", 1, "\u0661/\u0661", ["1/1"]),
    ("encoding",): (None, [], "x"),
    ("encoding", "more"): (1,),
    ("encoding", "encoder"): ("mpeg2video", "h264_x", None, [], {}),
    ("encoding", "codec"): ("hevc", None),
    ("encoding", "pix_fmt"): ("nv12", "\x1b", "", None),
    ("encoding", "options", "x264-params"): ("mbtree=0:dump-yuv=/tmp/x", "stats=/tmp/x", 1),
    ("encoding", "options"): ({}, None, []),
    ("encoding", "size_wh"): ([64], [64, 48, 1], [True, 48], [0, 48], [65_537, 48], "64x48", None),
    ("encoding", "rate"): (
        "1/0",
        "0/0",
        "0",
        "2147483648",
        "1/2147483648",
        "-25",
        "1e999999999",
        "9" * 5000,
        25,
        0.1,
        None,
        "\u0662",
    ),
    ("encoding", "time_base"): ("0", "1/99999999999", "1/00000000025", "2/50"),
    ("encoding", "pixel_aspect"): ("0", "2/2", []),
}
"""Values by their place in the journal."""


@pytest.mark.parametrize("place", JOURNALS, ids=".".join)
def test_a_value_that_no_run_has_is_refused(tmp_path: Path, place: tuple[str, ...]) -> None:
    text = journal_text({"bytes": 5}, settings_values(VideoSettings(), "h264", "1/1"), encoding())
    for value in JOURNALS[place]:
        (tmp_path / "journal.json").write_text(changed(text, place, value), "utf-8")
        with pytest.raises(SinkError, match=re.escape(str(tmp_path))) as caught:
            read_journal(tmp_path / "journal.json")
        damaged = f"the journal in {tmp_path} is missing or damaged; delete the folder and start again"
        assert str(caught.value) == damaged or place == ("version",), value


def test_another_version_is_told_apart_from_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    values = json.loads(journal_text({}, settings_values(VideoSettings(), "h264", "1/1"), encoding()))
    assert values["version"] == 2
    path.write_text(json.dumps({**values, "version": 3}), "utf-8")
    told = f"{tmp_path} is of another version of nstcam; finish it with that version, or delete the folder"
    with pytest.raises(SinkError, match=f"^{re.escape(told)}$"):
        read_journal(path)
    path.write_bytes(json.dumps(values).encode().ljust(1 << 20))
    assert read_journal(path).part == (1, 1)
    path.write_bytes(json.dumps(values).encode().ljust((1 << 20) + 1))
    with pytest.raises(SinkError, match="is missing or damaged"):
        read_journal(path)


@pytest.mark.parametrize(
    "made",
    [
        encoding(), encoding(51), encoding(size_wh=(1, 65_536), pixels="yuv444p"), encoding(size_wh=(65_536, 2)),
        encoding(rate=Fraction(1, 2**31 - 1), time_base=Fraction(2**31 - 1), pixel_aspect=Fraction(16, 15)),
        encoding(encoder="h264_qsv", pixels="nv12"), encoding(encoder="libvpx-vp9", pixels="yuva420p"),
        encoding(encoder="libvpx-vp9"), encoding(encoder="png", pixels="rgba64be"),
    ],
)  # fmt: skip
def test_every_encoding_is_read_as_it_was(made: Encoding) -> None:
    quality = 51 if made.options.get("crf") == "51" else 18
    assert encoding_from(json.loads(json.dumps(made.as_json())), quality) == made


def test_the_first_difference_by_name_is_told_with_both_values(tmp_path: Path) -> None:
    journal = read(tmp_path, VideoSettings(strength=0.5, steady=0.25, styles="x" * 61))
    same = settings_values(VideoSettings(strength=0.5, steady=0.25, styles="x" * 61), "h264", "1/1")
    check_same(journal, {"bytes": 5}, same, "the run")
    again = "start again with --overwrite instead of --resume"
    for source, settings, told in (
        ({"bytes": 6}, same, "the run used another source file; give that file, or"),
        ({"bytes": 5}, {**same, "strength": 1, "steady": 0},
         "the run used steady 0.25, not 0; give the same value, or"),
        ({"bytes": 5}, {**same, "part": "1/2"}, "the run used part 1/1, not 1/2; give the same value, or"),
        ({"bytes": 5}, {**same, "size": (4, 4)}, "the run used size None, not [4, 4]; give the same value, or"),
        ({"bytes": 5}, {**same, "new": True}, "the run used new None, not True; give the same value, or"),
        ({"bytes": 5}, {**same, "styles": "y" * 60},
         f"the run used styles {'x' * 60}..., not {'y' * 60}; give the same value, or"),
    ):  # fmt: skip
        with pytest.raises(SinkError, match=f"^{re.escape(f'{told} {again}')}$"):
            check_same(journal, source, settings, "the run")
