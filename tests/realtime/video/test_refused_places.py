"""Tests what is asked of sources and targets before any work: frame rates, formats, and pairs that cannot succeed."""

from __future__ import annotations

import io
import re
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.interrupted import asked_to_end
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.places import (
    check_frames,
    check_places,
    folder_for,
    format_of,
    open_frames,
    parse_rate,
    raw_of,
    source_fingerprint,
)  # fmt: skip
from nstcam.realtime.video.reading.formats import ANIMATIONS, FORMATS, SEQUENCES
from nstcam.realtime.video.reading.pipes import PIPE
from tests.support.media.numbered_pictures import write_pictures

PLAIN, RATE = VideoSettings(), VideoSettings(fps="24")


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", 25), ("12.5", Fraction(25, 2)), ("0.5", Fraction(1, 2)), ("1000", 1000),
        ("0.000001", Fraction(1, 10**6)),
        ("30000/1001", Fraction(30000, 1001)), ("59.94/2", Fraction(2997, 100)), ("7/1", 7),
        ("1/1500000", Fraction(1, 10**6)),
        ("29.97", Fraction(30000, 1001)), ("23.976", Fraction(24000, 1001)), ("59.94", Fraction(60000, 1001)),
        ("29.976", Fraction(30000, 1001)), ("29.9761", Fraction(299761, 10000)), ("29.964", Fraction(29964, 1000)),
        ("29.965", Fraction(30000, 1001)), ("0.005", Fraction(1, 200)),
    ],
)  # fmt: skip
def test_rates_are_exact_and_those_near_a_television_rate_are_that(text: str, rate: Fraction) -> None:
    """Within 0.006 of a whole rate times 1000/1001; a fraction is taken as it is, to a denominator of a million."""
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    ["0", "0.0", "-1", "nan", "1001", "1000.000001", "25/0", "1/9999999", "25/0.5", "25 fps", "", "1e3", "12345678",
     "1.1234567", "٢٥"],
)  # fmt: skip
def test_what_is_no_rate_is_refused(text: str) -> None:
    told = f"{text} is not a frame rate; write frames per second of up to 1000, like 25 or 29.97"
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        parse_rate(text)


def test_the_name_tells_the_format(tmp_path: Path) -> None:
    for suffix, form in (FORMATS | ANIMATIONS).items():
        assert format_of(Path(f"out{suffix.upper()}")) is form
    for suffix, form in SEQUENCES.items():
        assert format_of(Path(f"out/%d{suffix.upper()}")) is form
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.png").mkdir()
    known = ", ".join(FORMATS | ANIMATIONS)
    for name, told in {
        "%d.mp4": f"the pictures' names must end in one of {', '.join(SEQUENCES)}",
        "a.PNG": f"one picture is not a video; give numbered pictures, like {tmp_path / 'a-%05d.PNG'}",
        "a.txt": f"its name must end in one of {known}, or be like %05d.png",
        "folder": "it is a folder; give the name of a file in it",
        "folder.png": "it is a folder; give the name of a file in it",
    }.items():
        with pytest.raises(SinkError, match=f"^{re.escape(f'cannot write {tmp_path / name}: {told}')}$"):
            format_of(tmp_path / name)


def test_numbered_pictures_are_not_written_over_those_that_are_read(tmp_path: Path) -> None:
    """Into the folder that is read, or over names that are; other names beside numbered ones are free."""
    inside = tmp_path / "in"
    pictures = write_pictures(inside, [1, 2], "%03d.png")
    theirs = "the pictures that are read are there; choose another folder"
    for source, target, told in (
        (inside, inside / "out%d.png", theirs),
        (pictures, inside / "%03d.png", theirs),
        (pictures, tmp_path / "in" / ".." / "in" / "%03d.png", theirs),
        (pictures, tmp_path / "none" / "deeper" / "%d.png", f"there is no folder {tmp_path / 'none'}; create it first"),
        (pictures, inside / "001.png" / "%d.png", f"{inside / '001.png'} is not a folder; choose another name"),
    ):
        with pytest.raises(SinkError, match=f"^cannot write {re.escape(str(target))}: {re.escape(told)}$"):
            check_places(source, target, RATE, overwrite=True)
    for free in (inside / "out%d.png", inside / "%d.png", tmp_path / "new" / "%03d.png", inside / "%03d.tif"):
        assert check_places(pictures, free, RATE, overwrite=False) is format_of(free)
    assert check_places(inside, tmp_path / "new" / "%03d.png", RATE, overwrite=False) is SEQUENCES[".png"]
    clip = tmp_path / "clip.mp4"
    clip.touch()
    with pytest.raises(SinkError, match=r"%03d\.png exists already; choose another name or add --overwrite$"):
        check_places(clip, pictures, PLAIN, overwrite=False)
    assert check_places(clip, pictures, PLAIN, overwrite=True) is SEQUENCES[".png"]
    with pytest.raises(SinkError, match=r"clip\.mp4: it is the source itself"):
        check_places(clip, clip, PLAIN, overwrite=True)


def test_a_rate_is_for_pictures_and_a_size_for_pipes(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "in", [1])
    clip = tmp_path / "clip.mp4"
    clip.touch()
    check_frames(clip, PLAIN)
    check_frames(PIPE, VideoSettings(fps="5", size=(4, 4)))
    for source in (pictures, tmp_path / "in"):
        check_frames(source, RATE)
    check_frames(pictures, PLAIN)
    for source, settings, told in (
        (clip, RATE, "has a frame rate of its own; --fps is for pictures, like frames/%05d.png"),
        (clip, VideoSettings(size=(4, 4)), "has a size of its own; --size is for raw pixels on standard input"),
        (tmp_path / "in", PLAIN, "is a folder; add --output-dir FOLDER to convert all files in it, or --fps 25 to "
         "make one video of its pictures"),
    ):  # fmt: skip
        with pytest.raises(SourceError, match=f"^{re.escape(f'{source} {told}')}$"):
            check_frames(source, settings)
    with pytest.raises(SourceError, match="not found; check the path"):
        check_frames(tmp_path / "none.mp4", RATE)


def test_pictures_have_the_rate_given_or_25_which_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pictures = write_pictures(tmp_path / "in", [1, 2])
    with open_frames(pictures, VideoSettings(fps="59.94"), 0, None) as frames:
        assert frames.rate == Fraction(60000, 1001)
    assert not caplog.messages
    with open_frames(pictures, PLAIN, 0, None) as frames:
        assert frames.rate == 25
    assert caplog.messages == [f"{pictures}: 25 frames per second are assumed; --fps sets another rate"]


def test_raw_pixels_are_bgr24_of_25_frames_per_second_unless_it_is_said() -> None:
    assert raw_of(PLAIN) is None
    assert raw_of(VideoSettings(fps="5", pixels="gray")) is None
    assert raw_of(VideoSettings(size=(6, 4))) == ("bgr24", (6, 4), Fraction(25))
    assert raw_of(VideoSettings(size=(6, 4), pixels="rgba", fps="29.97")) == ("rgba", (6, 4), Fraction(30000, 1001))


def test_a_pipe_that_ends_because_the_program_is_asked_to_is_no_error_of_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(SourceError):
        open_frames(PIPE, PLAIN, 0, None)
    asked_to_end.set()
    with pytest.raises(KeyboardInterrupt):
        open_frames(PIPE, PLAIN, 0, None)


def test_fingerprints_are_those_of_the_content_and_a_pipe_has_one_of_its_own(tmp_path: Path) -> None:
    one, other = write_pictures(tmp_path / "one", [1, 2]), write_pictures(tmp_path / "other", [1, 2])
    assert source_fingerprint(one) == source_fingerprint(tmp_path / "one") == source_fingerprint(other)
    third = write_pictures(tmp_path / "third", [1, 3])
    assert source_fingerprint(third) != source_fingerprint(one)
    assert source_fingerprint(one)["files"] == 2
    assert len(source_fingerprint(PIPE)["pipe"]) == 16
    assert source_fingerprint(PIPE) != source_fingerprint(PIPE)
    (tmp_path / "clip.mp4").write_bytes(b"film")
    assert source_fingerprint(tmp_path / "clip.mp4")["bytes"] == 4


def test_a_folder_for_numbered_pictures_goes_again_if_it_stays_empty(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with folder_for(folder / "%d.png"):
        assert folder.is_dir()
    assert not folder.exists()
    with folder_for(folder / "%d.png"):
        (folder / "1.png").touch()
    assert (folder / "1.png").exists()
    with folder_for(tmp_path / "a.mp4"):
        assert not (tmp_path / "a.mp4").exists()
    (tmp_path / "empty").mkdir()
    with folder_for(tmp_path / "empty" / "%d.png"):
        pass
    assert (tmp_path / "empty").is_dir(), "it was there before"
    told = f"cannot make the folder {folder / '1.png' / 'x'} ("
    with pytest.raises(SinkError, match=re.escape(told)), folder_for(folder / "1.png" / "x" / "%d.png"):
        pass
