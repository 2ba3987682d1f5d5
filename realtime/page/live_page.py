"""The page of a live session: control, and a clean feed of the picture. It needs aiohttp, an optional package."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from aiohttp import web

from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.control.commands import answer
from nstcam.realtime.live.control.lines import LONGEST
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.page import painting
from nstcam.realtime.page.access import Access
from nstcam.realtime.page.feed import QUALITY, STALLED_SECONDS, Feed, encoded
from nstcam.realtime.page.guard import body_of, guarded
from nstcam.realtime.page.latest import Latest
from nstcam.realtime.page.own_files import serving
from nstcam.realtime.page.remote import PageRemote, Wish
from nstcam.realtime.page.server import Server, listening_at

MOST_PAGES: Final = 16
"""Pages that are open at the same time."""
_COMMAND_SECONDS: Final = 5.0
"""For a command to come, and for the live loop to carry it out."""
_UPLOAD_SECONDS: Final = 60.0
_HEARTBEAT: Final = 10.0
"""Seconds after which a page is told that the connection stands."""
FILES: Final = {
    "/": "live.html",
    "/page.css": "page.css",
    "/icon.svg": "icon.svg",
    "/live.js": "live.js",
    "/commands.js": "commands.js",
    "/keys.js": "keys.js",
    "/tiles.js": "tiles.js",
    "/view.js": "view.js",
    "/upload.js": "upload.js",
}


class LivePage:
    """Serves from the moment it is made; a Remote of the live loop.

    Attributes:
        access: what a request has to bring, with the address.
        watching: how many pages are open.
    """

    def __init__(self, host: str, port: int, token: str) -> None:
        """Listens at that address.

        Args:
            port: 0 for a free one.

        Raises:
            SinkError: the port cannot be opened.
        """
        listening = listening_at(host, port)
        self.access = Access(token, host, listening.getsockname()[1])
        self.watching = 0
        self._remote = PageRemote(self)
        self._paintings = painting.Paintings()
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="page jpeg")
        self._feed = Feed(self._executor)
        self._states: Latest[str] = Latest()
        self._tiles: dict[int, Frame] = {}
        app, introduce = guarded(self.access, camera=False, largest=LONGEST)
        for path, name in FILES.items():
            app.router.add_get(path, serving(name))
        app.router.add_get("/stream.mjpg", self._feed.stream, allow_head=False)
        app.router.add_get("/frame.jpg", self._feed.picture)
        app.router.add_get("/events", self._events, allow_head=False)
        app.router.add_get(r"/tile/{index:\d{1,4}}.jpg", self._tile)
        app.router.add_post("/command", self._command)
        app.router.add_post("/painting", self._painting)
        self._server = Server(app, listening)
        introduce(self._server)

    def obey(self, session: Session, reading: Reading) -> None:
        """Carries out what the pages ask for, and tells them what is going on."""
        self._remote.obey(session, reading)

    def close(self) -> None:
        """Ends all connections and removes what was uploaded."""
        self._server.close()
        self._executor.shutdown()
        self._paintings.close()

    def tell_state(self, state: str) -> None:
        self._server.call(self._states.put, state)

    def tell_frame(self, frame: Frame) -> None:
        self._server.call(self._feed.put, frame)

    def tell_tile(self, index: int, picture: Frame) -> None:
        self._server.call(self._tiles.__setitem__, index, picture)

    async def _ask(self, wish: Wish) -> web.Response:
        """Has the live loop carry out a wish, and answers as it does."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()

        def answered(text: str) -> None:
            self._server.call(_settle, done, text)

        if not self._remote.ask(wish, answered):
            raise web.HTTPServiceUnavailable(text="error too many commands at once\n")
        try:
            text = await asyncio.wait_for(done, _COMMAND_SECONDS)
        except TimeoutError:
            raise web.HTTPGatewayTimeout(
                text="error no frame has come for a while; the command is carried out with the next one\n"
            ) from None
        return web.Response(text=f"{text}\n", status=400 if text.startswith("error ") else 200)

    async def _command(self, request: web.Request) -> web.StreamResponse:
        line = (await body_of(request, LONGEST, _COMMAND_SECONDS)).decode(errors="replace").strip()
        if not line.isprintable():
            raise web.HTTPBadRequest(text="error a command is one line of text\n")
        return await self._ask(lambda session, reading: answer(line, session, reading, files=False))

    async def _painting(self, request: web.Request) -> web.StreamResponse:
        data, name = await body_of(request, painting.MOST_BYTES, _UPLOAD_SECONDS), request.query.get("name", "")
        try:
            kept = await asyncio.get_running_loop().run_in_executor(self._executor, self._paintings.keep, data, name)
        except StyleError as error:
            raise web.HTTPBadRequest(text=f"error {error}\n") from None
        return await self._ask(lambda session, _: _invited(session, kept))

    async def _tile(self, request: web.Request) -> web.StreamResponse:
        picture = self._tiles.get(int(request.match_info["index"]))
        if picture is None:
            raise web.HTTPNotFound(text="there is no such picture yet\n")
        data = await asyncio.get_running_loop().run_in_executor(self._executor, encoded, picture, QUALITY)
        return web.Response(body=data, content_type="image/jpeg")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the state at once and whenever it has changed (HTML standard, 9.2)."""
        if self.watching >= MOST_PAGES:
            raise web.HTTPServiceUnavailable(text=f"{MOST_PAGES} pages are open already\n")
        self.watching += 1
        try:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            response.force_close()
            await response.prepare(request)
            # What was told while nobody watched is old.
            number = 0 if self.watching > 1 else self._states.number
            while True:
                before = number
                number, state = await self._states.after(number, _HEARTBEAT)
                text = f"data: {state}\n\n" if number != before else ": still here\n\n"
                try:
                    async with asyncio.timeout(STALLED_SECONDS):
                        await response.write(text.encode())
                except (TimeoutError, ConnectionError):
                    if request.transport is not None:
                        request.transport.abort()
                    return response
        finally:
            self.watching -= 1


def _settle(done: asyncio.Future[str], text: str) -> None:
    if not done.done():  # whoever asked has not waited
        done.set_result(text)


def _invited(session: Session, path: Path) -> str:
    """Makes a style of an uploaded file and shows it."""
    done = session.invite(path)
    if done:
        session.passing.add(path)
    else:
        path.unlink(missing_ok=True)
    return f"{'ok' if done else 'error'} {session.message}"
