"""The server, and strangers at its port."""

from __future__ import annotations

import errno
import os
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import SinkError
from nstcam.realtime.page.access import LOOPBACK, Access
from nstcam.realtime.page.guard import guarded
from nstcam.realtime.page.server import Server, listening_at, tls_context
from tests.realtime.page.conftest import TOKEN, Client

Make = Callable[..., tuple[Server, Client]]


@pytest.fixture
def serve() -> Iterator[Make]:
    servers = []

    def make(patience: float = 5.0, most: int = 8) -> tuple[Server, Client]:
        listening = listening_at(LOOPBACK, 0)
        port = listening.getsockname()[1]
        app, introduce = guarded(Access(TOKEN, LOOPBACK, port), camera=False, largest=100)

        async def hello(_: web.Request) -> web.Response:
            return web.Response(text="hello")

        app.router.add_get("/hello", hello)
        server = Server(app, listening, patience=patience, most=most)
        introduce(server)
        servers.append(server)
        return server, Client(port)

    yield make
    for server in servers:
        server.close()


def closed(connection: socket.socket) -> bool:
    """Waits for the other end to close."""
    connection.settimeout(20)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def test_silent_connections_are_closed(serve: Make) -> None:
    server, client = serve(patience=0.3)
    with socket.create_connection((LOOPBACK, client.port)) as silent:
        with socket.create_connection((LOOPBACK, client.port)) as slow:
            slow.sendall(b"GET /hello HTTP/1.1\r\nHost: ")
            assert closed(slow)
        assert closed(silent)
    until(lambda: server.connections == 0)
    assert client.get("/hello").text == "hello"


def test_who_has_shown_the_token_may_be_silent_for_longer_than_others(
    serve: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=100.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr("nstcam.realtime.page.server.time", clock)
    server, client = serve(patience=0.4)  # looked after four times in that time
    address = (LOOPBACK, client.port)
    request = f"GET /hello HTTP/1.1\r\nHost: {LOOPBACK}:{client.port}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    with socket.create_connection(address) as known, socket.create_connection(address) as silent:
        for clock.now in (100.0, 100.375):
            known.sendall(request)
            assert b"hello" in known.recv(65536)
            time.sleep(0.25)
            assert server.connections == 2
        clock.now = 200.0
        assert closed(silent)
        known.sendall(request)
        assert b"hello" in known.recv(65536)


def test_strangers_do_not_lock_out_those_with_the_token(serve: Make) -> None:
    _, client = serve(most=4)
    strangers = [socket.create_connection((LOOPBACK, client.port)) for _ in range(12)]
    assert client.get("/hello").text == "hello"
    for stranger in strangers:
        stranger.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /command HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
        b"POST /command HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /hello HTTP/9.9\r\n\r\n",
        b"\0" * 5000,
        b"\r\n" * 5000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_no_answer_or_an_error(sent: bytes, serve: Make) -> None:
    _, client = serve(patience=0.5)
    with socket.create_connection((LOOPBACK, client.port)) as stranger:
        stranger.settimeout(20)
        answer = b""
        try:
            stranger.sendall(sent)
            while data := stranger.recv(65536):
                answer += data
        except ConnectionError:
            pass
        assert b"200 OK" not in answer
        assert TOKEN.encode() not in answer
    assert client.get("/hello").text == "hello"


def test_noise(serve: Make, capsys: pytest.CaptureFixture[str]) -> None:
    _, client = serve(patience=0.5)
    source = random.Random(1)
    for _ in range(30):
        with socket.create_connection((LOOPBACK, client.port)) as stranger, suppress(ConnectionError):
            stranger.sendall(b"GET /hello HTTP/1.1\r\n"[: source.randint(0, 21)] + source.randbytes(400))
    assert client.get("/hello").text == "hello"
    assert capsys.readouterr().err == "", "strangers write nothing into the log"


def test_closing_ends_connections_threads_and_handles(serve: Make) -> None:
    def handles() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir()) if Path("/proc/self/fd").is_dir() else 0

    threads, before = threading.active_count(), handles()
    server, client = serve()
    with socket.create_connection((LOOPBACK, client.port)) as open_one:
        assert client.get("/hello").text == "hello"
        server.close()
        assert closed(open_one)
    assert threading.active_count() == threads
    assert handles() <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, client.port))


def test_whoever_begins_without_tls_is_told_in_http() -> None:
    listening = listening_at(LOOPBACK, 0)
    address = listening.getsockname()[:2]
    server = Server(web.Application(), listening, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), patience=5.0)

    def answer(sent: bytes) -> bytes:
        with socket.create_connection(address) as client:
            client.settimeout(20)
            client.sendall(sent)
            found = b""
            with suppress(ConnectionError):
                while data := client.recv(65536):
                    found += data
            return found

    try:
        text = b"this page is encrypted: its address begins with https://\n"
        assert answer(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == (
            b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 57\r\n"
            b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
        )
        assert len(text) == 57
        assert b"HTTP" not in answer(b"\x16\x03\x01\0\5hello"), "the first byte of a handshake"
        until(lambda: server.connections == 0)
    finally:
        server.close()


def test_a_port_that_is_taken_is_one_line() -> None:
    with listening_at(LOOPBACK, 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SinkError) as told:
            listening_at(LOOPBACK, port, "the visitors")
    assert str(told.value) == (
        f"port {port} at 127.0.0.1 cannot be opened for the visitors ({os.strerror(errno.EADDRINUSE)}); "
        "choose another one, or 0 for a free one"
    )


def test_an_address_that_is_not_ours_is_one_line() -> None:
    with pytest.raises(SinkError, match=r"port 1 at not\.a\.host\.invalid cannot be opened for the page"):
        listening_at("not.a.host.invalid", 1)


def test_a_certificate_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=rf"cannot be used \({os.strerror(errno.ENOENT)}\)"):
        tls_context(str(tmp_path / "none.pem"), str(tmp_path / "none.pem"))
    (tmp_path / "wrong.pem").write_text("wrong")
    with pytest.raises(SinkError, match="give PEM files without a password"):
        tls_context(str(tmp_path / "wrong.pem"), str(tmp_path / "wrong.pem"))
