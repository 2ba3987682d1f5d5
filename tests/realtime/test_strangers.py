"""Tests files from strangers, by each way into nstcam."""

import re
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream

from nstcam.media.address import as_address
from nstcam.media.size_limit import most_pixels
from nstcam.media.stated_size import stated_size
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.files import check_paths
from nstcam.realtime.output.recording import check_target
from nstcam.realtime.picture.convert import stylize_image
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.reading.streams import open_video
from nstcam.realtime.video.reading.timestamps import packet_times
from tests.support.fakes.live import FakeStylizer, frame_of
from tests.support.media.clips import write_clip
from tests.support.network import strangers
from tests.support.network.strangers import LEADING_ELSEWHERE, gif, headers, listening, png, refuses_large_clips


def video(path: Path) -> None:
    VideoReader(path).close()


def parts(path: Path) -> None:
    packet_times(path)


def live(path: Path) -> None:
    with closing(open_source(str(path))) as source:  # a picture stays for ever
        list(islice(source, 3))


def image(path: Path) -> None:
    stylize_image(path, path.with_name("out.png"), FakeStylizer())


@pytest.mark.parametrize("make", LEADING_ELSEWHERE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("way_in", [video, parts, live])
def test_no_file_leads_to_another(tmp_path: Path, make: Callable[[Path], Path], way_in: Callable[[Path], None]) -> None:
    path = make(tmp_path)
    if make is strangers.numbered and way_in is live:  # the picture of that very name, and no other
        for name in ("clip1.png", "clip2.png"):
            (tmp_path / name).unlink()
        way_in(path)
        return
    with pytest.raises(SourceError) as told:
        way_in(path)
    assert "set NSTCAM_PLAYLISTS=1 to" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("way_in", [video, parts, live, image])
def test_no_file_leads_to_a_host(tmp_path: Path, way_in: Callable[[Path], None]) -> None:
    with listening() as (address, asked):
        with pytest.raises(SourceError):
            way_in(strangers.hls(tmp_path, address))
        assert asked == []


@pytest.mark.parametrize("make", LEADING_ELSEWHERE[:2], ids=lambda make: make.__name__)
def test_no_playlist_is_a_picture(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(SourceError, match="is not a picture"):
        image(make(tmp_path))


def test_a_playlist_is_followed_if_the_user_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = strangers.ffconcat(tmp_path)
    monkeypatch.setenv("NSTCAM_PLAYLISTS", "1")
    with VideoReader(path) as reader:
        assert len(list(reader)) == 12


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "avi", "ts", "flv", "mpg", "nut", "mxf", "asf", "h264", "gif"])
def test_containers_are_opened_as_before(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"clip.{suffix}"
    codec = {"mpg": "mpeg2video", "mxf": "mpeg2video", "gif": "gif"}.get(suffix, "libx264")
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb8" if codec == "gif" else "yuv420p"
        for value in range(30):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame_of(value), "bgr24")))
        out.mux(stream.encode(None))
    with open_video(path) as container:
        assert container.streams.video


@pytest.mark.parametrize("suffix", headers(8, 8))
def test_the_size_of_a_picture_is_read_from_its_header(suffix: str) -> None:
    assert stated_size(headers(16000, 12000)[suffix]) == (16000, 12000)
    whole = headers(16000, 12000)[suffix]
    for length in range(len(whole)):
        stated_size(whole[:length])  # what is cut off raises nothing


@pytest.mark.parametrize("suffix", headers(8, 8))
def test_a_picture_that_is_too_large_is_refused_before_it_takes_memory(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bomb.{suffix}"
    path.write_bytes(headers(16383, 16383)[suffix])
    tracemalloc.start()
    with pytest.raises(SourceError) as told:
        read_picture(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(told.value) == (
        f"{path} is 16383x16383, 268.4 megapixels, and the limit for a picture is 200; "
        "make it smaller, or set NSTCAM_MAX_MEGAPIXELS=269 if there is the memory"
    )
    assert peak < 1 << 20


def test_a_whole_bomb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png(32000, 32000))
    with pytest.raises(SourceError, match=r"32000x32000, 1024\.0 megapixels"):
        read_picture(tmp_path / "bomb.png")


def test_a_file_of_too_many_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.png"
    path.write_bytes(png(64, 48))
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(SourceError, match=r"is 1,099,511,627,776 bytes long, and a picture may have"):
        read_picture(path)


def test_the_limit_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(png(100, 50))
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "0.005")
    assert read_picture(path).pixels.shape == (50, 100, 3)
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "0.0049")
    with pytest.raises(SourceError, match="100x50"):
        read_picture(path)


@pytest.mark.parametrize("text", ["many", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_no_number_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", text)
    (tmp_path / "a.png").write_bytes(png(64, 48))
    for way_in, path in ((image, tmp_path / "a.png"), (video, write_clip(tmp_path / "a.mp4"))):
        with pytest.raises(SourceError) as told:
            way_in(path)
        assert f"NSTCAM_MAX_MEGAPIXELS={text} is not a number above 0; give megapixels" in str(told.value)


@pytest.mark.parametrize("way_in", [video, live])
def test_a_clip_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way_in: Callable[[Path], None]
) -> None:
    refuses_large_clips(way_in, tmp_path, monkeypatch, SourceError)


def test_a_gif_of_a_few_bytes_is_refused_as_a_video(tmp_path: Path) -> None:
    (tmp_path / "bomb.gif").write_bytes(gif(16000, 16000))
    with pytest.raises(SourceError, match=r"is 16000x16000, 256\.0 megapixels, and the limit for a video is 20"):
        video(tmp_path / "bomb.gif")


def test_a_size_that_grows_on_the_way_is_refused_by_the_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small, large = write_clip(tmp_path / "a.ts"), write_clip(tmp_path / "b.ts", picture=frame_of(9, 480, 640))
    (tmp_path / "both.ts").write_bytes(small.read_bytes() + large.read_bytes())
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "1")
    with VideoReader(tmp_path / "both.ts") as reader:
        assert len(list(reader)) <= 12
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "10")
    with VideoReader(tmp_path / "both.ts") as reader:
        assert len(list(reader)) > 12
    assert most_pixels(10) == 1_000_000


@pytest.mark.parametrize(
    "address",
    [
        "http://user:s3cret@host:80/a.mp4", "rtsp://user:s3cret/x@host/a.mp4", "http://host/a.mp4?key=s3cret",
        "https://user:s3cret?@host/a.mp4",
    ],
)  # fmt: skip
def test_an_address_in_place_of_a_file_is_told_as_one(tmp_path: Path, address: str) -> None:
    there, said = write_clip(tmp_path / "in.mp4"), []
    for source, target in ((Path(address), tmp_path / "out.mp4"), (there, Path("http://user:s3cret@host/out.mp4"))):
        with pytest.raises(NstError) as told:
            check_paths(source, target, (".mp4",), overwrite=False)
        said.append(str(told.value))
    with pytest.raises(NstError) as told:
        check_target(Path("http://user:s3cret@host/out.mp4"), overwrite=False)
    for text in (*said, str(told.value)):
        assert re.match(r"[a-z]+://(host|user)/\.\.\. is an address, not a file; ", text)
        assert "s3cret" not in text


@pytest.mark.parametrize("name", ["C:/clips/a.mp4", "a.mp4", "12:30.mp4", "a:b/c.mp4", "/http:/x"])
def test_a_path_is_no_address(name: str) -> None:
    assert as_address(Path(name)) == ""


def test_an_animated_webp_is_not_sent_to_where_it_came_from(tmp_path: Path) -> None:
    animation = cv2.Animation()
    animation.frames = [np.dstack([frame_of(9 * i), frame_of(255)[..., :1]]) for i in range(3)]
    animation.durations = [100] * 3
    ok, data = cv2.imencodeanimation(".webp", animation)
    assert ok
    (tmp_path / "a.webp").write_bytes(data.tobytes())
    live(tmp_path / "a.webp")
    with pytest.raises(SourceError, match=r"a\.webp is an animated WebP, .* save it as GIF, APNG or MP4 first"):
        video(tmp_path / "a.webp")
    ok, data = cv2.imencode(".webp", frame_of(9))
    (tmp_path / "still.webp").write_bytes(data.tobytes())
    with pytest.raises(SourceError, match=r"still\.webp is a picture, not a video; use nstcam image"):
        video(tmp_path / "still.webp")
