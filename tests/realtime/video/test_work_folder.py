"""The hidden folder in which a video grows: one run at a time is at work in it, and keeps what is another's."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from nstcam.realtime import files
from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.parts import stylize_part
from nstcam.realtime.video.pipeline import Progress, Stopped
from nstcam.realtime.video.work_folder import work_folder
from tests.support.clips import write_clip
from tests.support.killed_run import SETTINGS, Negative


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

    def rmtree(folder: Path, ignore_errors: bool) -> None:
        for file in folder.iterdir():
            if file.name != "lock":  # is open
                file.unlink()

    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(files, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2), raising=False)
    monkeypatch.setattr("shutil.rmtree", rmtree)
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
