"""A page at a session, with a thread in place of the live loop."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest

pytest.importorskip("aiohttp", reason="aiohttp is not installed")

from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.page.access import LOOPBACK
from nstcam.realtime.page.live_page import LivePage

TOKEN: Final = "token-of-the-tests"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode().strip()


class Client:
    """Sends requests to a page, with its token unless told otherwise."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        token: str | None = TOKEN,
    ) -> Answer:
        """The path is left as it is if there is no `token`."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        try:
            if token is not None:
                path += f"{'&' if '?' in path else '?'}token={token}"
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def command(self, line: str) -> str:
        return self.ask("POST", "/command", line.encode()).text

    @contextmanager
    def open(self, path: str) -> Iterator[http.client.HTTPResponse]:
        """An answer that has no end."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        try:
            connection.request("GET", f"{path}{'&' if '?' in path else '?'}token={TOKEN}")
            with connection.getresponse() as answer:
                yield answer
        finally:
            connection.close()


def next_state(events: http.client.HTTPResponse) -> dict[str, Any]:
    """The next state among server-sent events."""
    while not (line := events.readline().decode()).startswith("data: "):
        assert line
    return dict(json.loads(line.removeprefix("data: ")))


@pytest.fixture
def page(session: Session) -> Iterator[LivePage]:
    one = LivePage(LOOPBACK, 0, TOKEN)
    ended = threading.Event()

    def loop() -> None:
        while not ended.wait(0.005):
            one.obey(session, Reading(frames=3))

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield one
    finally:
        ended.set()
        thread.join()
        one.close()


@pytest.fixture
def client(page: LivePage) -> Client:
    return Client(page.access.port)
