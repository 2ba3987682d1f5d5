"""A certificate made on the spot, and a server that uses it."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import socket
import ssl
import sys

import aiohttp
import cv2
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.page import own_certificate as made
from nstcam.realtime.page.access import LOOPBACK
from nstcam.realtime.page.own_certificate import OwnCertificate, names_of, own_certificate
from nstcam.realtime.page.visitors.visitors_page import VisitorsPage
from tests.realtime.page.conftest import TOKEN
from tests.realtime.page.visitors.conftest import gallery, jpeg

__all__ = ["gallery"]


@pytest.fixture
def certificate() -> OwnCertificate:
    pytest.importorskip("trustme", reason="trustme is not installed")
    return own_certificate(LOOPBACK)


def trusting(certificate: OwnCertificate) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificate.authority.decode())


def test_a_visit_over_tls(certificate: OwnCertificate, gallery: Gallery) -> None:
    page = VisitorsPage(gallery, LOOPBACK, 0, TOKEN, most=2, tls=certificate.context)

    async def visit() -> bytes:
        async with aiohttp.ClientSession() as session:
            address = f"{page.access.origin}/visit?token={TOKEN}"
            assert address.startswith("https://")
            async with session.ws_connect(address, ssl=trusting(certificate)) as socket:
                await socket.send_bytes(b"\0\0\0\7" + jpeg())
                while (message := await socket.receive(20)).type is aiohttp.WSMsgType.TEXT:
                    pass
                data = bytes(message.data)
        await asyncio.sleep(0.05)  # aiohttp does not wait for the end of TLS
        return data

    try:
        answer = asyncio.run(visit())
        assert answer[:4] == b"\0\0\0\7"
        frame = cv2.imdecode(np.frombuffer(answer[4:], np.uint8), cv2.IMREAD_COLOR)
        assert frame is not None
        assert abs(int(frame[24, 32, 0]) - 60) < 6
        connection = http.client.HTTPConnection(LOOPBACK, page.access.port, timeout=60)
        connection.request("GET", f"/?token={TOKEN}")
        plain = connection.getresponse()
        assert plain.status == 400
        assert plain.read() == b"this page is encrypted: its address begins with https://\n"
        connection.close()
        with socket.create_connection((LOOPBACK, page.access.port), timeout=60) as silent:
            silent.shutdown(socket.SHUT_WR)
            assert silent.recv(100) == b""
        until(lambda: page.connections == 0)
    finally:
        page.close()


def test_a_stranger_does_not_trust_it_and_no_other_name_is_vouched_for(certificate: OwnCertificate) -> None:
    def handshake(client: ssl.SSLContext, name: str) -> str:
        """What goes wrong; nothing is sent over a wire."""
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        one = client.wrap_bio(to_client, to_server, server_hostname=name)
        other = certificate.context.wrap_bio(to_server, to_client, server_side=True)
        for _ in range(4):
            for end in (one, other):
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLCertVerificationError as error:
                    return error.verify_message
        shown = one.getpeercert(binary_form=True)
        assert shown is not None
        assert certificate.fingerprint.replace(":", "").lower() == hashlib.sha256(shown).hexdigest()
        return ""

    assert handshake(trusting(certificate), LOOPBACK) == ""
    assert handshake(trusting(certificate), "localhost") == ""
    assert "Hostname mismatch" in handshake(trusting(certificate), "example.org")
    assert "unable to get local issuer" in handshake(ssl.create_default_context(), LOOPBACK)


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "studio.home")
    monkeypatch.setattr(made, "own_address", lambda: "192.0.2.7")

    def found(*_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("192.0.2.8", 0)), (10, 1, 6, "", ("fe80::1%eth0", 0, 0, 2))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    assert names_of("0.0.0.0") == [
        "192.0.2.7", "studio.home", "studio.local", "localhost", "127.0.0.1", "::1", "192.0.2.8",
    ]  # fmt: skip
    assert names_of("192.0.2.9") == ["192.0.2.9", "localhost", "127.0.0.1", "::1"]
    monkeypatch.setattr(socket, "gethostname", lambda: "no_such_name")
    assert "no_such_name" not in names_of("::"), "no certificate can hold it"


def test_without_the_package_a_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(SinkError, match=r"pip install 'nstcam\[page\]'"):
        own_certificate(LOOPBACK)
