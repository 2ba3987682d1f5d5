"""The files of the page itself, read once: a request names an entry of a table and never a path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from nstcam.realtime.page.contents import own_file

TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def serving(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that answers with that file."""
    body, kind = own_file(name), TYPES[name[name.rindex(".") :]]

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=kind, charset="utf-8")

    return answer
