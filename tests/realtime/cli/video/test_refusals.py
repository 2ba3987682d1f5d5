"""Tests what the system refuses (folders without access, unreadable files, odd names): one line for each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli import app
from nstcam.realtime.cli.video import batch
from nstcam.realtime.cli.video.batch import Job
from nstcam.realtime.errors import SinkError
from nstcam.realtime.picture.convert import stylize_image
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.parts import join_parts, stylize_part
from tests.support.fakes.live import CopyStylizer
from tests.support.killed_run import SETTINGS
from tests.support.media.clips import look, quadrants, write_clip

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="names of 255 bytes, and of any bytes")


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that may not be entered, also for root, whom the system refuses nothing."""
    folder, stat = tmp_path / "closed", Path.stat

    def refusing(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if folder in self.parents:
            raise PermissionError(13, "Permission denied", str(self))
        return stat(self, follow_symlinks=follow_symlinks)

    folder.mkdir()
    monkeypatch.setattr(Path, "stat", refusing)
    return folder


def test_a_closed_folder_does_not_stop_the_others(tmp_path: Path, closed: Path) -> None:
    clip = write_clip(tmp_path / "b.mp4", frames=2)
    jobs = batch.plan([closed / "a.mp4", clip], tmp_path / "out", (".mp4",)).jobs
    outcomes = batch.run(jobs, lambda job: stylize_video(job.source, job.target, CopyStylizer()))
    assert [outcome.error for outcome in outcomes] == [
        f"{closed / 'a.mp4'} cannot be read (Permission denied); check the path and its permissions",
        None,
    ]
    with pytest.raises(SinkError, match=r"cannot write .*closed/b.mp4 \(Permission denied\); choose another folder"):
        stylize_video(clip, closed / "b.mp4", CopyStylizer())


def test_what_nobody_foresaw_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error", "tape.mp4")

    line = "system error at tape.mp4: Input/output error; check the path, its permissions and the free space"
    assert batch.run([Job(tmp_path / "a", tmp_path / "b")], refused)[0].error == line
    monkeypatch.setattr(app, "app", refused)
    with pytest.raises(SystemExit, match="1"):
        app.main()
    assert capsys.readouterr().err == f"nstcam: {line}\n"


def test_one_unreadable_file_does_not_refuse_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = write_clip(tmp_path / "a.mp4", frames=2)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    said = CliRunner().invoke(app.app, ["video", str(clip)]).output
    assert "give IN OUT" in said
    assert "not readable" not in said


@LINUX
def test_names_as_long_as_the_system_takes(tmp_path: Path) -> None:
    clip, stylizer = write_clip(tmp_path / "clip.mp4", frames=20), CopyStylizer()
    cv2.imwrite(str(tmp_path / "photo.png"), quadrants())
    longest = tmp_path / ("n" * 243 + ".mp4")  # beside it there is a folder of 8 bytes more
    stylize_video(clip, longest, stylizer)
    assert len(look(longest).times) == 20
    longest.unlink()
    parts = [tmp_path / ("n" * 238 + f"{part}.nstpart") for part in (1, 2)]
    for number, part in enumerate(parts, 1):
        stylize_part(clip, part, stylizer, SETTINGS, part=number, parts=2)
    join_parts(clip, tmp_path / ("n" * 251 + ".mp4"), parts)
    stylize_image(tmp_path / "photo.png", tmp_path / ("ü" * 125 + ".png"), stylizer)
    before, painted = set(tmp_path.iterdir()), len(stylizer.sizes_wh)
    for length in (244, 251, 252):
        with pytest.raises(SinkError, match=r"cannot .*mmm\.mp4 \(File name too long\); choose .* a shorter name"):
            stylize_video(clip, tmp_path / ("m" * length + ".mp4"), stylizer)
    assert (set(tmp_path.iterdir()), len(stylizer.sizes_wh)) == (before, painted)


@LINUX
def test_names_that_are_no_text_are_printed(tmp_path: Path) -> None:
    write_negative_style(tmp_path / "styles" / "negative.onnx")
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "photo.png"), quadrants())
    for name in (b"Fran\xe7ois.png", b"Zo\xeb.png"):
        (tmp_path / "in" / os.fsdecode(name)).write_bytes((tmp_path / "photo.png").read_bytes())
    environment = {
        **os.environ, "NSTCAM_STYLES": str(tmp_path / "styles"), "PYTHONIOENCODING": "utf-8:strict",
    }  # fmt: skip
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "image", "in", "-o", "out", "--style", "negative"]
    done = subprocess.run(
        [*command, "--device", "cpu"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(list((tmp_path / "out").iterdir()))) == (0, 2), done.stderr
    assert r"out/Fran\udce7ois.png: negative" in done.stdout
