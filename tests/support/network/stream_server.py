"""A server on this machine that takes streams by TCP, for tests of what nstcam sends."""

from __future__ import annotations

import socket
import threading
from io import BytesIO
from typing import Any

import av


class StreamServer:
    """Takes one connection after the other, each in memory. To be closed."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = int(self._socket.getsockname()[1])
        self.url = f"tcp://127.0.0.1:{self.port}"
        self.taken: list[bytearray] = []
        """What each connection has brought, in the order of connections."""
        self.ended = threading.Semaphore(0)
        """Released at the end of each connection."""
        self.reading = threading.Event()
        """Cleared, the server reads nothing, like one behind a slow network."""
        self.reading.set()
        self._current: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def hang_up(self) -> None:
        """Breaks the connection off."""
        if self._current is not None:
            self._current.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.reading.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(60)

    def _serve(self) -> None:
        while True:
            try:
                self._current, _ = self._socket.accept()
            except OSError:
                return
            with self._current as connection:
                self.taken.append(bytearray())
                try:
                    while self.reading.wait() and (data := connection.recv(4096)):
                        self.taken[-1] += data
                except OSError:
                    pass
                self.ended.release()


def packets(stream: bytes) -> dict[str, list[float]]:
    """The times of the packets of MPEG-TS by codec, in seconds."""
    found: dict[str, list[float]] = {}
    with av.open(BytesIO(stream), "r", format="mpegts") as container:
        for packet in container.demux():
            if packet.size and packet.pts is not None:
                name = packet.stream.codec_context.name
                found.setdefault(name, []).append(float(packet.pts * packet.time_base))
    return found


def pictures(stream: bytes) -> list[Any]:
    """The frames of MPEG-TS, as BGR."""
    with av.open(BytesIO(stream), "r", format="mpegts") as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
