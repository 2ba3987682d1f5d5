"""Serves the files of a folder over HTTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Quiet(SimpleHTTPRequestHandler):
    """Knows no ranges unless `ranged`. Asks for the password if there is one; paths in `moved` are redirected."""

    def __init__(
        self, *args: Any, authorization: str | None, moved: dict[str, str], ranged: bool, **named: Any
    ) -> None:
        self.authorization, self.moved, self.ranged = authorization, moved, ranged
        super().__init__(*args, **named)

    def do_GET(self) -> None:
        if self.authorization not in (None, self.headers.get("Authorization")):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="web"')
            self.end_headers()
        elif self.path in self.moved:
            self.send_response(302)
            self.send_header("Location", self.moved[self.path])
            self.end_headers()
        elif self.ranged and (span := self.headers.get("Range", "").removeprefix("bytes=")):
            first, _, last = span.partition("-")
            whole = Path(self.translate_path(self.path)).read_bytes()
            self.send_response(206)
            self.end_headers()
            self.wfile.write(whole[int(first) : int(last) + 1 if last else None])
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving(
    folder: Path, authorization: str | None = None, moved: dict[str, str] | None = None, *, ranged: bool = False
) -> Iterator[str]:
    """Yields the address of the folder, without a slash at the end."""
    handler = partial(_Quiet, directory=str(folder), authorization=authorization, moved=moved or {}, ranged=ranged)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
