"""Measures `nstcam serve` without a style: what the transport of frames costs, how fair turns are, and what clients
that come and go leave behind.

    python -m benchmarks.page [--seconds 10] [--soak 60] [--json FILE]

Clients run in a process of their own and send a JPEG of 640x480 as soon as the one before is back. They ask for the
original, so no style is needed; the painter still prepares each frame (scaling, light). Printed are the server's CPU
time per frame and what is left of it without that preparation: transport, which is receiving, decoding, encoding and
sending. Then come the round trip, the frames of each of three visitors who send at different rates, and threads,
handles and memory before and after clients that come and go.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp
import cv2

from benchmarks.tools.machine import processor, tell
from benchmarks.tools.stand_in import Negative
from benchmarks.tools.waiting import until
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.effects.look import Look
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.painter import Painter
from nstcam.realtime.page.access import LOOPBACK
from nstcam.realtime.page.feed import encoded
from nstcam.realtime.page.visitors.visitor import LARGEST_WH, OwnChoice
from nstcam.realtime.page.visitors.visitors_page import VisitorsPage
from nstcam.realtime.style_files.style import Style

_TOKEN: Final = "token-of-the-benchmark"
_LINES: Final = ("original on", "steady 0")
"""What the clients ask for, so that nothing but transport is left."""


async def visit(address: str, seconds: float, in_flight: int) -> dict[str, Any]:
    """One visitor: how many frames came back, and the round trips in milliseconds."""
    pattern = TestPattern()
    frames = [encoded(pattern.draw(number / 30), 80) for number in range(30)]
    trips: list[float] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        for line in _LINES:
            await socket.send_str(line)
        sent: dict[int, float] = {}
        number, until_then = 0, time.monotonic() + seconds
        while time.monotonic() < until_then:
            while len(sent) < in_flight:
                number += 1
                sent[number] = time.monotonic()
                await socket.send_bytes(number.to_bytes(4, "big") + frames[number % 30])
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                done = int.from_bytes(message.data[:4], "big")
                trips.append(1000 * (time.monotonic() - sent[done]))
                sent = {number: began for number, began in sent.items() if number > done}
    return {"frames": len(trips), "trips": trips}


async def come_and_go(address: str, seconds: float) -> int:
    """Visits of a frame each, some of which end in the middle; returns how many there were."""
    frame = encoded(TestPattern().draw(1), 80)
    visits, until_then = 0, time.monotonic() + seconds
    while time.monotonic() < until_then:
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
            visits += 1
            await socket.send_bytes(visits.to_bytes(4, "big") + frame)
            if visits % 3:
                while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
            elif socket._response.connection is not None and socket._response.connection.transport is not None:
                socket._response.connection.transport.abort()
    return visits


def clients(address: str, work: str, seconds: float, in_flight: Sequence[int]) -> list[Any]:
    """Runs clients in another process and returns what they found."""
    command = [sys.executable, "-m", "benchmarks.page", "--client", work, "--address", address]
    command += ["--seconds", str(seconds), "--in-flight", ",".join(map(str, in_flight))]
    return list(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


async def _client(work: str, address: str, seconds: float, in_flight: Sequence[int]) -> list[Any]:
    if work == "visit":
        return list(await asyncio.gather(*(visit(address, seconds, count) for count in in_flight)))
    return list(await asyncio.gather(*(come_and_go(address, seconds) for _ in in_flight)))


def left_behind() -> dict[str, float]:
    """Threads, open handles and memory in MB of this process; where the system does not tell, 0."""
    handles, status = Path("/proc/self/fd"), Path("/proc/self/status")
    memory = 0.0
    if status.exists():
        memory = next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if "VmRSS" in line)
    count = sum(1 for _ in handles.iterdir()) if handles.is_dir() else 0
    return {"threads": threading.active_count(), "handles": count, "memory_mb": round(memory, 1)}


def preparing_ms(gallery: Gallery, frames: int = 100) -> float:
    """CPU time per frame that the painter takes to show the original of a visitor, in milliseconds."""
    choice, pattern, look = OwnChoice(gallery), TestPattern(), Look(brighten=True)
    choice.bypass = True
    painter = Painter(choice, LARGEST_WH, lambda: look, "the benchmark")
    spent = 0.0
    for number in range(frames):
        captured = Captured(pattern.draw(number / 30), number / 30, number)
        before = time.process_time()
        painter.paint(captured)
        spent += time.process_time() - before
    return 1000 * spent / frames


def measure(seconds: float, soak: float) -> dict[str, Any]:
    cv2.setNumThreads(1)  # as nstcam serve does
    style = Style(Path("none.onnx"), "none")
    gallery = Gallery([style], lambda _: Negative())
    page = VisitorsPage(gallery, LOOPBACK, 0, _TOKEN, most=4)
    address = f"{page.access.origin}/visit?token={_TOKEN}"
    try:
        before, painted = time.process_time(), page.painted
        (one,) = clients(address, "visit", seconds, [1])
        cpu_ms = 1000 * (time.process_time() - before) / max(page.painted - painted, 1)
        prepare_ms = preparing_ms(gallery)
        trips = sorted(one["trips"])
        three = [found["frames"] for found in clients(address, "visit", seconds, [1, 2, 4])]
        clients(address, "come-and-go", min(soak, 10), [1, 1, 1])  # memory that is taken once
        until(lambda: page.connections == 0)
        start = left_behind()
        visits = sum(clients(address, "come-and-go", soak, [1, 1, 1]))
        until(lambda: page.connections == 0)
        return {
            "processor": processor(), "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
            "cpu_ms_per_frame": round(cpu_ms, 2), "transport_ms_per_frame": round(cpu_ms - prepare_ms, 2),
            "frames_per_second": round(one["frames"] / seconds, 1),
            "round_trip_ms": {
                "median": round(trips[len(trips) // 2], 1), "p95": round(trips[len(trips) * 19 // 20], 1),
            },
            "three_visitors": three, "visits": visits, "before": start, "after": left_behind(),
        }  # fmt: skip
    finally:
        page.close()
        gallery.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--soak", type=float, default=60)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--address", help=argparse.SUPPRESS)
    parser.add_argument("--in-flight", default="1", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        counts = [int(count) for count in options.in_flight.split(",")]
        print(json.dumps(asyncio.run(_client(options.client, options.address, options.seconds, counts))))
        return
    tell(measure(options.seconds, options.soak), options.json)


if __name__ == "__main__":
    main()
