"""Tests numbered pictures and folders of them as a source and as a target of nstcam video."""

from __future__ import annotations

import zlib
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.media.pixels import Picture
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.picture.file import read_picture, write_picture
from nstcam.realtime.video.contact_sheet import contact_sheet
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import look, write_clip
from tests.support.media.numbered_pictures import blues, level, write_pictures

FAST = VideoSettings(fps="30")


def test_pictures_become_a_video_at_the_rate_asked_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = write_pictures(tmp_path / "in", [8, 9, 10, 11])
    report = stylize_video(source, tmp_path / "out.mp4", CopyStylizer(), VideoSettings(fps="29.97"))
    seen = look(tmp_path / "out.mp4")
    assert seen.rate == Fraction(30000, 1001)
    assert seen.times == [index * Fraction(1001, 30000) for index in range(4)]
    assert (report.frames, report.size_wh, report.audio_copied) == (4, (64, 48), 0)
    assert abs(int(seen.first[20, 20, 0]) - 80) <= 3
    assert not caplog.messages


def test_a_folder_is_sorted_as_people_sort(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_pictures(tmp_path / "in", [2, 10, 1, 12], "Pic %d.png")
    (tmp_path / "in" / "notes.txt").touch()
    (tmp_path / "in" / "._Pic 1.png").write_text("macOS leaves these")
    stylize_video(tmp_path / "in", tmp_path / "out" / "%02d.png", CopyStylizer(), FAST)
    assert blues(tmp_path / "out") == {"01.png": 10, "02.png": 20, "10.png": 100, "12.png": 120}
    assert caplog.messages == [f"{tmp_path / 'in'}: 8 pictures are missing (3 to 9, 11); the others follow one another"]


def test_pictures_that_are_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for source, told in (
        ("in", "holds no picture"), ("in/%d.png", r"no picture is called .*%d\.png; check the folder"),
        ("nowhere/%d.png", "there is no folder .*nowhere"),
    ):  # fmt: skip
        with pytest.raises(SourceError, match=told):
            stylize_video(tmp_path / source, tmp_path / "out.mp4", CopyStylizer(), FAST)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("suffix", ["png", "tif", "tiff", "bmp", "jpg", "jpeg", "webp"])
def test_numbers_and_pictures_are_kept(tmp_path: Path, suffix: str) -> None:
    source = write_pictures(tmp_path / "in", [7, 8, 12])
    stylize_video(source, tmp_path / "out" / f"a%d.{suffix}", CopyStylizer(), FAST)
    assert [path.name for path in tmp_path.iterdir() if path.name != "in"] == ["out"]
    exact = 0 if suffix in ("png", "tif", "tiff", "bmp") else 5
    for number in (7, 8, 12):
        pixels = read_picture(tmp_path / "out" / f"a{number}.{suffix}").pixels
        assert pixels.shape == (48, 64, 3)
        assert np.abs(pixels.astype(int) - level(number)).max() <= exact
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_the_frames_of_a_video_are_numbered_from_1_and_losses_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", pts=[0, 1, 2, 9], audio="aac")
    stylize_video(clip, tmp_path / "%03d.png", CopyStylizer())
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["001.png", "002.png", "003.png", "004.png"]
    assert caplog.messages == [
        f"the sound of {clip} is left out: %03d.png holds none",
        f"the frames of {clip} last differently long, which numbered pictures do not keep",
    ]


def test_16_bits_stay_where_the_original_shows(tmp_path: Path) -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (48, 64, 3)).astype(np.uint16)
    alpha = np.linspace(0, 65535, 64).astype(np.uint16)[None].repeat(48, 0)
    (tmp_path / "in").mkdir()
    write_picture(tmp_path / "in" / "1.png", Picture(deep, alpha))
    for strength, suffix in ((0, "png"), (0.5, "tif")):
        settings = VideoSettings(fps="30", strength=strength)
        stylize_video(tmp_path / "in" / "%d.png", tmp_path / suffix / f"%d.{suffix}", CopyStylizer(), settings)
        kept = read_picture(tmp_path / suffix / f"1.{suffix}")
        assert kept.pixels.dtype == np.uint16
        assert kept.alpha is not None
        assert np.array_equal(kept.alpha, alpha)
        assert np.abs(kept.pixels.astype(int) - deep).max() <= (0 if strength == 0 else 65)
    stylize_video(tmp_path / "in" / "%d.png", tmp_path / "8" / "%d.png", CopyStylizer(), VideoSettings(fps="9", bits=8))
    assert read_picture(tmp_path / "8" / "1.png").pixels.dtype == np.uint8


def test_8_bits_are_written_as_16_if_asked_for(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=2)
    stylize_video(clip, tmp_path / "%d.tif", CopyStylizer(), VideoSettings(bits=16))
    stylize_video(clip, tmp_path / "%d.png", CopyStylizer())
    deep, plain = read_picture(tmp_path / "2.tif").pixels, read_picture(tmp_path / "2.png").pixels
    assert deep.dtype == np.uint16
    assert np.array_equal(deep, plain.astype(np.uint16) * 257)
    with pytest.raises(SinkError, match="mjpeg takes no frames of 16 bits"):
        stylize_video(clip, tmp_path / "%d.jpg", CopyStylizer(), VideoSettings(bits=16))
    assert not list(tmp_path.glob("*.jpg"))


def test_other_sizes_are_letterboxed_and_bad_pictures_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = write_pictures(tmp_path / "in", [1, 2])
    cv2.imwrite(str(tmp_path / "in" / "003.png"), level(9, 96, 96))
    stylize_video(source, tmp_path / "out" / "%d.png", CopyStylizer(), FAST)
    assert "is 96x96, the first picture 64x48; it and others of another size are letterboxed" in caplog.text
    assert (read_picture(tmp_path / "out" / "3.png").pixels[:, :7] == 0).all()
    (tmp_path / "in" / "002.png").write_bytes(b"\x89PNG damaged")
    with pytest.raises(SourceError, match=r"002\.png .*damaged"):
        stylize_video(source, tmp_path / "b" / "%d.png", CopyStylizer(), FAST)
    assert not (tmp_path / "b").exists()


def test_what_libpng_says_of_each_picture_is_not_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = write_pictures(tmp_path / "in", [1, 2])
    for number in (1, 2):
        path = tmp_path / "in" / f"{number:03d}.png"
        whole, comment = path.read_bytes(), b"tEXt"  # an empty comment: too short
        path.write_bytes(whole[:33] + bytes(4) + comment + zlib.crc32(comment).to_bytes(4) + whole[33:])
    stylize_video(source, tmp_path / "out" / "%d.png", CopyStylizer(), FAST)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    source, out = write_pictures(tmp_path / "in", [1, 2]), tmp_path / "out" / "%d.png"
    with pytest.raises(SinkError, match="the pictures that are read are there"):
        stylize_video(source, source, CopyStylizer(), FAST, overwrite=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "2.png").write_text("older")
    with pytest.raises(SinkError, match=r"%d\.png exists already; choose another name or add --overwrite"):
        stylize_video(source, out, CopyStylizer(), FAST)
    assert blues(tmp_path / "in") == {"001.png": 10, "002.png": 20}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["2.png"]


def test_overwrite_replaces_pictures_not_what_links_lead_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = write_pictures(tmp_path / "in", [1, 2])
    out = tmp_path / "out"
    write_pictures(out, [9, 10], "%d.png")
    (tmp_path / "mine").write_text("mine")
    (out / "1.png").symlink_to(tmp_path / "mine")
    stylize_video(source, out / "%d.png", CopyStylizer(), FAST, overwrite=True)
    assert blues(out) == {"1.png": 10, "10.png": 100, "2.png": 20, "9.png": 90}
    assert not (out / "1.png").is_symlink()
    assert (tmp_path / "mine").read_text() == "mine"
    assert caplog.messages == [
        f"{out / '9.png'} to 10.png are older pictures and stay; delete them, or they follow the new ones"
    ]


def test_a_contact_sheet_shows_pictures_too(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in", list(range(1, 11)))
    settings = VideoSettings(fps="10")
    assert contact_sheet(source, tmp_path / "sheet.png", CopyStylizer(), settings, frames=4) == 4
    sheet = read_picture(tmp_path / "sheet.png").pixels
    assert [sheet[200, x, 0] for x in (100, 600)] == [30, 50]  # those that begin after 0.125 and 0.375 s
