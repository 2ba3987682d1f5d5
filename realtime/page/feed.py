"""Feed: the painted picture for other programs, as a stream of JPEG pictures (MJPEG) and as a single one."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Executor
from typing import Final

import cv2
from aiohttp import web

from nstcam.realtime.frame import Frame
from nstcam.realtime.page.guard import number_of
from nstcam.realtime.page.latest import Latest

QUALITY: Final = 85
MOST_STREAMS: Final = 16
FIRST_FRAME_SECONDS: Final = 10.0
"""How long a program waits for a first picture."""
REPEAT_SECONDS: Final = 1.0
"""A picture that stands still is sent again after this time: programs take silence for a lost camera."""
STALLED_SECONDS: Final = 20.0
"""A program that has not taken a picture for this long is disconnected."""
_BOUNDARY: Final = "nstcam-frame"


def encoded(frame: Frame, quality: int) -> bytes:
    """The frame as a JPEG file."""
    return cv2.imencode(".jpg", frame, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes()


class Feed:
    """The newest frame, encoded once for all who want it in the same quality. In the thread of the server."""

    def __init__(self, executor: Executor) -> None:
        """`executor` encodes."""
        self._executor = executor
        self._frames: Latest[Frame] = Latest()
        self._made: dict[int, tuple[int, asyncio.Future[bytes]]] = {}
        """By quality: the number of a frame, and that frame as a JPEG."""
        self.streams = 0

    def put(self, frame: Frame) -> None:
        """Takes a new frame, uint8 (height, width, 3) BGR, which must not be changed any more."""
        self._frames.put(frame)

    async def jpeg(self, number: int, quality: int, within: float) -> tuple[int, bytes] | None:
        """The newest frame and its number, once it is another one than `number` or `within` seconds are over; None if
        there is none."""
        found, frame = await self._frames.after(number, within)
        if frame is None:
            return None
        made = self._made.get(quality)
        if made is None or made[0] != found:
            if len(self._made) > MOST_STREAMS:
                self._made.clear()
            loop = asyncio.get_running_loop()
            made = self._made[quality] = found, loop.run_in_executor(self._executor, encoded, frame, quality)
        return found, await asyncio.shield(made[1])

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """/frame.jpg"""
        quality = int(number_of(request, "quality", 1, 100, QUALITY))
        made = await self.jpeg(0, quality, FIRST_FRAME_SECONDS)
        if made is None:
            raise web.HTTPServiceUnavailable(text="there is no picture yet\n")
        return web.Response(body=made[1], content_type="image/jpeg")

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """/stream.mjpg: each picture is sent when the one before has left, so a slow reader gets fewer."""
        quality = int(number_of(request, "quality", 1, 100, QUALITY))
        pause = 1 / number_of(request, "fps", 0.1, 120, 120)
        if self.streams >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_STREAMS} programs watch already\n")
        self.streams += 1
        try:
            return await self._stream(request, quality, pause)
        finally:
            self.streams -= 1

    async def _stream(self, request: web.Request, quality: int, pause: float) -> web.StreamResponse:
        first = await self.jpeg(0, quality, FIRST_FRAME_SECONDS)
        if first is None:
            raise web.HTTPServiceUnavailable(text="there is no picture yet\n")
        response = web.StreamResponse(headers={"Content-Type": f"multipart/x-mixed-replace; boundary={_BOUNDARY}"})
        response.force_close()
        await response.prepare(request)
        number, picture = first
        due = time.monotonic()
        while True:
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            try:
                async with asyncio.timeout(STALLED_SECONDS):
                    await response.write(head.encode() + picture + b"\r\n")
            except (TimeoutError, ConnectionError):
                if request.transport is not None:
                    request.transport.abort()
                return response
            now = time.monotonic()
            due = max(due + pause, now - pause)  # in step with the frames, but nothing is caught up
            if due > now:
                await asyncio.sleep(due - now)
            made = await self.jpeg(number, quality, REPEAT_SECONDS)
            if made is not None:
                number, picture = made
