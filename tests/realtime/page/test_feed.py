"""The feed, read by programs that keep up and by others."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import av
import cv2
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.modes import Mode
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.live.session import Session
from nstcam.realtime.page.access import LOOPBACK
from nstcam.realtime.page.feed import MOST_STREAMS
from nstcam.realtime.page.live_page import LivePage
from tests.realtime.page.conftest import TOKEN, Client


@pytest.fixture
def moving(session: Session) -> Iterator[Session]:
    """Whose picture changes a hundred times a second; comes before the page."""
    changed, ended = threading.Event(), threading.Event()

    def change() -> None:
        value = 0
        while True:
            value = (value + 1) % 250
            assert session.last is not None
            session.last = session.last._replace(frame=np.full((240, 320, 3), value, np.uint8))
            changed.set()
            if ended.wait(0.01):
                return

    thread = threading.Thread(target=change)
    thread.start()
    changed.wait()
    yield session
    ended.set()
    thread.join()


def test_ffmpeg_reads_the_feed(moving: Session, client: Client) -> None:
    address = f"http://{LOOPBACK}:{client.port}/stream.mjpg?token={TOKEN}"
    with av.open(address, format="mpjpeg") as container:
        frames = [frame for frame, _ in zip(container.decode(video=0), range(10), strict=False)]
    assert {(frame.width, frame.height) for frame in frames} == {(320, 240)}
    values = [int(frame.to_ndarray(format="bgr24")[0, 0, 0]) for frame in frames]
    assert len(set(values)) > 5


def test_another_nstcam_reads_the_feed(moving: Session, client: Client) -> None:
    address = f"http://{LOOPBACK}:{client.port}/stream.mjpg?token={TOKEN}"
    with closing(open_source(address, Mode(), lambda _: None)) as source:
        assert TOKEN not in source.name
        seen = [captured.frame.shape for captured, _ in zip(source, range(5), strict=False)]
    assert seen == [(240, 320, 3)] * 5


def test_a_rate_that_was_asked_for_is_kept(moving: Session, client: Client) -> None:
    with client.open("/stream.mjpg?fps=10") as stream:
        began = time.monotonic()
        for _ in range(5):
            picture(stream)
        assert time.monotonic() - began > 0.35


def test_a_slow_reader_gets_new_pictures_and_holds_up_nobody(client: Client, page: LivePage, session: Session) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1080, 1920, 3), np.uint8)  # 2 MB as a JPEG
    assert session.last is not None
    session.last = session.last._replace(frame=noise)
    until(lambda: len(client.get("/frame.jpg").body) > 1_000_000)
    with socket.create_connection((LOOPBACK, client.port)) as slow:
        slow.sendall(f"GET /stream.mjpg?token={TOKEN} HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n\r\n".encode())
        with client.open("/stream.mjpg") as quick:
            for value in range(5):
                session.last = session.last._replace(frame=np.full((48, 64, 3), 50 * value, np.uint8))
                while abs(int(decoded(picture(quick))[0, 0, 0]) - 50 * value) > 4:
                    pass
            assert client.command("strength 0.5") == "ok"


def test_a_picture_that_stands_still_is_repeated(client: Client) -> None:
    with client.open("/stream.mjpg") as stream:
        assert picture(stream) == picture(stream)


def test_there_is_a_limit_on_streams_and_they_are_given_back(client: Client) -> None:
    with ExitStack() as opened:
        streams = [opened.enter_context(client.open("/stream.mjpg")) for _ in range(MOST_STREAMS)]
        for stream in streams:
            picture(stream)
        assert stream_status(client) == 503
    until(lambda: stream_status(client) == 200)


def test_head_of_a_stream_has_no_body(client: Client) -> None:
    assert client.ask("HEAD", "/stream.mjpg").status == 405


def stream_status(client: Client) -> int:
    with client.open("/stream.mjpg") as stream:
        return int(stream.status)


def picture(stream: object) -> bytes:
    """The next JPEG of a stream."""
    readline, read = stream.readline, stream.read  # type: ignore[attr-defined]
    length = 0
    while line := readline().strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    data = bytes(read(length))
    assert len(data) == length > 0
    readline()
    return data


def decoded(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)
