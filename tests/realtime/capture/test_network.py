"""Tests addresses: clips and playlists end and keep their pace, and a server cannot make nstcam open anything else."""

import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from nstcam.realtime.capture.network import read_url
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.capture.same_host import SameHost
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.reading.address import open_address
from tests.support.media.clips import texture, write_clip
from tests.support.network import strangers
from tests.support.network.cameras import AUTHORIZATION, PASSWORD, USER, NetworkCamera
from tests.support.network.strangers import listening
from tests.support.network.web import serving


def playlist(folder: Path, segments: Sequence[str], *extra: str, name: str = "list.m3u8") -> str:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", *extra]
    lines += [line for segment in segments for line in ("#EXTINF:0.4,", segment)]
    (folder / name).write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    return name


def segments(folder: Path) -> list[str]:
    """Two clips of 12 frames that follow each other."""
    return [write_clip(folder / f"{i}.ts", start=10 + 0.4004 * i).name for i in range(2)]


def frames(url: str) -> list[Frame]:
    return list(read_url(url, threading.Event(), lambda: None))


def played(url: str) -> list[Captured]:
    source = open_source(url)
    try:
        return list(source)
    finally:
        source.close()


def test_a_clip_at_an_address_plays_once_at_its_own_pace(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", frames=15)
    with serving(tmp_path) as address:
        seen = played(f"{address}/clip.mp4")
    assert not any(captured.plain for captured in seen), "the card of a lost camera"
    assert seen[-1].number == 15
    assert seen[-1].time - seen[0].time + seen[0].number / 30 > 0.4


def test_pauses_of_a_clip_are_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.capture.open_source.LOST_AFTER", 0.1)
    write_clip(tmp_path / "clip.mp4", frames=3, rate=Fraction(3))
    with serving(tmp_path) as address:
        assert [captured.plain for captured in played(f"{address}/clip.mp4")] == [False] * 3


def test_a_playlist_of_its_own_host_plays_to_its_end(tmp_path: Path) -> None:
    playlist(tmp_path, segments(tmp_path))
    (tmp_path / "master.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nlist.m3u8\n")
    with serving(tmp_path) as address:
        seen = played(f"{address}/master.m3u8")
    assert not any(captured.plain for captured in seen)
    assert seen[-1].number == 24
    assert seen[-1].time - seen[0].time + seen[0].number / 30 > 0.7


def test_of_the_variants_of_a_playlist_the_largest_is_shown(tmp_path: Path) -> None:
    variants = {"small": (64, 48), "large": (160, 120), "middle": (96, 72)}
    for name, size_wh in variants.items():
        write_clip(tmp_path / f"{name}.ts", picture=texture(size_wh[1], size_wh[0]))
        playlist(tmp_path, [f"{name}.ts"], name=f"{name}.m3u8")
    lines = [f"#EXT-X-STREAM-INF:BANDWIDTH={100000 * n}\n{name}.m3u8\n" for n, name in enumerate(variants, 1)]
    (tmp_path / "master.m3u8").write_text("#EXTM3U\n" + "".join(lines))
    with serving(tmp_path) as address:
        seen = frames(f"{address}/master.m3u8")
    assert len(seen) == 12
    assert {frame.shape[1::-1] for frame in seen} == {variants["large"]}


def test_a_live_playlist_that_breaks_off_is_lost(tmp_path: Path) -> None:
    name = playlist(tmp_path, segments(tmp_path))
    text = (tmp_path / name).read_text()
    (tmp_path / name).write_text(text.replace("#EXT-X-ENDLIST\n", ""))
    (tmp_path / "ended").write_text(text)
    with serving(tmp_path) as address:
        live = read_url(f"{address}/{name}", threading.Event(), lambda: None)
        assert next(live).shape == (48, 64, 3)
        (tmp_path / "ended").replace(tmp_path / name)
        with pytest.raises(SourceError, match=r"list\.m3u8 is lost: the stream broke off"):
            list(live)


def test_a_playlist_leads_to_no_other_host(tmp_path: Path) -> None:
    with listening() as (other, asked):
        playlist(tmp_path, [other])
        playlist(tmp_path, ["0.ts"], f'#EXT-X-MAP:URI="{other}"', name="map.m3u8")
        playlist(tmp_path, ["0.ts"], f'#EXT-X-KEY:METHOD=AES-128,URI="{other}"', name="key.m3u8")
        (tmp_path / "master.m3u8").write_text(f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\n{other}.m3u8\n")
        for name in ("list", "map", "key", "master"):
            with serving(tmp_path) as address, pytest.raises(SourceError) as told:
                frames(f"{address}/{name}.m3u8")
            assert "\n" not in str(told.value)
            if name != "key":
                assert "m3u8 leads to 127.0.0.1:" in str(told.value)
                assert str(told.value).endswith("not opened unasked; give that address, or set NSTCAM_PLAYLISTS=1")
        assert asked == []


def test_a_server_leads_a_playlist_to_no_other_host(tmp_path: Path) -> None:
    with listening() as (other, asked):
        playlist(tmp_path, ["0.ts"])
        with serving(tmp_path, moved={"/0.ts": other}) as address, pytest.raises(SourceError, match="leads to 127"):
            frames(f"{address}/list.m3u8")
        assert asked == []


@pytest.mark.parametrize("private", ["file://{}", "{}", "concat:{}", "subfile,,start,0,end,0,,:{}"])
def test_a_playlist_at_an_address_leads_to_no_file(tmp_path: Path, private: str) -> None:
    (tmp_path / "web").mkdir()
    playlist(tmp_path / "web", [private.format(write_clip(tmp_path / "private.ts"))])
    with serving(tmp_path / "web") as address, pytest.raises(SourceError):
        frames(f"{address}/list.m3u8")


def test_other_playlists_are_not_followed(tmp_path: Path) -> None:
    strangers.ffconcat(tmp_path)
    with serving(tmp_path) as address, pytest.raises(SourceError, match=r"clip\.mp4 is of a format that is not opened"):
        frames(f"{address}/clip.mp4")


def test_a_playlist_goes_where_it_likes_if_the_user_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_PLAYLISTS", "1")
    (tmp_path / "other").mkdir()
    names = segments(tmp_path / "other")
    with serving(tmp_path / "other") as other, serving(tmp_path) as address:
        playlist(tmp_path, [f"{other}/{name}" for name in names])
        assert len(frames(f"{address}/list.m3u8")) == 24


def test_the_password_goes_to_the_host_of_the_playlist(tmp_path: Path) -> None:
    playlist(tmp_path, segments(tmp_path))
    with serving(tmp_path, AUTHORIZATION) as address:
        bare = address.removeprefix("http://")
        assert len(frames(f"http://{USER}:{PASSWORD}@{bare}/list.m3u8")) == 24
        with pytest.raises(SourceError, match="could not be opened; check the address, user and password") as told:
            frames(f"http://{USER}:wrong-{PASSWORD}@{bare}/list.m3u8")
    assert PASSWORD not in str(told.value)


def test_a_protocol_that_this_ffmpeg_lacks_is_named() -> None:
    """A protocol is missing, as SRT is in PyAV's own packages."""
    needed = r"nowhere://host:9/x could not be opened: this PyAV was built without nowhere://; use rtsp://"
    with pytest.raises(SourceError, match=needed):
        frames("nowhere://user:secret@host:9/x")
    with pytest.raises(SourceError, match=needed):
        open_address("nowhere://user:secret@host:9/x")


def test_pieces_of_a_file_are_asked_for_by_their_place(tmp_path: Path) -> None:
    names = segments(tmp_path)
    parts = [(tmp_path / name).read_bytes() for name in names]
    (tmp_path / "all.ts").write_bytes(b"".join(parts))
    lines = [f"#EXTINF:0.4,\n#EXT-X-BYTERANGE:{len(parts[i])}@{i * len(parts[0])}\nall.ts" for i in range(2)]
    text = "\n".join(["#EXTM3U", "#EXT-X-VERSION:4", "#EXT-X-TARGETDURATION:1", *lines, "#EXT-X-ENDLIST", ""])
    (tmp_path / "list.m3u8").write_text(text)
    with serving(tmp_path) as address:
        assert len(frames(f"{address}/list.m3u8")) >= 24


@pytest.mark.parametrize("ranged", [False, True])
@pytest.mark.parametrize(("options", "given"), [({}, b"abcdef"), ({"offset": "2"}, b"cdef")])
def test_reading_begins_at_the_place_asked_for(
    tmp_path: Path, options: dict[str, str], given: bytes, *, ranged: bool
) -> None:
    (tmp_path / "a.ts").write_bytes(b"abcdef")
    with serving(tmp_path, ranged=ranged) as address:
        for end, expected in (({}, given), ({"end_offset": "4"}, given[:-2])):
            with SameHost(address)(f"{address}/a.ts", 0, options | end) as answer:
                assert answer.read() == (expected if ranged else given)


def test_frames_are_in_square_pixels(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", aspect=Fraction(2))
    with serving(tmp_path) as address:
        assert frames(f"{address}/clip.mp4")[0].shape == (48, 128, 3)
    assert next(iter(open_source(str(clip)))).frame.shape == (48, 128, 3)


def test_a_stream_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "clip.mp4", picture=texture(480, 640))
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "3")
    with serving(tmp_path) as address, pytest.raises(SourceError, match=r"clip\.mp4 is 640x480, 0\.3 megapixels"):
        frames(f"{address}/clip.mp4")


@pytest.mark.parametrize("way", ["file", "address"])
def test_a_clip_without_a_whole_frame_is_an_error(tmp_path: Path, way: str) -> None:
    whole = write_clip(tmp_path / "clip.mp4", picture=texture(480, 640)).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: whole.index(b"mdat") + 200])
    with serving(tmp_path) as address, pytest.raises(SourceError, match=r"cut\.mp4: no frame can be decoded"):
        played(f"{address}/cut.mp4" if way == "address" else str(tmp_path / "cut.mp4"))


def test_a_file_by_its_address_is_that_file(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "my clip.mp4")
    assert played(clip.as_uri())[-1].number == 11


@pytest.mark.parametrize("url", ["http://viewer:s3cret@[bad/x", "http://viewer:s3cret@host:99999/x"])
def test_what_is_no_address_is_one_line(url: str) -> None:
    with pytest.raises(SourceError, match="check the address, user and password, and the network") as told:
        played(url)
    assert PASSWORD not in str(told.value)


def test_a_silent_network_camera_has_no_cable_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.capture.open_source.OPEN_WITHIN", 0.1)
    with listening() as (address, _):
        with pytest.raises(SourceError) as told:
            played(address.replace("http", "tcp"))
        assert str(told.value).endswith("delivered no picture within 0.1 s; check the camera and the network")


def test_a_camera_that_is_set_to_another_size_is_followed() -> None:
    camera, stop = NetworkCamera(90), threading.Event()
    try:
        sizes = []
        for frame in read_url(camera.url, stop, lambda: None):
            size_hw = frame.shape[0], frame.shape[1]
            if size_hw not in sizes:
                sizes.append(size_hw)
                camera.size_hw = {1: (72, 128), 2: (120, 160)}.get(len(sizes), size_hw)
            if len(sizes) == 3:
                stop.set()
    finally:
        camera.cut()
    assert sizes == [(96, 128), (72, 128), (120, 160)]
