"""Tests animated WebP as a source: parts that lie over one another, times, transparency, and damaged files."""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.animated_webp import AnimatedWebp, is_animated_webp
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.fakes.live import CopyStylizer
from tests.support.media.clips import look, texture, write_clip
from tests.support.media.webp import write_webp

TEN = Fraction(10)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    pts = [0, 1, 2, 6, 8]
    clip = write_clip(tmp_path / "in.mp4", pts=pts, rate=TEN, time_base=Fraction(1, 10), picture=texture(50, 70), pan=5)
    stylize_video(clip, tmp_path / "a.webp", CopyStylizer(), VideoSettings(quality=2))
    with AnimatedWebp(tmp_path / "a.webp") as animation, VideoReader(clip) as reader:
        assert (animation.size_wh, animation.total, animation.rate) == ((70, 50), 5, Fraction(50, 9))
        for seen, meant in zip(animation, reader, strict=True):
            assert seen.pts * animation.time_base == meant.pts * reader.time_base
            assert np.abs(seen.frame.astype(int) - meant.frame).mean() < 4
    stylize_video(tmp_path / "a.webp", tmp_path / "out.mp4", CopyStylizer(), VideoSettings(start=0.2, end=0.7))
    assert look(tmp_path / "out.mp4").times == [0, Fraction(2, 5)]


def test_parts_blend_replace_and_clear(tmp_path: Path) -> None:
    """Half red over blue, then a green corner in place of it, which is cleared before the last."""
    red, blue = np.full((8, 8, 4), (0, 0, 255, 128), np.uint8), np.full((16, 16, 4), (255, 0, 0, 255), np.uint8)
    clear_green = np.full((8, 8, 4), (0, 255, 0, 0), np.uint8)
    clear_green[:, :4, 3] = 255
    path = write_webp(
        tmp_path / "a.webp",
        [(blue, 0, 0, 0, 5), (red, 4, 2, 0, 50), (clear_green, 8, 8, 3, 70), (red, 0, 0, 2, 90)],
    )
    with AnimatedWebp(path) as animation:
        animation.keep_alpha = True
        first, half, green, last = animation
    assert [each.pts for each in (first, half, green, last)] == [0, 100, 150, 220]
    assert first.alpha is not None
    assert green.alpha is not None
    assert last.alpha is not None
    assert (first.frame == (255, 0, 0)).all()
    assert np.abs(half.frame[2:10, 4:12].astype(int) - (127, 0, 128)).max() <= 2
    assert (half.frame[:2] == (255, 0, 0)).all()
    assert (green.frame[8:, 8:12] == (0, 255, 0)).all()
    assert (green.alpha[8:, 12:] == 0).all()
    assert (last.alpha[8:, 8:] == 0).all()
    assert (last.alpha[:8, :8] == 128).all()


def test_alpha_goes_from_webp_to_webp(tmp_path: Path) -> None:
    pixels = np.full((48, 64, 4), (255, 0, 255, 255), np.uint8)
    pixels[:, :32, 3] = 0
    path = write_webp(tmp_path / "a.webp", [(pixels, 0, 0, 2, 50)] * 3)
    stylize_video(path, tmp_path / "out.apng", CopyStylizer())
    with VideoReader(tmp_path / "out.apng") as reader:
        assert reader.is_transparent


def test_damaged_files_are_refused_or_end_early(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pixels = np.full((48, 64, 4), (255, 0, 255, 255), np.uint8)
    data = write_webp(tmp_path / "a.webp", [(pixels, 0, 0, 2, 50)] * 3).read_bytes()
    cut = tmp_path / "cut.webp"
    for length in range(30, len(data) - 8, 7):
        cut.write_bytes(data[:length])
        shown = []
        with suppress(SourceError), AnimatedWebp(cut) as animation:
            shown = list(animation)
        assert len(shown) < 3
    assert "cut.webp is damaged: 2 of 3 frames were decoded" in caplog.text
    dice = np.random.default_rng(5)
    for _ in range(200):
        odd = np.frombuffer(data, np.uint8).copy()
        odd[dice.integers(12, len(odd), 4)] = dice.integers(0, 256, 4)
        cut.write_bytes(odd.tobytes())
        with suppress(SourceError), AnimatedWebp(cut) as animation:
            assert all(each.frame.shape == (*animation.size_wh[::-1], 3) for each in animation)


def test_a_canvas_that_is_too_large_is_refused(tmp_path: Path) -> None:
    data = bytearray(write_webp(tmp_path / "a.webp", [(np.zeros((48, 64, 4), np.uint8), 0, 0, 2, 50)]).read_bytes())
    data[24:30] = b"\xff\xff\0\xff\xff\0"
    (tmp_path / "a.webp").write_bytes(data)
    with pytest.raises(SourceError, match=r"is 65536x65536, .* the limit for a video is 20"):
        AnimatedWebp(tmp_path / "a.webp")


def plain(level: int = 90, alpha: int = 255, height: int = 16, width: int = 16) -> NDArray[np.uint8]:
    return np.full((height, width, 4), (level, level, level, alpha), np.uint8)


def test_a_picture_lies_over_another_by_the_formula(tmp_path: Path) -> None:
    """RFC 9649, 2.7.1.1: neither is multiplied by its alpha, here of colours and alphas by chance."""
    below, above = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 4), np.uint8)
    above[:8, :, 3], above[8:16, :, 3] = 0, 255
    path = write_webp(tmp_path / "a.webp", [(below, 0, 0, 2, 50), (above, 0, 0, 0, 50)])
    with AnimatedWebp(path) as animation:
        animation.keep_alpha = True
        first, second = animation
    assert first.alpha is not None
    assert second.alpha is not None
    upper, lower = above / 255.0, np.dstack((first.frame, first.alpha)) / 255.0
    alpha = upper[:, :, 3] + lower[:, :, 3] * (1 - upper[:, :, 3])
    parts = upper[:, :, :3] * upper[:, :, 3:] + lower[:, :, :3] * (lower[:, :, 3] * (1 - upper[:, :, 3]))[:, :, None]
    seen = alpha > 0
    np.testing.assert_allclose(second.alpha, 255 * alpha, atol=1)
    np.testing.assert_allclose(second.frame[seen], 255 * parts[seen] / alpha[seen][:, None], atol=1)


@pytest.mark.parametrize(("lasts", "shown"), [(0, 100), (10, 100), (11, 11), (12, 12), (70_000, 70_000)])
def test_a_frame_of_10_milliseconds_or_less_is_shown_for_100(tmp_path: Path, lasts: int, shown: int) -> None:
    with AnimatedWebp(write_webp(tmp_path / "a.webp", [(plain(), 0, 0, 2, lasts)] * 2)) as animation:
        assert [(each.pts, each.duration) for each in animation] == [(0, shown), (shown, shown)]
        assert animation.rate == Fraction(1000, shown)


@pytest.mark.parametrize(
    ("start", "end", "levels"),
    [(0, None, [10, 20, 30]), (0.1, None, [20, 30]), (0.101, None, [30]), (0, 0.2, [10, 20]), (0.1, 0.2, [20]),
     (0, 0.201, [10, 20, 30]), (0.2, 16.1, [30])],
)  # fmt: skip
def test_a_cut_has_the_frames_that_begin_in_it(
    tmp_path: Path, start: float, end: float | None, levels: list[int]
) -> None:
    path = write_webp(tmp_path / "a.webp", [(plain(level), 0, 0, 2, 100) for level in (10, 20, 30)])
    with AnimatedWebp(path, start, end) as animation:
        assert (animation.total, animation.first_seconds) == (len(levels), Fraction(levels[0] - 10, 100))
        assert [(each.frame[0, 0, 0], each.pts) for each in animation] == [
            (level, 100 * index) for index, level in enumerate(levels)
        ]
        animation.skip(1)
        assert [each.frame[0, 0, 0] for each in animation] == levels[1:]
    told = f"{path} lasts 0.30 s and has no frame there; choose another --from or --to"
    with pytest.raises(SourceError, match=f"^{re.escape(told)}$"):
        AnimatedWebp(path, 0.201)


def test_what_is_transparent_is_seen_on_the_matte_which_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clear = write_webp(tmp_path / "a.webp", [(plain(200, 128), 0, 0, 3, 50)] * 2)
    with AnimatedWebp(clear, matte=(0, 255, 0)) as animation:
        assert animation.is_transparent
        frames = list(animation)
    assert [each.alpha for each in frames] == [None, None]
    np.testing.assert_allclose(frames[1].frame[0, 0], (100, 227, 100), atol=2)
    assert caplog.messages == [f"{clear} has transparent pixels, which are shown on green"]
    caplog.clear()
    with AnimatedWebp(clear) as animation:
        animation.keep_alpha = True
        kept = list(animation)
    assert all(each.alpha is not None and (each.alpha == 128).all() and (each.frame == 200).all() for each in kept)
    with AnimatedWebp(write_webp(tmp_path / "b.webp", [(plain(200), 0, 0, 2, 50)])) as animation:
        assert animation.has_alpha
        assert not animation.is_transparent
        assert (next(iter(animation)).frame == 200).all()
    assert not caplog.messages


@pytest.mark.parametrize("alpha", [255, 128])
@pytest.mark.parametrize("between", [b"", b"XMP \x03\0\0\0abc\0", b"XMP \x04\0\0\0abcd"])
def test_lossy_pictures_with_alpha_beside_them_and_chunks_in_between_are_read(
    tmp_path: Path, alpha: int, between: bytes
) -> None:
    parts = [(plain(level, alpha, 20, 24), 0, 0, 2, 50) for level in (60, 160)]
    with AnimatedWebp(write_webp(tmp_path / "a.webp", parts, quality=80, between=between)) as animation:
        animation.keep_alpha = True
        frames = list(animation)
    assert [round(each.frame.mean() / 20) for each in frames] == [3, 8]
    assert all(each.alpha is not None and (each.alpha == alpha).all() for each in frames)


@pytest.mark.parametrize(
    ("left", "top", "width", "height", "fits"),
    [(8, 6, 8, 10, True), (10, 6, 8, 10, False), (8, 8, 8, 10, False), (0, 0, 16, 16, True), (0, 0, 16, 17, False)],
)
def test_a_part_beyond_the_canvas_ends_the_file(
    tmp_path: Path, left: int, top: int, width: int, height: int, fits: bool
) -> None:
    part = plain(200, 255, height, width)
    path = write_webp(tmp_path / "a.webp", [(plain(), 0, 0, 2, 50), (part, left, top, 2, 50), (plain(), 0, 0, 2, 50)])
    with AnimatedWebp(path) as animation:
        assert animation.total == len(list(animation)) == (3 if fits else 1)


def test_a_picture_of_another_size_than_stated_is_not_decoded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_webp(tmp_path / "a.webp", [(plain(), 0, 0, 2, 50)] * 3)
    data = bytearray(path.read_bytes())
    second = data.index(b"ANMF", data.index(b"ANMF") + 4) + 8
    data[second + 6] = 13  # a width of 14
    path.write_bytes(data)
    with AnimatedWebp(path) as animation:
        assert (animation.total, len(list(animation))) == (3, 1)
    assert caplog.messages == [f"{path} is damaged: 1 of 3 frames were decoded"]


HEAD = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02" + bytes(9)


@pytest.mark.parametrize(
    ("head", "animated"),
    [
        (HEAD, True), (HEAD + b"more", True), (HEAD[:29], False), (b"RIFX" + HEAD[4:], False), (b"", False),
        (HEAD.replace(b"VP8X", b"VP8L"), False), (HEAD[:20] + b"\x12" + HEAD[21:], True),
        (HEAD[:20] + b"\x10" + HEAD[21:], False),
    ],
)  # fmt: skip
def test_an_animation_is_known_by_its_first_30_bytes(tmp_path: Path, head: bytes, animated: bool) -> None:
    (tmp_path / "a.webp").write_bytes(head)
    assert is_animated_webp(tmp_path / "a.webp") == animated
    assert not is_animated_webp(tmp_path / "none.webp")
    told = "no frame can be decoded; the file is damaged" if animated else "is not an animated WebP; choose another"
    with pytest.raises(SourceError, match=told):
        AnimatedWebp(tmp_path / "a.webp")
    with pytest.raises(SourceError, match=r"none\.webp cannot be read \(No such file or directory\); check its perm"):
        AnimatedWebp(tmp_path / "none.webp")
