"""Server: an aiohttp application in a thread of its own, with a bound on connections and on their patience."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from nstcam.realtime.errors import SinkError

MOST_CONNECTIONS: Final = 64
"""For one more, the oldest one that has not shown the token is closed; if all have, the new one."""
PATIENCE: Final = 10.0
"""Seconds in which a connection has to show the token, its handshake included."""
_IDLE: Final = 15.0
"""Seconds that a connection is kept for another request."""
_CLOSING: Final = 3.0
_TLS: Final = b"\x16"
"""The first byte of a TLS handshake (RFC 8446, 5.1)."""
_PEEK_SECONDS: Final = 0.02
_PLAIN: Final = b"this page is encrypted: its address begins with https://\n"
"""For browsers that come with http://, which would show an error of TLS that says nothing."""

_log = logging.getLogger(__name__)


def listening_at(host: str, port: int, what: str = "the page") -> socket.socket:
    """Opens a port, a free one for 0.

    Raises:
        SinkError: the port cannot be opened, for example because it is taken.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else str(error)
        raise SinkError(
            f"port {port} at {host} cannot be opened for {what} ({reason}); choose another one, or 0 for a free one"
        ) from error


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """TLS with a certificate from files.

    Raises:
        SinkError: one of them cannot be read, or they do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError; ValueError for a key with a password
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise SinkError(
            f"certificate {certificate} with key {key} cannot be used ({reason}); give PEM files without a password"
        ) from error
    return context


@dataclass
class _Connection:
    socket: socket.socket
    since: float
    transport: Any = None
    known: bool = False

    @property
    def open(self) -> bool:
        return self.transport is None or not self.transport.is_closing()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
        else:  # in its handshake, which fails now
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


class Server:
    """Serves from the moment it is made until it is closed."""

    def __init__(
        self,
        app: web.Application,
        listening: socket.socket,
        tls: ssl.SSLContext | None = None,
        *,
        patience: float = PATIENCE,
        most: int = MOST_CONNECTIONS,
    ) -> None:
        """Takes over the socket `listening`. `app` must not be used for anything else."""
        self._app, self._listening, self._tls = app, listening, tls
        self._patience, self._most = patience, most
        self._connections: list[_Connection] = []
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., object], *values: Any) -> None:
        """Calls a function in the thread of the server, from any thread, soon; not at all once it is closed."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *values)

    def knows(self, transport: object) -> None:
        """A connection has shown the token. In the thread of the server."""
        for connection in self._connections:
            if connection.transport is transport:
                connection.known = True

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return sum(connection.open for connection in list(self._connections))

    def close(self) -> None:
        """Closes all connections and the port."""
        self.call(self._stop.set)
        self._thread.join(_CLOSING)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._listening.setblocking(False)
        runner = web.AppRunner(
            self._app, handle_signals=False, access_log=None, logger=_quiet(), keepalive_timeout=_IDLE,
            lingering_time=1.0, auto_decompress=False, handler_cancellation=True, shutdown_timeout=0.3,
        )  # fmt: skip
        await runner.setup()
        make: Any = runner.server
        tasks = {asyncio.create_task(self._accept(make)), asyncio.create_task(self._watch())}
        try:
            await self._stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._listening.close()
            await runner.cleanup()
            for connection in self._connections:
                connection.abort()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await asyncio.sleep(0)  # transports close their sockets in the next round

    async def _accept(self, make: Callable[[], Any]) -> None:
        starting: set[asyncio.Task[None]] = set()
        while True:
            try:
                client, _ = await self._loop.sock_accept(self._listening)
            except OSError:  # too many open files, or the client is gone again
                await asyncio.sleep(0.1)
                continue
            if not self._has_room():
                client.close()
                continue
            connection = _Connection(client, time.monotonic())
            self._connections.append(connection)
            task = asyncio.create_task(self._begin(connection, make))
            starting.add(task)
            task.add_done_callback(starting.discard)

    async def _begin(self, connection: _Connection, make: Callable[[], Any]) -> None:
        client = connection.socket
        try:
            with contextlib.suppress(OSError):
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls and not await self._speaks_tls(client):
                self._forget(connection)
                return
            handshake = self._patience if self._tls else None
            connection.transport, _ = await self._loop.connect_accepted_socket(
                make, client, ssl=self._tls, ssl_handshake_timeout=handshake
            )
        except (OSError, asyncio.CancelledError):  # gone, or not a word of TLS
            self._forget(connection)

    async def _speaks_tls(self, client: socket.socket) -> bool:
        """Looks at the first byte; who begins with anything else is told so in HTTP. Silence ends in an OSError."""
        client.setblocking(False)
        async with asyncio.timeout(self._patience):  # TimeoutError is an OSError
            while True:
                try:
                    first = client.recv(1, socket.MSG_PEEK)
                    break
                except BlockingIOError:
                    await asyncio.sleep(_PEEK_SECONDS)
            if first in (_TLS, b""):
                return bool(first)
            head = f"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: {len(_PLAIN)}\r\n"
            head += "Content-Type: text/plain; charset=utf-8\r\n\r\n"
            client.recv(65536)  # what is left unread would make the system break off before the answer has arrived
            await self._loop.sock_sendall(client, head.encode() + _PLAIN)
        return False

    def _forget(self, connection: _Connection) -> None:
        connection.socket.close()
        self._connections = [one for one in self._connections if one is not connection]

    def _has_room(self) -> bool:
        self._sweep()
        if len(self._connections) < self._most:
            return True
        stranger = next((one for one in self._connections if not one.known), None)
        if stranger is None:
            return False
        stranger.abort()
        self._connections = [one for one in self._connections if one is not stranger]
        return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(self._patience / 4, 1.0))
            self._sweep()
            for connection in self._connections:
                if not connection.known and time.monotonic() - connection.since > self._patience:
                    connection.abort()

    def _sweep(self) -> None:
        self._connections = [connection for connection in self._connections if connection.open]


def _quiet() -> logging.Logger:
    """aiohttp would log every request that is not HTTP, with a traceback."""
    log = logging.getLogger(f"{__name__}.aiohttp")
    log.setLevel(logging.DEBUG if os.environ.get("NSTCAM_DEBUG") else logging.CRITICAL + 1)
    return log
