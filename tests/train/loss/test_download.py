"""The download of the loss network, from a server on this machine that breaks off, continues and lies."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nstcam.train.errors import TrainError
from nstcam.train.loss import vgg
from nstcam.train.loss.vgg import load_vgg

CONTENT = np.random.default_rng(1).bytes(300_000)
PREFIX = hashlib.sha256(CONTENT).hexdigest()[:8]


class Server(ThreadingHTTPServer):
    """Serves CONTENT.

    Attributes:
        ends: after how many bytes the next answer breaks off; None: not.
        ranges: whether it continues where it is asked to.
        asked: the ranges that were asked for, "" for the whole.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.content, self.ranges = CONTENT, True
        self.ends: int | None = None
        self.url = f"http://127.0.0.1:{self.server_address[1]}/weights.pth"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        begin = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.ranges else 0
        rest = self.server.content[begin:]
        if wanted and not rest:
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header(
                "Content-Range", f"bytes {begin}-{len(self.server.content) - 1}/{len(self.server.content)}"
            )
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.ends])

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with Server() as made:
        monkeypatch.setattr(vgg, "VGG19_URL", made.url)
        monkeypatch.setattr(vgg, "VGG19_SHA256_PREFIX", PREFIX)
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def target(home: Path) -> Path:
    return home / "hub" / "checkpoints" / "weights.pth"


def test_the_file_arrives_whole_and_only_once(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(TrainError, match="does not hold the weights of vgg19"):  # noise is what it holds
            load_vgg("vgg19")
    assert target(tmp_path).read_bytes() == CONTENT
    assert server.asked == [""]
    assert [path.name for path in target(tmp_path).parent.iterdir()] == ["weights.pth"]


@pytest.mark.parametrize("ranges", [True, False])
def test_what_broke_off_is_continued_if_the_server_can(server: Server, tmp_path: Path, ranges: bool) -> None:
    server.ends, server.ranges = 100_000, ranges
    with pytest.raises(
        TrainError, match=r"broke off after 100,000 of 300,000 bytes\); 100,000 bytes are kept, and the"
    ):
        vgg._download_vgg19()
    assert not target(tmp_path).exists()
    server.ends = None
    assert vgg._download_vgg19() == target(tmp_path)
    assert target(tmp_path).read_bytes() == CONTENT
    assert server.asked == ["", "bytes=100000-"]


def test_another_file_is_refused_and_removed(server: Server, tmp_path: Path) -> None:
    server.content = CONTENT[::-1]
    with pytest.raises(
        TrainError, match=rf"sent another file \(SHA-256 \w{{8}}\.\.\., not {PREFIX}\.\.\.\), which was"
    ):
        vgg._download_vgg19()
    assert not list(target(tmp_path).parent.iterdir())
    server.content = CONTENT
    vgg._download_vgg19()
    assert target(tmp_path).read_bytes() == CONTENT


def test_a_part_that_is_longer_than_the_file_is_not_kept(server: Server, tmp_path: Path) -> None:
    part = target(tmp_path).with_name(".weights.pth.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT + b"more")
    with pytest.raises(TrainError, match="sent another file"):
        vgg._download_vgg19()
    assert not part.exists()


def test_no_server_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with Server() as gone:
        url = gone.url
    monkeypatch.setattr(vgg, "VGG19_URL", url)
    with pytest.raises(
        TrainError, match=r"could not be downloaded .*refused.*; or download it elsewhere and give"
    ) as told:
        vgg._download_vgg19()
    assert "\n" not in str(told.value)


def test_a_damaged_file_that_is_there_is_told(server: Server, tmp_path: Path) -> None:
    target(tmp_path).parent.mkdir(parents=True)
    target(tmp_path).write_bytes(b"damaged")
    with pytest.raises(TrainError, match=r"is damaged .*; delete it"):
        vgg._download_vgg19()
    assert server.asked == []
