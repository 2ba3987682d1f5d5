"""Small network cameras on loopback (MJPEG over HTTP, H.264 over RTSP) that can be cut off and restored."""

from __future__ import annotations

import base64
import itertools
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import av
import cv2
from av.video.codeccontext import VideoCodecContext

from tests.support.fakes.live import frame_of

USER, PASSWORD = "viewer", "s3cret"
AUTHORIZATION: Final = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_PACE: Final = 0.04
_HW: Final = (96, 128)


class NetworkCamera:
    """Serves frames of one brightness, `value`, to clients that know the password."""

    scheme = "http"
    path = "video"

    def __init__(self, value: int) -> None:
        self.value = value
        self.size_hw = _HW
        self.served = 0
        self._stop = threading.Event()
        self._server: socket.socket | None = None
        self._clients: list[socket.socket] = []
        self._port = 0
        self.restore()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{USER}:{PASSWORD}@127.0.0.1:{self._port}/{self.path}?key={PASSWORD}"

    def restore(self, value: int | None = None) -> None:
        """Serves again, on the same port as before."""
        self.value = self.value if value is None else value
        self._stop = threading.Event()
        self._server = socket.create_server(("127.0.0.1", self._port))
        self._port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server, self._stop), daemon=True).start()

    def cut(self) -> None:
        """Closes all connections and accepts no new ones."""
        self._stop.set()
        for connection in [self._server, *self._clients]:
            if connection is not None:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
        self._clients.clear()

    def _accept(self, server: socket.socket, stop: threading.Event) -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                self._clients.append(client)
                threading.Thread(target=self._talk, args=(client, stop), daemon=True).start()

    def _talk(self, client: socket.socket, stop: threading.Event) -> None:
        with suppress(OSError, ValueError), client, client.makefile("rb") as stream:
            self.serve(client, requests(stream), stop)

    def serve(self, client: socket.socket, asked: Iterator[tuple[str, dict[str, str]]], stop: threading.Event) -> None:
        """Serves MJPEG the way network cameras do."""
        _, headers = next(asked)
        if headers.get("authorization") != AUTHORIZATION:
            client.sendall(b'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n')
            return
        client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
        while not stop.wait(_PACE):
            jpeg = cv2.imencode(".jpg", frame_of(self.value, *self.size_hw))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            client.sendall(head.encode() + jpeg + b"\r\n")
            self.served += 1


class RtspCamera(NetworkCamera):
    """Serves H.264 in RTP packets within the RTSP connection (RFC 2326, 10.12; RFC 6184, 5.6)."""

    scheme = "rtsp"

    def serve(self, client: socket.socket, asked: Iterator[tuple[str, dict[str, str]]], stop: threading.Event) -> None:
        sdp = (
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
            "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track\r\n"
        )
        answers = {
            "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n",
            "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n",
            "PLAY": "Session: 1\r\n\r\n",
        }
        for method, headers in asked:
            head = f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n"
            if method != "OPTIONS" and headers.get("authorization") != AUTHORIZATION:
                head = head.replace("200 OK", "401 Unauthorized") + 'WWW-Authenticate: Basic realm="camera"\r\n\r\n'
                client.sendall(head.encode())
                continue
            client.sendall((head + answers[method]).encode())
            if method == "PLAY":
                break
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, VideoCodecContext)
        encoder.height, encoder.width = _HW
        encoder.pix_fmt = "yuv420p"
        encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "g": "5", "x264-params": "slices=1"}
        numbers = itertools.count()
        began = time.monotonic()
        while not stop.wait(_PACE):
            frame = av.VideoFrame.from_ndarray(frame_of(self.value, *_HW), "bgr24").reformat(format="yuv420p")
            frame.pts = self.served
            stamp = round(90000 * (time.monotonic() - began))
            units = [unit for packet in encoder.encode(frame) for unit in nal_units(bytes(packet))]
            for unit in units:
                last = 0x80 if unit is units[-1] else 0
                rtp = struct.pack(">BBHII", 0x80, last | 96, next(numbers) & 0xFFFF, stamp, 7) + unit
                client.sendall(struct.pack(">BBH", 0x24, 0, len(rtp)) + rtp)
            self.served += 1


def requests(stream: Iterator[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the method of each request and its headers by lower-case name."""
    while line := next(stream, b""):
        method = line.split()[0].decode()
        headers = {}
        while (line := next(stream, b"")).strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        yield method, headers


def nal_units(data: bytes) -> list[bytes]:
    """The units of an Annex B byte stream, without start codes."""
    return [unit.rstrip(b"\0") for unit in data.split(b"\0\0\1") if unit.rstrip(b"\0")]
