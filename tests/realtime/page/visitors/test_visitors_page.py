"""Visitors with cameras of their own, as plain clients."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import cv2
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.page.access import LOOPBACK
from nstcam.realtime.page.visitors.visitors_page import MOST_BYTES, VisitorsPage
from tests.realtime.page.conftest import TOKEN, Client
from tests.realtime.page.test_painting import jpeg_that_says
from tests.realtime.page.visitors.conftest import jpeg, visiting

Connect = Callable[[], Awaitable[aiohttp.ClientWebSocketResponse]]


async def state_of(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The next text."""
    while True:
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            return dict(json.loads(message.data))
        assert message.type is aiohttp.WSMsgType.BINARY, message


async def is_ended(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Whether the visit ends, after what is still on its way."""
    while True:
        kind = (await socket.receive()).type
        if kind not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return kind in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def painted(socket: aiohttp.ClientWebSocketResponse, number: int, data: bytes) -> int:
    """The grey that a frame comes back in; -1 if it does not."""
    await socket.send_bytes(number.to_bytes(4, "big") + data)
    while True:
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY and int.from_bytes(message.data[:4], "big") == number:
            if len(message.data) == 4:
                return -1
            frame = cv2.imdecode(np.frombuffer(message.data[4:], np.uint8), cv2.IMREAD_COLOR)
            assert frame is not None
            return int(frame[24, 32, 0])
        assert message.type is not aiohttp.WSMsgType.CLOSED


def test_each_visitor_has_a_style_of_their_own(visitors: VisitorsPage, gallery: Gallery) -> None:
    until(lambda: gallery.ready == 3)

    async def work(connect: Connect) -> list[int]:
        first, second = await connect(), await connect()
        assert (await state_of(first))["style"] == 0
        await state_of(second)
        await second.send_str("style 3")
        assert (await state_of(second))["style"] == 2
        greys = [await painted(first, 1, jpeg()), await painted(second, 1, jpeg())]
        await first.send_str("original on")
        await state_of(first)
        return [*greys, await painted(first, 2, jpeg(9))]

    one, three, original = visiting(visitors, work)
    assert abs(one - 60) < 6
    assert abs(three - 180) < 6
    assert abs(original - 9) < 6
    assert visitors.painted == 3


def test_more_visitors_have_to_wait_until_one_leaves(visitors: VisitorsPage) -> None:
    async def work(connect: Connect) -> None:
        sockets = [await connect() for _ in range(4)]
        assert [(await state_of(one))["place"] for one in sockets] == [0, 0, 1, 2]
        await sockets[3].send_bytes(b"\0\0\0\1" + jpeg())
        await sockets[0].close()
        while (await state_of(sockets[2]))["place"] != 0:
            pass
        while (await state_of(sockets[3]))["place"] != 1:
            pass
        assert await painted(sockets[2], 7, jpeg()) >= 0

    visiting(visitors, work)
    assert visitors.painted == 1, "who waits is not painted"


@pytest.mark.parametrize(
    "data", [b"x", b"\xff\xd8\xff" + bytes(500), jpeg()[:300], jpeg_that_says(65000, 65000), jpeg(9, 8, 8)]
)
def test_a_frame_that_is_none_is_told_and_the_next_one_is_painted(data: bytes, visitors: VisitorsPage) -> None:
    async def work(connect: Connect) -> tuple[int, int]:
        one = await connect()
        return await painted(one, 1, data), await painted(one, 2, jpeg())

    broken, fine = visiting(visitors, work)
    assert broken == -1 or data == jpeg()[:300]  # decoders fill up what is missing
    assert fine >= 0


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("style 0", "style '0' is not among one, two, three"),
        ("style ../../x", "style '../../x' is not among one, two, three"),
        ("style /etc/passwd", "style '/etc/passwd' is not among one, two, three"),
        ("strength 2", "strength '2' is not a number from 0 to 1"),
        ("stroke-scale nan", "stroke-scale 'nan' is not a number from 0.1 to 10"),
        ("keep-colors maybe", "'keep-colors maybe' is not a command"),
        ("quit", "'quit' is not a command"),
        ("", "'' is not a command"),
    ],
)
def test_other_commands_are_refused(line: str, error: str, visitors: VisitorsPage) -> None:
    async def work(connect: Connect) -> dict[str, Any]:
        one = await connect()
        await state_of(one)
        await one.send_str(line)
        return await state_of(one)

    assert visiting(visitors, work)["error"] == error


def test_commands(visitors: VisitorsPage) -> None:
    async def work(connect: Connect) -> dict[str, Any]:
        one = await connect()
        await state_of(one)
        state: dict[str, Any] = {}
        for line in ("strength 0.5", "steady 0", "stroke-scale 2", "keep-colors on", "brighten off", "style two"):
            await one.send_str(line)
            state = await state_of(one)
        return state

    assert visiting(visitors, work) == {
        "style": 1, "original": False, "strength": 0.5, "steady": 0.0, "stroke_scale": 2.0, "keep_colors": True,
        "brighten": False, "place": 0,
    }  # fmt: skip


def test_a_message_that_is_too_large_ends_the_visit(visitors: VisitorsPage) -> None:
    async def work(connect: Connect) -> bool:
        one = await connect()
        await state_of(one)
        with contextlib.suppress(OSError):  # it may end before the message is sent
            await one.send_bytes(bytes(MOST_BYTES + 1))
        return await is_ended(one)

    assert visiting(visitors, work)


def test_a_line_has_1000_letters_at_most_and_a_frame_more_than_its_number(visitors: VisitorsPage) -> None:
    async def work(connect: Connect) -> list[object]:
        one, two = await connect(), await connect()
        for visit in (one, two):
            await state_of(visit)
        await one.send_str("x" * 1000)
        told = (await state_of(one))["error"]
        await one.send_str("x" * 1001)
        await two.send_bytes(b"\0\0\0\7")
        return [told, await is_ended(one), await is_ended(two)]

    assert visiting(visitors, work) == [f"'{'x' * 40}' is not a command", True, True]


def opened(page: VisitorsPage) -> socket.socket:
    """A visit whose messages are written by hand."""
    one = socket.create_connection((LOOPBACK, page.access.port), timeout=60)
    lines = [
        f"GET /visit?token={TOKEN} HTTP/1.1", f"Host: 127.0.0.1:{page.access.port}", "Connection: Upgrade",
        "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", "",
    ]  # fmt: skip
    one.sendall("\r\n".join(lines).encode())
    assert b"101" in one.recv(65536)
    return one


@pytest.mark.parametrize(
    "sent",
    [
        b"\xff" * 100,
        b"\x82\xff" + b"\xff" * 8 + bytes(4),  # 2^64 - 1 bytes are to come
        b"\xc1\x85aaaa12345",  # a reserved bit
        b"\x83\x80aaaa",  # a reserved kind
        b"\x89\xfe\x01\x00aaaa" + bytes(256),  # a ping that is too long
        b"\x02\x80aaaa" * 3,  # pieces of several messages at once
        b"\x81\x84aaaa\xff\xff\xff\xff",  # no UTF-8
        random.Random(1).randbytes(5000),
    ],
)
def test_malformed_messages_end_the_visit(sent: bytes, visitors: VisitorsPage) -> None:
    with opened(visitors) as one:
        one.sendall(sent)
        one.shutdown(socket.SHUT_WR)
        try:
            while one.recv(65536):
                pass
        except ConnectionError:
            pass
    until(lambda: visitors.connections == 0)
    assert Client(visitors.access.port).get("/styles.json").status == 200


def test_foreign_pages_cannot_visit(visitors: VisitorsPage) -> None:
    client = Client(visitors.access.port)
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }  # fmt: skip
    assert client.ask("GET", "/visit", None, upgrade | {"Origin": "http://evil.example"}).status == 403
    assert client.ask("GET", "/visit", None, upgrade | {"Host": "evil.example"}).status == 403
    assert client.ask("GET", "/visit", None, upgrade, token=None).status == 403
    assert client.ask("GET", "/visit", None, upgrade, token="wrong").status == 403


def test_stills_of_all_styles(visitors: VisitorsPage, gallery: Gallery) -> None:
    until(lambda: gallery.ready == 3)
    client = Client(visitors.access.port)
    assert [style["name"] for style in json.loads(client.get("/styles.json").body)] == ["one", "two", "three"]
    assert client.get("/still/2.jpg").headers["Content-Type"] == "image/jpeg"
    assert client.get("/still/3.jpg").status == 404


def test_clients_that_come_and_go_leave_nothing(visitors: VisitorsPage) -> None:
    handles = Path("/proc/self/fd")

    async def work(connect: Connect) -> None:
        for number in range(1, 6):
            one = await connect()
            await painted(one, number, jpeg())
            await one.close()

    def count() -> tuple[int, int]:
        return threading.active_count(), sum(1 for _ in handles.iterdir()) if os.name == "posix" else 0

    visiting(visitors, work)
    until(lambda: visitors.connections == 0)
    before = count()
    visiting(visitors, work)
    until(lambda: visitors.connections == 0)
    until(lambda: count() <= before)
