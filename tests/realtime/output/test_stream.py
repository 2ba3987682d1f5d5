"""Streams to servers on this machine: what arrives, and what happens if the server or the network fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from typing import Final

import av
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.tape import RATE, Tape
from nstcam.realtime.errors import SinkError
from nstcam.realtime.output.stream import Stream, bitrate_for
from nstcam.realtime.output.stream_address import destination_of
from tests.support.fakes.live import frame_of
from tests.support.media.clips import corner_names, quadrants
from tests.support.network.stream_server import StreamServer, packets, pictures

SOON: Final = (0.05,)


@pytest.fixture
def server() -> Iterator[StreamServer]:
    with closing(StreamServer()) as made:
        yield made


def show(stream: Stream, frames: int, *, first: float = 0.0) -> None:
    """Writes frames that the encoder has time for."""
    for number in range(frames):
        until(lambda: not stream._frames.full())
        stream.write(quadrants(), first + number / 10)


def test_what_is_shown_arrives_in_time_and_has_an_end(server: StreamServer) -> None:
    stream = Stream(destination_of(server.url))
    assert stream.toggle() == f"connecting to {server.url} ..."
    show(stream, 50, first=1000)
    assert stream.close() == f"no longer streaming to {server.url}"
    assert server.ended.acquire(timeout=60)
    (taken,) = server.taken
    times = packets(bytes(taken))
    assert list(times) == ["h264"]
    assert np.diff(times["h264"]) == pytest.approx([0.1] * 49, abs=0.002)
    shown = pictures(bytes(taken))
    assert len(shown) == 50
    assert all(corner_names(picture) == "rgbw" for picture in shown)
    assert stream.take_messages() == [f"streaming to {server.url}"]


def test_times_rise_by_a_millisecond_where_those_of_the_camera_do_not(server: StreamServer) -> None:
    stream = Stream(destination_of(server.url))
    stream.toggle()
    for at in (5.0, 5.0, 4.0):
        stream.write(quadrants(), at)
    stream.close()
    assert server.ended.acquire(timeout=60)
    assert np.diff(packets(bytes(server.taken[0]))["h264"]) == pytest.approx([0.001, 0.001], abs=1e-4)


def test_a_key_frame_comes_every_two_seconds(server: StreamServer) -> None:
    stream = Stream(destination_of(server.url))
    stream.toggle()
    show(stream, 50)
    stream.close()
    assert server.ended.acquire(timeout=60)
    with av.open(BytesIO(bytes(server.taken[0])), "r", format="mpegts") as container:
        keys = [float(p.pts * p.time_base) for p in container.demux() if p.size and p.is_keyframe and p.pts is not None]
    assert np.diff(keys) == pytest.approx([2.0, 2.0], abs=0.01)


def test_sound_belongs_to_its_picture(server: StreamServer) -> None:
    tape = Tape()
    tape.add(999.0, np.full((2, 4 * RATE), 0.5, np.float32))
    stream = Stream(destination_of(server.url), sound=tape)
    stream.toggle()
    show(stream, 20, first=1000)
    stream.close()
    assert server.ended.acquire(timeout=60)
    times = packets(bytes(server.taken[0]))
    assert sorted(times) == ["aac", "h264"]
    assert times["aac"][-1] - times["h264"][0] == pytest.approx(1.9, abs=0.1)


def test_a_lost_connection_is_made_again(server: StreamServer) -> None:
    stream = Stream(destination_of(server.url), pauses=SOON)
    stream.toggle()

    def arrives(connection: int) -> bool:
        show(stream, 1, first=time.monotonic())
        return len(server.taken) > connection and len(server.taken[connection]) > 0

    until(lambda: arrives(0))
    server.hang_up()
    until(lambda: arrives(1))
    stream.close()
    assert server.ended.acquire(timeout=60)
    assert server.ended.acquire(timeout=60)
    assert pictures(bytes(server.taken[1])), "what comes after the loss can be played by itself"
    messages = stream.take_messages()
    assert messages[0] == messages[2] == f"streaming to {server.url}"
    assert messages[1].startswith(f"{server.url} is lost (")
    assert messages[1].endswith("; trying again in 0.05 s")


def test_a_server_that_is_not_there_is_waited_for() -> None:
    with closing(StreamServer()) as gone:
        url = gone.url
    stream = Stream(destination_of(url), pauses=SOON)
    stream.toggle()

    messages: list[str] = []

    def refused_twice() -> bool:
        stream.write(quadrants(), time.monotonic())
        messages.extend(stream.take_messages())
        return len(messages) >= 2

    until(refused_twice)
    assert set(messages) == {f"{url} cannot be reached (Connection refused); trying again in 0.05 s"}
    assert stream.on
    stream.close()


def test_a_slow_network_leaves_frames_out_and_holds_up_nobody(
    server: StreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reading.clear()
    noise = np.random.default_rng(1).integers(0, 256, (6, 480, 640, 3), np.uint8)
    stream = Stream(destination_of(server.url), kilobits=100_000)
    stream.toggle()
    longest, number = 0.0, 0

    def left_out() -> bool:
        nonlocal longest, number
        number += 1
        began = time.monotonic()
        stream.write(noise[number % 6], number / 30)
        longest = max(longest, time.monotonic() - began)
        return stream._left_out > 20

    until(left_out)
    assert longest < 1, "a write waits for nothing"
    monkeypatch.setattr("nstcam.realtime.output.stream._ENDING", 0.2)
    assert "left out: the network was too slow" in stream.close()
    assert not any(thread.name.startswith("stream") for thread in threading.enumerate())


def test_a_connection_that_takes_nothing_any_more_is_given_up(
    server: StreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reading.clear()
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    stream = Stream(destination_of(server.url), kilobits=100_000, pauses=SOON)
    stream.toggle()
    messages: list[str] = []

    def said(text: str) -> bool:
        stream.write(noise, time.monotonic())
        messages.extend(stream.take_messages())
        return any(text in message for message in messages)

    until(lambda: said("streaming to"))
    monkeypatch.setattr("nstcam.realtime.output.stream._STUCK", 0.2)
    until(lambda: said("is lost (no answer)"))
    server.reading.set()
    stream.close()


def test_rtmp_has_sound_always_and_its_key_is_shown_nowhere() -> None:
    port = free_port()
    url, kinds, done = f"rtmp://127.0.0.1:{port}/live", set[str](), threading.Event()

    def serve() -> None:
        try:
            with av.open(f"{url}/secret", "r", options={"listen": "1"}) as container:
                kinds.update(packet.stream.codec_context.name for packet in container.demux() if packet.size)
        except OSError:  # the end of RTMP is one
            pass
        done.set()

    threading.Thread(target=serve, daemon=True).start()
    stream = Stream(destination_of(url, "secret"), pauses=SOON)
    said = [stream.toggle()]
    number = 0

    def connected() -> bool:
        nonlocal number
        number += 1
        stream.write(quadrants(), number / 30)
        said.extend(stream.take_messages())
        return f"streaming to rtmp://127.0.0.1:{port}/..." in said

    until(connected)
    show(stream, 30, first=number / 30)
    said.append(stream.close())
    assert done.wait(60)
    assert kinds == {"h264", "aac"}
    assert not any("secret" in line for line in said)


def free_port() -> int:
    with closing(StreamServer()) as server:
        return server.port


def test_a_missing_protocol_is_said_once_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.output.stream_address._FORMS", {"nowhere": ("mpegts", {})})
    stream = Stream(destination_of("nowhere://host/secret"))
    stream.toggle()
    failures: list[SinkError] = []

    def fails() -> bool:
        try:
            stream.write(frame_of(9, 48, 64), time.monotonic())
        except SinkError as error:
            failures.append(error)
        return bool(failures)

    until(fails)
    assert str(failures[0]).startswith("cannot stream to nowhere://host/...: this PyAV was built without nowhere://; ")
    assert stream.failed
    assert not stream.on


@pytest.mark.parametrize(
    ("hw", "kilobits"), [((480, 640), 1382), ((720, 1280), 4147), ((1080, 1920), 6000), ((144, 176), 600)]
)
def test_the_bitrate_is_what_services_advise_for_the_size(hw: tuple[int, int], kilobits: int) -> None:
    assert bitrate_for(*hw) == kilobits
