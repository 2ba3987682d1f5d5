"""Tests which track is chosen of what libavformat prints, on lists of streams that no clip has to hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from av.stream import Disposition

from nstcam.media.video_tracks import Listing, is_animated_avif, is_cover, listing, main_video

PLAIN, DEFAULT = Disposition(0), Disposition.default
TEXT = """Input #0, mpegts, from 'clip.ts':
  Program 1
  Stream #0:0[0x100]: Video: h264 (avc1 / 0x31637661), yuv420p, 64x48
  Stream #0:2[0x101](eng): Audio: pcm_s16le (SOWT / 0x74776F73), 48000 Hz, 8 channels (FL+FR), s16
  Program 22
  Stream #0:3: Audio: aac, 48000 Hz, stereo
  No Program
  Stream #0:5: Data: bin_data (gpmd / 0x646D7067), 48000 Hz, 8 channels (FL+FR)
"""


def stream(index: int, size_wh: tuple[int, int], mark: Any = PLAIN, codec: str | None = "h264", frames: int = 0) -> Any:
    context = codec and SimpleNamespace(codec=SimpleNamespace(canonical_name=codec))
    width, height = size_wh
    return SimpleNamespace(
        index=index, width=width, height=height, disposition=mark, codec_context=context, frames=frames
    )


def container(*videos: Any, brand: str = "isom", text: str = "") -> Any:
    return SimpleNamespace(
        streams=SimpleNamespace(video=list(videos)), metadata={"major_brand": brand}, dumps_format=lambda: text
    )


def chosen(*videos: Any, programs: list[set[int]] | None = None, brand: str = "isom") -> int | None:
    found = main_video(container(*videos, brand=brand), Listing(programs or [], {}, set()))
    return None if found is None else found.index


def test_what_libavformat_prints_is_read() -> None:
    about = listing(container(text=TEXT))
    assert about.programs == [{0, 2}, {3}]
    assert about.tags == {0: "avc1", 2: "sowt", 5: "gpmd"}
    assert about.custom_orders == {2}, "of sounds only"
    assert about.elsewhere(stream(0, (1, 1))) == {3}
    assert about.elsewhere(stream(5, (1, 1))) == set(), "in none of them"


def test_the_marked_track_else_the_largest_else_the_first() -> None:
    small, large, other = ((64, 48), (90, 40), (40, 90))
    assert chosen(stream(0, small), stream(1, large), stream(2, other)) == 1
    assert chosen(stream(0, large), stream(1, small, DEFAULT), stream(2, small, DEFAULT)) == 1
    assert chosen(stream(0, large, codec=None), stream(1, small)) == 1
    assert chosen(stream(0, large, codec=None)) is None
    assert chosen() is None


def test_only_the_programme_of_the_largest_video_counts() -> None:
    videos = [stream(0, (64, 48), DEFAULT), stream(1, (640, 480)), stream(2, (320, 240), DEFAULT)]
    assert chosen(*videos, programs=[{0}, {1, 2}]) == 2
    assert chosen(*videos, programs=[{0, 1, 2}]) == 0
    assert chosen(*videos, programs=[{0}]) == 0, "one programme rules nothing out"
    assert chosen(*videos, programs=[{7}, {8}]) == 0, "none of them is in one"


def test_of_an_animated_avif_it_is_a_track_with_the_most_pictures() -> None:
    videos = [stream(0, (64, 48), DEFAULT, frames=1), stream(1, (64, 48), frames=10), stream(2, (8, 8), frames=10)]
    assert [chosen(*videos, brand=brand) for brand in ("isom", "avis", "avif")] == [0, 1, 1]
    assert not is_animated_avif(container())


def test_covers_are_said_to_be_or_are_one_picture_beside_a_film() -> None:
    film, one = stream(0, (64, 48), frames=10), stream(1, (64, 48), DEFAULT, "png", 1)
    assert is_cover(one, container(film, one))
    assert not is_cover(one, container(one)), "nothing else is there"
    for other in (stream(1, (64, 48), codec="png", frames=2), stream(1, (64, 48), frames=1)):
        assert not is_cover(other, container(film, other))
    for mark in (Disposition.attached_pic, Disposition.timed_thumbnails, DEFAULT | Disposition.attached_pic):
        assert is_cover(stream(0, (64, 48), mark), container(film))
