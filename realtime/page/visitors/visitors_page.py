"""The page of `nstcam serve`: visitors send frames of their cameras and get them back painted. It needs aiohttp.

A frame is a message of a WebSocket, in both directions: four bytes with its number, big-endian, then a JPEG. An answer
with a number stands for all earlier ones, whose frames were dropped. Texts from a visitor are commands, those to a
visitor JSON with the state.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aiohttp import WSMsgType, web

from nstcam.realtime.errors import NstError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.control.lines import LONGEST
from nstcam.realtime.page.access import Access
from nstcam.realtime.page.feed import STALLED_SECONDS, encoded
from nstcam.realtime.page.guard import guarded
from nstcam.realtime.page.latest import Latest
from nstcam.realtime.page.own_files import serving
from nstcam.realtime.page.server import Server, listening_at
from nstcam.realtime.page.visitors.lobby import Lobby
from nstcam.realtime.page.visitors.stills import still
from nstcam.realtime.page.visitors.turns import Turns, Waiting
from nstcam.realtime.page.visitors.visitor import QUALITY, Visitor

MOST_BYTES: Final = 2 << 20
"""Of a frame."""
MOST_WAITING: Final = 32
"""Visitors beyond those who are painted; more are sent away."""
_SWEEP_SECONDS: Final = 1.0
FILES: Final = {
    "/": "visit.html",
    "/page.css": "page.css",
    "/icon.svg": "icon.svg",
    "/visit.js": "visit.js",
    "/camera.js": "camera.js",
    "/tiles.js": "tiles.js",
    "/view.js": "view.js",
}


class _Guest:
    """A visitor's connection."""

    def __init__(self, visitor: Visitor, socket: web.WebSocketResponse) -> None:
        self.visitor, self.socket = visitor, socket
        self.answers: Latest[bytes] = Latest()
        self.state: Latest[str] = Latest()


class VisitorsPage:
    """Serves from the moment it is made.

    Attributes:
        access: what a request has to bring, with the address.
        painted: frames that were painted for visitors.
    """

    def __init__(
        self, gallery: Gallery, host: str, port: int, token: str, *, most: int, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listens at that address.

        Args:
            gallery: the styles; none of them is used by anybody else.
            port: 0 for a free one.
            most: how many visitors are painted at the same time; the others wait.

        Raises:
            SinkError: the port cannot be opened.
        """
        listening = listening_at(host, port)
        self.access = Access(token, host, listening.getsockname()[1], tls is not None)
        self.painted = 0
        self._gallery, self._most = gallery, most
        self._lobby: Lobby[_Guest] = Lobby(most)
        self._turns: Turns[_Guest] = Turns()
        self._painting = ThreadPoolExecutor(1, thread_name_prefix="paint")
        self._stills: dict[int, bytes] = {}
        app, introduce = guarded(self.access, camera=True, largest=LONGEST)
        for path, name in FILES.items():
            app.router.add_get(path, serving(name))
        app.router.add_get("/styles.json", self._styles)
        app.router.add_get(r"/still/{index:\d{1,4}}.jpg", self._still)
        app.router.add_get("/visit", self._visit, allow_head=False)
        app.cleanup_ctx.append(self._working)
        self._server = Server(app, listening, tls)
        introduce(self._server)

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._server.connections

    def close(self) -> None:
        """Ends all connections."""
        self._server.close()
        self._painting.shutdown()

    async def _working(self, _: web.Application) -> Any:
        tasks = [asyncio.create_task(work()) for work in (self._paint, self._sweep)]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _paint(self) -> None:
        """Paints one frame after the other, each visitor in turn."""
        loop = asyncio.get_running_loop()
        while True:
            frame = await self._turns.next()
            guest = frame.visitor
            try:
                painted = await loop.run_in_executor(self._painting, guest.visitor.paint, frame.data)
            except NstError as error:
                guest.state.put(json.dumps({"error": str(error)}))
                painted = b""
            self.painted += bool(painted)
            guest.answers.put(frame.number.to_bytes(4, "big") + painted)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            if self._lobby.sweep():
                self._tell_places()

    def _tell_places(self) -> None:
        for guest in self._lobby.all:
            guest.state.put(self._state_of(guest))

    def _state_of(self, guest: _Guest) -> str:
        return json.dumps(guest.visitor.state() | {"place": self._lobby.place(guest)})

    async def _visit(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            max_msg_size=MOST_BYTES, compress=False, heartbeat=STALLED_SECONDS, timeout=1.0, receive_timeout=None
        )
        if self._lobby.count >= self._most + MOST_WAITING:
            raise web.HTTPServiceUnavailable(text="too many visitors; try again later\n")
        await socket.prepare(request)
        guest = _Guest(Visitor(self._gallery), socket)
        self._lobby.enter(guest)
        senders = [asyncio.create_task(_send_each(socket, row)) for row in (guest.answers, guest.state)]
        try:
            guest.state.put(self._state_of(guest))
            async for message in socket:
                if message.type is WSMsgType.BINARY and len(message.data) > 4:
                    self._take(guest, message.data)
                elif message.type is WSMsgType.TEXT and len(message.data) <= LONGEST:
                    answer = guest.visitor.obey(message.data)
                    if answer == "ok":
                        guest.state.put(self._state_of(guest))
                    else:
                        guest.state.put(json.dumps({"error": answer.removeprefix("error ")}))
                else:
                    break
        finally:
            for task in senders:
                task.cancel()
            self._lobby.leave(guest)
            self._turns.drop(guest)
            self._tell_places()
        return socket

    def _take(self, guest: _Guest, data: bytes) -> None:
        """A frame has come. Those of visitors who have to wait are dropped."""
        if self._lobby.place(guest) == 0:
            self._lobby.heard(guest)
            self._turns.put(Waiting(guest, int.from_bytes(data[:4], "big"), data[4:], time.monotonic()))

    async def _styles(self, _: web.Request) -> web.StreamResponse:
        return web.json_response([{"name": style.name, "title": style.label} for style in self._gallery.styles])

    async def _still(self, request: web.Request) -> web.StreamResponse:
        index, styles = int(request.match_info["index"]), self._gallery.styles
        if index >= len(styles):
            raise web.HTTPNotFound(text=f"there are {len(styles)} styles\n")
        if index not in self._stills:
            painted = await asyncio.get_running_loop().run_in_executor(
                self._painting, still, styles[index], partial(self._gallery.stylize_one, index)
            )
            if painted is None:
                raise web.HTTPNotFound(text="this style is not open yet\n", headers={"Retry-After": "1"})
            self._stills[index] = encoded(painted, QUALITY)
        return web.Response(body=self._stills[index], content_type="image/jpeg")


async def _send_each(socket: web.WebSocketResponse, row: Latest[bytes] | Latest[str]) -> None:
    """Sends the newest value, and then each that follows, as fast as the visitor takes them."""
    number = 0
    while True:
        number, message = await row.after(number)
        if message is not None:
            await _sent(socket, message)


async def _sent(socket: web.WebSocketResponse, message: str | bytes) -> None:
    """Sends a message; a visitor who does not take it within a while is disconnected."""
    with suppress(ConnectionError):
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        except TimeoutError:
            await socket.close()
