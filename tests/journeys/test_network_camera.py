"""Tests the live loop with network cameras on loopback that are cut off and restored."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from benchmarks.tools.waiting import until
from nstcam.realtime.capture import open_source as opening
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from tests.support.fakes.live import FakeOutput, FakeStylizer, FakeWindow, style_of
from tests.support.network.cameras import PASSWORD, NetworkCamera, RtspCamera


@pytest.fixture(params=[NetworkCamera, RtspCamera], ids=["http", "rtsp"])
def camera(request: pytest.FixtureRequest) -> Iterator[NetworkCamera]:
    camera: NetworkCamera = request.param(160)
    yield camera
    camera.cut()


def test_a_camera_that_is_cut_off_comes_back(camera: NetworkCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LOST_AFTER", 0.5)
    monkeypatch.setattr("nstcam.realtime.capture.reconnect.PAUSES", (0.2,))
    gallery = Gallery([style_of("negative")], lambda _: FakeStylizer())
    window, sink, done = FakeWindow(), FakeOutput(), threading.Event()
    sink.on = True
    source = open_source(camera.url)
    loop = threading.Thread(
        target=run,
        args=(source, Session(gallery, hud=False, virtual_camera=sink), window),
        kwargs={"output_size": (640, 480), "stop": done.is_set},
    )
    loop.start()

    def shows(value: int) -> bool:
        return bool(sink.frames) and abs(int(np.median(sink.frames[-1])) - value) < 8

    try:
        until(lambda: shows(95))  # 255 - 160: painted
        camera.cut()
        until(lambda: shows(40))  # the card: the last picture, dark, not painted
        sent = len(sink.frames)
        until(lambda: len(sink.frames) > sent + 3)  # whoever watches goes on getting frames
        assert shows(40)
        assert sink.frames[-1].max() > 150, "letters on the card"
        camera.restore(100)
        until(lambda: shows(155))
    finally:
        done.set()
        loop.join(60)
    assert not loop.is_alive()
    assert sink.was_closed
    assert "s3cret" not in source.name


def start(home: Path, url: str, *options: str) -> subprocess.Popen[str]:
    write_negative_style(home / "styles" / "negative.onnx")
    environment = {**os.environ, "NSTCAM_STYLES": str(home / "styles")}
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "--camera", url, "--style", "negative", "--no-window"]
    return subprocess.Popen(
        [*command, *options], cwd=home, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_the_program_gets_in_with_the_password_and_keeps_it(camera: NetworkCamera, tmp_path: Path) -> None:
    out, error = start(tmp_path, camera.url, "--frames", "5", "--size", "640x480").communicate(timeout=60)
    assert out.startswith("5 frames"), error
    assert PASSWORD not in out + error
    assert "is not a local camera, so it ignores --size\n" in error


@pytest.mark.parametrize("wrong", ["password", "port"])
def test_a_camera_that_cannot_be_opened_is_one_line_without_the_password(
    camera: NetworkCamera, tmp_path: Path, wrong: str
) -> None:
    url = camera.url.replace("viewer", "nobody") if wrong == "password" else camera.url
    if wrong == "port":
        camera.cut()
    process = start(tmp_path, url, "--output-size", "320x240")
    out, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert error.count("\n") == 1
    assert "could not be opened; check the address, user and password" in error
    assert PASSWORD not in out + error
