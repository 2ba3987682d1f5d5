"""OSC, from programs and from strangers."""

from __future__ import annotations

import importlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.cli.live.options import parse_port
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.control.controls import Controls
from nstcam.realtime.live.control.osc import LOOPBACK, Osc

builder: Any = pytest.importorskip("pythonosc.osc_message_builder", reason="python-osc is not installed")
bundles: Any = pytest.importorskip("pythonosc.osc_bundle_builder")


def message(address: str, *values: object) -> bytes:
    made = builder.OscMessageBuilder(address)
    for value in values:
        made.add_arg(value)
    return bytes(made.build().dgram)


@pytest.fixture
def put() -> list[str]:
    return []


@pytest.fixture
def osc(put: list[str]) -> Iterator[Osc]:
    with closing(
        Osc(LOOPBACK, 0, Controls(osc={"/1/fader1": "strength 0..0.5", "/1/push1": "snapshot"}), put.append)
    ) as one:
        yield one


@pytest.mark.parametrize(
    ("sent", "lines"),
    [
        (("/nstcam/style", "wave"), ["style wave"]),
        (("/nstcam/style", 3), ["style 3"]),
        (("/nstcam/style", 3.0), ["style 3"]),
        (("/nstcam/style/wave", 1.0), ["style wave"]),
        (("/nstcam/style/wave", 0.0), []),
        (("/nstcam/style/wave",), ["style wave"]),
        (("/nstcam/strength", 0.25), ["strength 0.25"]),
        (("/nstcam/strength", 7), ["strength 7"]),
        (("/nstcam/blend", "wave", 0.5), ["blend wave 0.5"]),
        (("/nstcam/blend/wave", 0.5), ["blend wave 0.5"]),
        (("/nstcam/blend/off",), ["blend off"]),
        (("/nstcam/blend/wave", 7.0), ["blend wave 1"]),
        (("/nstcam/blend/wave", -7.0), ["blend wave 0"]),
        (("/nstcam/style", *"abcd"), ["style a b c d"]),
        (("/nstcam/record", 1), ["record start"]),
        (("/nstcam/mirror", 1), ["mirror on"]),
        (("/nstcam/mirror", 0), ["mirror off"]),
        (("/nstcam/record", 0.0), ["record stop"]),
        (("/nstcam/record", "stop"), ["record stop"]),
        (("/nstcam/record",), ["record"]),
        (("/nstcam/keep-colors", True), ["keep-colors on"]),
        (("/nstcam/snapshot", 1.0), ["snapshot"]),
        (("/nstcam/snapshot", 0.0), []),
        (("/nstcam/next",), ["next"]),
        (("/1/fader1", 0.5), ["strength 0.25"]),
        (("/1/fader1", 9.0), ["strength 0.5"]),
        (("/1/push1", 1.0), ["snapshot"]),
        (("/1/push1", 0.0), []),
        (("/other", 1.0), []),
        (("/nstcam/style", "wave\nquit"), []),
        (("/nstcam/style", b"blob"), []),
        (("/nstcam/strength", [0.5]), []),
        (("/nstcam/strength", float("nan")), ["strength nan"]),  # refused as any wrong number
        (("/nstcam/style", *"abcde"), []),
        (("/1/fader1", -9e5), ["strength 0"]),
        (("/1/fader1", -1.2e6), ["strength 0.5"]),  # no fader sends that: as if pushed
        (("/nstcam/style", "x" * 2000), []),
    ],
)
def test_messages_become_commands(osc: Osc, sent: tuple[Any, ...], lines: list[str]) -> None:
    assert osc.lines(message(*sent)) == lines


def test_bundles(osc: Osc) -> None:
    def bundle(count: int) -> bytes:
        made = bundles.OscBundleBuilder(bundles.IMMEDIATELY)
        for number in range(count):
            one = builder.OscMessageBuilder("/nstcam/style")
            one.add_arg(number)
            made.add_content(one.build())
        return bytes(made.build().dgram)

    assert osc.lines(bundle(2)) == ["style 0", "style 1"]
    assert osc.lines(bundle(33)) == []
    assert osc.lines(b"#bundle\0" + bytes(8) + (b"\0\0\x0f\0#bundle\0" + bytes(8)) * 200) == []


def test_whatever_is_sent_does_no_harm(osc: Osc) -> None:
    rng = random.Random(5)
    whole = [message("/nstcam/style", "wave"), message("/nstcam/strength", 0.5), b"#bundle\0" + bytes(16)]
    for _ in range(3000):
        data = bytearray(rng.choice(whole))
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        for line in osc.lines(bytes(data[: rng.randint(0, len(data))])):
            assert line.isprintable()
    assert osc.lines(b"GET / HTTP/1.1\r\n\r\n") == []
    assert len(message("/1/fader1", 0.5, "x" * 4072)) == 4096
    assert osc.lines(message("/1/fader1", 0.5, "x" * 4072)) == ["strength 0.25"]
    assert osc.lines(message("/1/fader1", 0.5, "x" * 4076)) == []


def test_it_listens_at_its_port_until_it_is_closed(osc: Osc, put: list[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"garbage", (LOOPBACK, osc.port))
        client.sendto(bytes(6000), (LOOPBACK, osc.port))
        client.sendto(message("/nstcam/next"), (LOOPBACK, osc.port))
    until(lambda: put == ["next"])


class Flood:
    """A socket with more messages than anybody reads, closed after 1200; a message takes 0.1 ms."""

    def __init__(self, *_: object) -> None:
        self.now, self.read, self.slept, self.closed = 0.0, 0, list[tuple[int, float]](), threading.Event()
        self.one: Osc | None = None

    def bind(self, address: object) -> None: ...

    def close(self) -> None: ...

    def getsockname(self) -> tuple[str, int]:
        return LOOPBACK, 9

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append((self.read, round(seconds, 6)))
        self.now += seconds

    def recv(self, most: int) -> bytes:
        self.read, self.now = self.read + 1, self.now + 1e-4
        if self.read > 1200 and self.one:
            self.one.close()
            self.closed.set()
        return message("/nstcam/next")


def test_a_flood_is_read_at_4000_messages_a_second(monkeypatch: pytest.MonkeyPatch, put: list[str]) -> None:
    flood = Flood()
    names = "nstcam.realtime.live.control.osc"
    monkeypatch.setattr(f"{names}.time", flood)
    monkeypatch.setattr(f"{names}.socket.socket", lambda *_: flood)
    flood.one = Osc(LOOPBACK, 9, Controls(), put.append)
    assert flood.closed.wait(20)
    assert flood.slept[:3] == [(400, 0.06), (800, 0.06), (1200, 0.06)]
    until(lambda: len(put) == 1201)


def test_a_port_that_is_taken_is_a_line(osc: Osc, put: list[str]) -> None:
    with pytest.raises(SinkError, match=rf"OSC port 127\.0\.0\.1:{osc.port} cannot be opened \(.*\); choose another"):
        Osc(LOOPBACK, osc.port, Controls(), put.append)


def test_without_the_package_it_says_what_to_install(put: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> Any:
        raise ImportError

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(SinkError, match=r"pip install 'nstcam\[osc\]'"):
        Osc(LOOPBACK, 0, Controls(), put.append)


def test_the_option_takes_a_port_of_this_machine_unless_told_otherwise() -> None:
    assert parse_port("--osc", "9000") == (LOOPBACK, 9000)
    assert parse_port("--osc", "0.0.0.0:9000") == ("0.0.0.0", 9000)
    for wrong in ("", "osc", "99999", ":9000", "0.0.0.0:", "9" * 40, "-1"):
        with pytest.raises(Exception, match="is not a port; write PORT or HOST:PORT"):
            parse_port("--osc", wrong)
