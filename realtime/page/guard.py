"""What every request goes through: the checks of access.py, and the headers of every answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from nstcam.realtime.page.access import Access
from nstcam.realtime.page.server import Server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "nstcam",
}


def guarded(access: Access, *, camera: bool, largest: int) -> tuple[web.Application, Callable[[Server], None]]:
    """An application without routes that answers nobody without the token, and what introduces the server to it.

    Args:
        camera: whether its pages may ask for the visitor's camera.
        largest: bytes of a request's body, for handlers that do not set a limit themselves.
    """
    servers: list[Server] = []

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = access.refusal(request.method, request.path, request.headers)
        if refusal is not None:
            raise web.HTTPForbidden(text=f"{refusal}\n")
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = request.query.get("token")
        if not access.has_token(given, bearer, request.cookies.get(access.cookie)):
            raise web.HTTPForbidden(text="open the address that nstcam printed; it ends in ?token=...\n")
        for server in servers:
            server.knows(request.transport)
        if given is not None and request.path == "/" and request.method == "GET":
            # From here on the cookie stands for the token, which would otherwise be seen on a screen that is shared.
            response = web.HTTPSeeOther("/")
            response.set_cookie(
                access.cookie, access.token, path="/", httponly=True, samesite="Lax", secure=access.secure
            )
            raise response
        return await handler(request)

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(_HEADERS)
        response.headers["Permissions-Policy"] = f"camera={'(self)' if camera else '()'}, microphone=(), geolocation=()"

    app = web.Application(middlewares=[check], client_max_size=largest)
    app.on_response_prepare.append(add_headers)
    return app, servers.append


async def body_of(request: web.Request, most: int, seconds: float) -> bytes:
    """The body of a request.

    Args:
        most: bytes that it may have.
        seconds: in which it has to come.

    Raises:
        web.HTTPException: it is larger, or takes longer.
    """
    too_large = web.HTTPRequestEntityTooLarge(most, text=f"at most {most} bytes are taken\n")
    if (request.content_length or 0) > most:
        raise too_large
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                data += chunk
                if len(data) > most:
                    raise too_large
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"the body took longer than {seconds:g} seconds\n") from None
    return bytes(data)


def number_of(request: web.Request, name: str, low: float, high: float, default: float) -> float:
    """A number in the query of an address.

    Raises:
        web.HTTPBadRequest: it is not a number from `low` to `high`.
    """
    text = request.query.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise web.HTTPBadRequest(text=f"{name}={text[:40]!r} is not a number from {low:g} to {high:g}\n")
    return value
