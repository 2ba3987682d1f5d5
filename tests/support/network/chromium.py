"""Chromium without a screen, driven over its DevTools protocol, with a camera of its own that shows a test picture."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.tools.waiting import until

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--remote-debugging-port=0",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """A page in the browser."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._loop, self._socket, self._count = loop, socket, 0
        self.log: list[str] = []
        """What the page's console has said, and its errors."""

    def send(self, method: str, **values: Any) -> dict[str, Any]:
        """Sends a command of the protocol and returns its result."""
        return self._loop.run_until_complete(asyncio.wait_for(self._send(method, values), 60))

    async def _send(self, method: str, values: dict[str, Any]) -> dict[str, Any]:
        self._count += 1
        await self._socket.send_json({"id": self._count, "method": method, "params": values})
        while True:
            message = await self._socket.receive_json()
            if message.get("id") == self._count:
                assert "error" not in message, message
                return dict(message["result"])
            if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
                self.log.append(json.dumps(message["params"]))

    def open(self, address: str, width: int = 1280, height: int = 900) -> None:
        self.send("Runtime.enable")
        self.send("Log.enable")
        self.send("Page.enable")
        self.size(width, height)
        self.send("Page.navigate", url=address)

    def size(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript gives, once it is settled."""
        found = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = 30) -> Any:
        """Waits until an expression is true, and returns its value."""
        found: list[Any] = []

        def true() -> bool:
            found[:] = [self.value(expression)]
            return bool(found[0])

        until(true, seconds)
        return found[0]

    def key(self, key: str) -> None:
        """Presses a key."""
        text = {"text": key} if len(key) == 1 else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Saves what the page looks like as a PNG."""
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))


@contextmanager
def browsing(folder: Path, *options: str) -> Iterator[Tab]:
    """Yields an empty page of a new browser that keeps its files in `folder`."""
    program = chromium()
    assert program is not None
    process = subprocess.Popen(
        [program, *_OPTIONS, *options, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"HOME": str(folder)},
    )  # fmt: skip
    loop = asyncio.new_event_loop()
    try:
        note = folder / "DevToolsActivePort"
        until(lambda: note.exists() and len(note.read_text().splitlines()) == 2, 60)
        port = int(note.read_text().splitlines()[0])
        session, socket = loop.run_until_complete(_connected(port))
        try:
            yield Tab(loop, socket)
        finally:
            loop.run_until_complete(_closed(session, socket))
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        loop.close()


async def _connected(port: int) -> tuple[aiohttp.ClientSession, aiohttp.ClientWebSocketResponse]:
    session = aiohttp.ClientSession()
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = [page for page in await answer.json(content_type=None) if page["type"] == "page"]
    return session, await session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)


async def _closed(session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
    await socket.close()
    await session.close()
    await asyncio.sleep(0)
