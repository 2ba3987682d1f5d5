"""Clips that loop or hold their last frame, and pictures as sources."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream

from nstcam.realtime.capture import clip_sound
from nstcam.realtime.capture.clip import is_still
from nstcam.realtime.capture.modes import Mode
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.capture.player import Player
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.fakes.live import ListSource, frame_of
from tests.support.media.clips import quadrants, write_clip


def clips(frames: int) -> tuple[list[ListSource], Callable[[], ListSource]]:
    """A function that opens a clip, and those it has opened."""
    opened: list[ListSource] = []

    def opening() -> ListSource:
        opened.append(ListSource([frame_of(10 * number) for number in range(frames)]))
        return opened[-1]

    return opened, opening


def taken(player: Player, count: int) -> list[Captured]:
    return list(itertools.islice(player, count))


def values(seen: list[Captured]) -> list[int]:
    return [int(captured.frame[0, 0, 0]) for captured in seen]


def test_without_loop_and_hold_the_end_is_the_end() -> None:
    assert values(list(Player(clips(3)[1]))) == [0, 10, 20]


def test_a_loop_begins_again_and_its_numbers_go_on() -> None:
    opened, opening = clips(3)
    with closing(Player(opening, loop=True)) as player:
        seen = taken(player, 8)
    assert values(seen) == [0, 10, 20, 0, 10, 20, 0, 10]
    assert [captured.number for captured in seen] == list(range(8))
    assert not any(captured.ended for captured in seen)
    assert all(source.closed for source in opened)


def test_a_clip_that_ends_holds_its_last_frame_until_it_is_played_again() -> None:
    with closing(Player(clips(3)[1], hold=True)) as player:
        frames = iter(player)
        seen = list(itertools.islice(frames, 5))
        assert values(seen) == [0, 10, 20, 20, 20]
        assert [captured.ended for captured in seen] == [False, False, False, True, True]
        player.again()
        again = list(itertools.islice(frames, 4))
    assert values(again) == [0, 10, 20, 20]
    assert [captured.ended for captured in again] == [False, False, False, True]
    numbers = [captured.number for captured in seen + again]
    assert numbers == sorted(set(numbers))


def test_played_again_in_the_middle_a_clip_still_holds_its_end() -> None:
    with closing(Player(clips(2)[1], hold=True)) as player:
        frames = iter(player)
        next(frames)
        player.again()
        assert values(list(itertools.islice(frames, 3))) == [10, 10, 10]


@pytest.mark.parametrize("loop", [False, True])
def test_a_single_frame_stays_and_has_not_ended(loop: bool) -> None:
    opened, opening = clips(1)
    with closing(Player(opening, loop=loop)) as player:
        seen = taken(player, 4)
    assert values(seen) == [0] * 4
    assert not any(captured.ended for captured in seen)
    assert len(opened) == 1
    assert all(later.time > earlier.time for earlier, later in itertools.pairwise(seen))


def test_what_fails_fails() -> None:
    def opening() -> ListSource:
        return ListSource([frame_of(1)] * 2, error=SourceError("unplugged"))

    with closing(Player(opening, loop=True, hold=True)) as player, pytest.raises(SourceError, match="unplugged"):
        list(player)


def test_what_has_no_frame_does_not_loop_for_ever() -> None:
    opened, opening = clips(0)
    assert list(Player(opening, loop=True, hold=True)) == []
    assert len(opened) == 1


def photo(folder: Path, name: str) -> Path:
    path = folder / name
    picture = quadrants()
    if name.endswith((".png", ".webp")):
        alpha = np.full(picture.shape[:2], 255, np.uint8)
        alpha[:24, :32] = 0
        picture = np.dstack((picture, alpha))
    assert cv2.imwrite(str(path), picture, [cv2.IMWRITE_WEBP_QUALITY, 101])
    return path


def test_a_large_photo_which_ffmpeg_takes_for_one_of_many_pictures(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    cv2.imwrite(str(path), noise)
    with closing(open_source(str(path))) as source:
        assert next(iter(source)).frame.shape == (300, 400, 3)
    with pytest.raises(SourceError, match=r"photo\.jpg is a picture, not a video; use nstcam image"):
        VideoReader(path)


def test_a_frame_of_a_clip_has_the_time_at_which_it_was_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_sound, "_MOST_LATE", 1e9)  # however slow this machine is, the clip does not wait for it
    clip = write_clip(tmp_path / "clip.mp4", frames=4, rate=Fraction(20))
    with closing(open_source(str(clip))) as source:
        first, *rest = ((captured.number, captured.time) for captured in source)
    assert [at - first[1] for _, at in rest] == pytest.approx(
        [(number - first[0]) / 20 for number, _ in rest], abs=1e-6
    )


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.bmp", "photo.tif", "photo.webp", "photo.avif"])
def test_a_photo_given_as_camera_stays(tmp_path: Path, name: str) -> None:
    before = time.monotonic()
    with closing(open_source(str(photo(tmp_path, name)))) as source:
        seen = list(itertools.islice(source, 4))
    assert before < seen[0].time < time.monotonic()
    assert all(captured.frame.shape == (48, 64, 3) and not captured.ended for captured in seen)
    first = seen[0].frame
    assert all(np.array_equal(captured.frame, first) for captured in seen)
    assert abs(first[36, 48].astype(int) - 255).max() < 12, "white stays"
    transparent = name.endswith((".png", ".webp"))
    assert abs(first[8, 8].astype(int) - ((0, 0, 0) if transparent else (0, 0, 255))).max() < 12


def test_a_photo_is_upright_and_not_larger_than_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    cv2.imwrite(str(path), np.zeros((5000, 1000, 3), np.uint8))
    with closing(open_source(str(path))) as source:
        assert next(iter(source)).frame.shape == (2160, 432, 3)


def write_animation(path: Path) -> None:
    """An APNG or GIF of three frames."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(path.suffix[1:], rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, {".apng": "rgb24", ".gif": "rgb8"}[path.suffix]
        for value in (0, 100, 200):
            frame = av.VideoFrame.from_ndarray(frame_of(value), "bgr24").reformat(format=stream.pix_fmt)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@pytest.mark.parametrize(("name", "renamed"), [("cat.apng", "cat.png"), ("cat.gif", "cat.gif")])
def test_an_animation_plays_as_a_clip(tmp_path: Path, name: str, renamed: str) -> None:
    write_animation(tmp_path / name)
    (tmp_path / name).rename(tmp_path / renamed)
    seen = list(open_source(str(tmp_path / renamed)))
    assert seen[-1].number == 2
    assert not is_still(tmp_path / renamed)


@pytest.mark.parametrize(("loop", "hold", "waits"), [(True, True, True), (False, True, False), (False, False, True)])
def test_the_last_frame_stays_for_its_time_unless_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: bool, hold: bool, waits: bool
) -> None:
    waited = list[float]()
    monkeypatch.setattr(clip_sound.ClipClock, "wait", lambda _, seconds, __: waited.append(seconds))
    animation = cv2.Animation()
    animation.frames = [frame_of(10), frame_of(200)]
    animation.durations = [100, 1500]
    assert cv2.imwriteanimation(str(tmp_path / "cat.gif"), animation)
    with closing(open_source(str(tmp_path / "cat.gif"), loop=loop, hold=hold)) as source:
        seen = list(itertools.islice(source, 5))
    assert len(seen) <= 2 or loop or hold
    assert waited[:3] == ([0, 0.1, 1.6] if waits else [0, 0.1])


def test_a_clip_loops_and_holds_as_asked(tmp_path: Path) -> None:
    clip = str(write_clip(tmp_path / "clip.mp4", frames=4))
    with closing(open_source(clip, hold=True)) as source:
        frames: Iterator[Captured] = iter(source)
        assert any(captured.ended for captured in itertools.islice(frames, 6))
        assert isinstance(source, Player)
        source.again()
        assert any(not captured.ended for captured in itertools.islice(frames, 2))
    with closing(open_source(clip, loop=True)) as source:
        assert len(list(itertools.islice(source, 9))) == 9
    assert 1 <= len(list(open_source(clip))) <= 4


def test_a_picture_that_is_damaged_is_one_line(tmp_path: Path) -> None:
    path = photo(tmp_path, "photo.png")
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(SourceError, match=r"photo\.png .*") as told:
        list(open_source(str(path)))
    assert "\n" not in str(told.value)


def test_numbered_pictures_and_folders_play_at_the_rate_asked_for(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        cv2.imwrite(str(tmp_path / f"{number}.png"), frame_of(20 * number))
    told: list[str] = []
    for spec in (tmp_path / "%d.png", tmp_path):
        with closing(open_source(str(spec), Mode(fps=20), told.append)) as source:
            captured = list(source)
        assert [int(each.frame[0, 0, 0]) for each in captured] == [20, 40, 200]
        assert captured[2].time - captured[0].time == pytest.approx(0.1, abs=0.002)
    assert not told
    with (
        closing(open_source(str(tmp_path / "%d.jpg"))) as source,
        pytest.raises(SourceError, match="no picture is called"),
    ):
        list(source)
