"""What an HLS playlist names is fetched from the playlist's own host only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.client import HTTPMessage, HTTPResponse
from typing import IO, Final
from urllib.error import HTTPError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    Request,
    build_opener,
)
from weakref import WeakSet

from nstcam.media.plain_formats import PLAYLISTS
from nstcam.realtime.video.reading.address import SILENCE

_PORTS: Final = {"http": 80, "https": 443}


class OtherHostError(OSError):
    """A playlist, or a server, leads to another host; the text says so, without the rest of the address."""


class SameHost:
    """Opens addresses for libavformat, as PyAV's `io_open`.

    Attributes:
        refused: why an address was not opened; None if none was refused.
    """

    def __init__(self, url: str) -> None:
        """`url` is what the user gave, perhaps with a user and a password, which only that host gets."""
        parts = urlsplit(url)
        self._host = _host(parts)
        self.refused: OtherHostError | None = None
        self._open: WeakSet[HTTPResponse] = WeakSet()
        passwords = HTTPPasswordMgrWithDefaultRealm()
        if parts.username is not None:
            root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
            passwords.add_password(None, root, unquote(parts.username), unquote(parts.password or ""))
        self._opener = build_opener(
            HTTPBasicAuthHandler(passwords), HTTPDigestAuthHandler(passwords), _Redirects(self._check)
        )

    def __call__(self, url: str, _flags: int, options: Mapping[str, str]) -> HTTPResponse:
        """Opens an address for reading, from byte `offset` to before `end_offset` of `options` if they are given.

        Raises:
            OtherHostError: it is on another host, or is no HTTP address.
            OSError: the server does not answer, or refuses.
        """
        parts = urlsplit(url)
        self._check(url)
        begin, end = int(options.get("offset", 0)), int(options.get("end_offset", 0))
        headers = {"Range": f"bytes={begin}-{end - 1 if end else ''}"} if begin or end else {}
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
        try:
            answer: HTTPResponse = self._opener.open(Request(bare, headers=headers), timeout=SILENCE)
        except HTTPError as error:
            error.close()  # it holds the connection
            raise OSError(f"the server answers {error.code}") from None
        self._open.add(answer)
        if begin and answer.status != 206:  # the server knows no ranges
            answer.read(begin)
        return answer

    def close(self) -> None:
        """Closes what libavformat has left open, as after an error."""
        for answer in list(self._open):
            answer.close()

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or _host(parts) != self._host:
            where = parts.hostname if parts.scheme in _PORTS else f"a {parts.scheme or 'nameless'} address"
            port = "" if parts.scheme not in _PORTS or parts.port is None else f":{parts.port}"
            self.refused = OtherHostError(
                f"leads to {where}{port}, which is not opened unasked; give that address, or set {PLAYLISTS}=1"
            )
            raise self.refused


class _Redirects(HTTPRedirectHandler):
    def __init__(self, check: Callable[[str], None]) -> None:
        self._check = check

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        try:
            self._check(newurl)
        except OtherHostError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _host(parts: SplitResult) -> tuple[str | None, int | None]:
    return parts.hostname, parts.port or _PORTS.get(parts.scheme)
