"""nstcam serve, from the command line."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli import app
from nstcam.realtime.cli.serve import start as start_serve
from nstcam.realtime.live.choosing.gallery import Gallery
from tests.support.commands import outcome


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--certificate", "a.pem"), "--certificate FILE and --key FILE go together; give both, or --certificate auto"),
        (("--key", "a.pem"), "--certificate FILE and --key FILE go together; give both, or --certificate auto"),
        (("--host", ""), "--host is empty; give an address of this machine"),
        (("--visitors", "0"), "Invalid value for '--visitors'"),
        (("--visitors", "65"), "Invalid value for '--visitors'"),
        (("--port", "99999"), "Invalid value for '--port'"),
        (("--port", "65536"), "Invalid value for '--port'"),
        (("--port", "-1"), "Invalid value for '--port'"),
        (("--runtime", "dist"), "--runtime is for --static DIR"),
    ],
)
def test_a_wrong_command_line(
    words: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = outcome(app.main, ("nstcam", "serve", "--no-browser", *words), monkeypatch, capsys)
    assert code == 2
    assert line in err
    assert err.count("\n") == 1


def test_a_certificate_that_is_missing_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp")
    missing = str(tmp_path / "none.pem")
    words = ("nstcam", "serve", "--no-browser", "--port", "0", "--certificate", missing, "--key", missing)
    code, _, err = outcome(app.main, words, monkeypatch, capsys)
    assert code == 1
    assert err.startswith(f"nstcam: certificate {missing} with key {missing} cannot be used (No such file")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has it end as soon as it serves; OpenCV's threads are afterwards as before."""

    @contextmanager
    def ended(*, end_stuck: bool) -> Iterator[Callable[[], bool]]:
        yield lambda: True

    monkeypatch.setattr(start_serve, "stop_on_interrupt", ended)
    threads = cv2.getNumThreads()
    yield
    cv2.setNumThreads(threads)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--certificate", "auto"), r"SHA-256 is ([0-9A-F]{2}:){31}[0-9A-F]{2}\n.*https://127\.0\.0\.1:"),
        (("--host", "0.0.0.0"), r"give their camera to https:// addresses only: add --certificate auto, or --cert"),
    ],
)
def test_tls(
    words: tuple[str, ...],
    says: str,
    at_once: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("aiohttp")
    if "auto" in words:
        pytest.importorskip("trustme")
    style = write_negative_style(tmp_path / "style.onnx")
    words = ("nstcam", "serve", "--no-browser", "--port", "0", "--only", str(style), *words)
    code, _, err = outcome(app.main, words, monkeypatch, capsys)
    assert code == 0
    assert re.search(says, err, re.DOTALL)
    assert cv2.getNumThreads() == 1, "OpenCV's threads wait busily for frames as small as these"


def test_styles_are_warm_for_computers_and_phones(
    at_once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp")
    warmed = list[tuple[int, int]]()
    monkeypatch.setattr(Gallery, "prepare", lambda _, *sizes_hw: warmed.extend(sizes_hw))
    style = write_negative_style(tmp_path / "style.onnx")
    assert (
        outcome(
            app.main, ("nstcam", "serve", "--no-browser", "--port", "0", "--only", str(style)), monkeypatch, capsys
        )[0]
        == 0
    )
    assert {(384, 512), (512, 384), (360, 640), (640, 360)} <= set(warmed), warmed


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process")
def test_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "serve", "--port", "0", "--no-browser"]
    process = subprocess.Popen(
        [*command, "--only", "starry"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        line = ""
        while "visitors come to" not in line:
            line = process.stderr.readline()
            assert line, "it ended"
        assert re.search(r"http://127\.0\.0\.1:\d+/\?token=\S{20,}$", line)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out == "0 frames painted on CPU\n"
    finally:
        process.kill()
        process.communicate()
