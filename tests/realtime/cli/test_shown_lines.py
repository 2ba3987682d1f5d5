"""Tests that passwords and control characters reach neither the terminal nor JSON."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.media.shown import ShownFormatter
from nstcam.realtime.capture.modes import Mode
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.cli import app
from nstcam.realtime.cli.running.terminal import Notices, progress_bar
from nstcam.realtime.cli.video import batch
from nstcam.realtime.cli.video.batch import Job, Outcome
from nstcam.realtime.errors import SourceError
from nstcam.realtime.live.restore import naming_saved_camera
from nstcam.realtime.live.session import Session
from nstcam.realtime.style_files.style import read_style
from tests.support.commands import outcome

URL = "rtsp://me:s3/cr#et@127.0.0.1:9/user=a&password=s3cret"
EVIL = "a\x1b]0;b\x07\x9bc\u202ed"
SAFE = r"a\x1b]0;b\x07\x9bc\u202ed"


@pytest.mark.parametrize(
    "words",
    [
        ("video", URL, "out.mp4"),
        ("video", URL, "out.mp4", "--json"),
        ("video", URL, "--output-dir", "out"),
        ("video", "clip.mp4", f"{URL}.mp4"),
        ("image", URL, "out.png"),
        ("join", URL, "out.mp4", "1.nstpart"),
        ("join", "clip.mp4", "out.mp4", URL),
        ("--record", URL, "--no-window"),
        ("--record", f"{URL}.mp4", "--no-window"),
    ],
)
def test_an_address_where_a_file_belongs_is_refused_without_its_password(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = outcome(app.main, ("nstcam", *words), monkeypatch, capsys)
    assert code == 2
    assert "rtsp://127.0.0.1:9/... is an address" in err
    assert not any(secret in out + err for secret in ("s3", "cr#et", "cret"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("camera", ["rtsp://me:s3/cret@[bad/x", "me:s3/cret@host/x", "rtsp:/me:s3/cret@host/x"])
def test_a_camera_that_is_not_there_keeps_its_password(camera: str) -> None:
    told: list[str] = []
    with pytest.raises(SourceError) as error, naming_saved_camera(camera):
        next(iter(open_source(camera, Mode(fps=30), told.append)))
    assert "cret" not in f"{error.value} {told}"


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_a_name_gives_the_terminal_no_orders(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{EVIL}.png").write_bytes(b"no picture")
    for extra in ((), ("--json",)):
        words = ("nstcam", "image", f"{EVIL}.png", "out.png", "--style", "comic", "--device", "cpu", *extra)
        code, out, err = outcome(app.main, words, monkeypatch, capsys)
        assert code == 1
        assert f"nstcam: {SAFE}.png " in err
        assert (out + err).replace("\n", "").isprintable()
    assert json.loads(out)[0]["source"] == f"{EVIL}.png", "a program can open what JSON names"
    assert json.loads(out)[0]["error"].startswith(SAFE)


def test_notices_logs_bars_and_messages(capsys: pytest.CaptureFixture[str], session: Session) -> None:
    notices = Notices()
    notices.add(f"{EVIL} is interlaced")
    notices.tell()
    assert capsys.readouterr().err == f"nstcam: {SAFE} is interlaced\n"
    record = logging.LogRecord("", logging.WARNING, "", 0, "%s at %s", (EVIL, "rtsp://me:s3cret@host/x"), None)
    assert ShownFormatter("nstcam: %(message)s").format(record) == f"nstcam: {SAFE} at rtsp://host/x"
    session.say(f"saved {EVIL}")
    assert session.message == f"saved {SAFE}"
    with progress_bar("[/x] [red].mp4") as update:  # no markup, which would raise an error
        update(1, 2, 3.0)


def test_a_failed_address_is_stored_without_its_password() -> None:
    failed = Outcome(Job(Path("rtsp://me:s3cret@host/x"), Path("out.mp4")), error=f"{URL} not found")
    assert "cret" not in json.dumps(batch.as_json([failed]))


def test_what_a_style_says_of_itself_is_plain_text(tmp_path: Path) -> None:
    texts = {f"nst.{key}": EVIL for key in ("title", "artist", "year", "licence", "network", "precision")}
    style = read_style(write_negative_style(tmp_path / "evil.onnx", texts))
    assert {style.title, style.artist, style.year, style.licence, style.network} == {SAFE}
    assert style.label.isprintable()
