"""Tests the hidden folder in which a video grows: one run at a time uses it and leaves files of others alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.tools.stand_in import Negative
from nstcam.realtime import files
from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.parts import stylize_part
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.work_folder import work_folder
from tests.support.killed_run import SETTINGS
from tests.support.media.clips import write_clip


@pytest.mark.parametrize(("resume", "overwrite"), [(False, False), (True, False), (False, True)])
def test_two_runs_do_not_write_the_same_video(tmp_path: Path, resume: bool, overwrite: bool) -> None:
    clip, target, refusals = write_clip(tmp_path / "clip.mp4", frames=20), tmp_path / "out.mp4", []

    def second(done: Progress) -> None:
        if done.frames in (1, 10):  # before there is a segment, and behind the first one
            with pytest.raises(SinkError, match=r"another nstcam is already writing .*out\.mp4; wait") as refused:
                stylize_video(clip, target, Negative(), SETTINGS, resume=resume, overwrite=overwrite)
            refusals.append(refused)

    assert stylize_video(clip, target, Negative(), SETTINGS, progress=second).frames == 20
    assert len(refusals) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "out.mp4"}


def test_two_runs_do_not_write_the_same_video_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl", reason="stands in for msvcrt")
    target, work = tmp_path / "out.mp4", tmp_path / ".out.mp4.nstcam"

    def locking(file: int, mode: int, _: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PermissionError(13, "Permission denied") from error

    remove = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name == "lock":
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while it is open elsewhere
        remove(path, missing_ok)

    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(files, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2), raising=False)
    monkeypatch.setattr(Path, "unlink", unlink)
    for _ in range(2):
        with work_folder(target, resume=False, overwrite=False):
            (work / "journal.json").touch()
            with pytest.raises(SinkError, match="another nstcam"), work_folder(target, resume=True, overwrite=False):
                pass
            assert (work / "journal.json").exists()
        assert not work.exists()


def test_the_frames_of_another_part_are_not_thrown_away(tmp_path: Path) -> None:
    clip, other = write_clip(tmp_path / "clip.mp4", frames=40), write_clip(tmp_path / "other.mp4", frames=41)
    target, stylizer = tmp_path / "out.nstpart", Negative()
    with pytest.raises(Stopped):
        stylize_part(clip, target, stylizer, SETTINGS, part=1, parts=2, stop=lambda: stylizer.calls >= 14)
    folder = tmp_path / ".out.nstpart.nstcam"
    kept = sorted(folder.glob("*.npz"))
    assert kept
    for source, part, why in ((clip, 2, "used part 1/2, not 2/2"), (other, 2, "used another source file")):
        with pytest.raises(SinkError, match=why):
            stylize_part(source, target, Negative(), SETTINGS, part=part, parts=2, resume=True)
        with pytest.raises(SinkError, match="was interrupted; add --resume"):
            stylize_part(source, target, Negative(), SETTINGS, part=part, parts=2)
    assert sorted(folder.glob("*.npz")) == kept
    again = Negative()
    stylize_part(clip, target, again, SETTINGS, part=1, parts=2, resume=True)
    assert again.calls < 21, "the part has so many frames, and the first segment was kept"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    clip, docs = write_clip(tmp_path / "clip.mp4", frames=2), tmp_path / "docs"
    docs.mkdir()
    names = ["thesis.txt", "journal.json", "000000.npz", "lock"]
    for name in names:
        (docs / name).write_text("precious")
    (tmp_path / ".out.mp4.nstcam").symlink_to(docs)
    for resume, overwrite in ((False, False), (True, False), (False, True), (True, True)):
        with pytest.raises(SinkError, match=r"cannot write .*\.out\.mp4\.nstcam is a symbolic link; move it away"):
            stylize_video(clip, tmp_path / "out.mp4", Negative(), SETTINGS, resume=resume, overwrite=overwrite)
    assert {path.name: path.read_text() for path in docs.iterdir()} == dict.fromkeys(names, "precious")
    assert not (tmp_path / "out.mp4").exists()


def test_a_folder_with_files_of_somebody_else_is_refused(tmp_path: Path) -> None:
    clip, folder = write_clip(tmp_path / "clip.mp4", frames=2), tmp_path / ".out.mp4.nstcam"
    (folder / "letters").mkdir(parents=True)
    (folder / "letters" / "one.txt").write_text("precious")
    with pytest.raises(SinkError, match=r"contains letters, which nstcam did not make; move it away"):
        stylize_video(clip, tmp_path / "out.mp4", Negative(), SETTINGS, overwrite=True)
    assert [path.name for path in folder.iterdir()] == ["letters"]
    assert (folder / "letters" / "one.txt").read_text() == "precious"


def test_what_is_put_there_meanwhile_stays(tmp_path: Path) -> None:
    folder = tmp_path / ".out.mp4.nstcam"
    with work_folder(tmp_path / "out.mp4", resume=False, overwrite=False):
        (folder / "journal.json").touch()
        (folder / ".DS_Store").touch()
        (folder / "thesis.txt").write_text("precious")
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]
    (folder / "thesis.txt").unlink()
    with work_folder(tmp_path / "out.mp4", resume=False, overwrite=False):
        (folder / ".DS_Store").touch()
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("name", ["lock", "journal.json", "journal.unfinished", "000000.unfinished", "whole.mp4"])
def test_links_and_pipes_in_the_folder_are_not_opened(tmp_path: Path, name: str) -> None:
    clip, folder = write_clip(tmp_path / "clip.mp4", frames=2), tmp_path / ".out.mp4.nstcam"
    folder.mkdir()
    precious = tmp_path / "precious"
    precious.write_text("kept")
    for plant in ((folder / name).symlink_to, lambda _: os.mkfifo(folder / name)):
        plant(precious)
        with pytest.raises(SinkError, match=rf"cannot write .*{name} is not a regular file; move it away"):
            stylize_video(clip, tmp_path / "out.mp4", Negative(), SETTINGS, overwrite=True)
        (folder / name).unlink()
    os.link(precious, folder / name)  # a file of two names: the other one keeps its contents
    stylize_video(clip, tmp_path / "out.mp4", Negative(), SETTINGS, overwrite=True)
    assert precious.read_text() == "kept"
    assert not folder.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ".out.mp4.nstcam"
    folder.mkdir()
    os.chown(folder, 12345, -1)
    with (
        pytest.raises(SinkError, match="belongs to another user; move it away"),
        work_folder(tmp_path / "out.mp4", resume=False, overwrite=False),
    ):
        pass
    assert list(folder.iterdir()) == []
