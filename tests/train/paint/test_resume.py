"""Tests interrupting nst-paint: what is saved, what is continued, what is refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.train.errors import TrainError
from nstcam.train.paint import folder, run
from nstcam.train.picture import read_rgb
from nstcam.train.run_lock import locked
from tests.support.full_disk import at_most_bytes_in_a_file
from tests.support.training.paint_folder import SHORT, PaintFolder


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> PaintFolder:
    return PaintFolder(tmp_path, monkeypatch, capsys)


def test_ctrl_c_keeps_the_best_and_resume_ends_the_same(command: PaintFolder) -> None:
    whole = command.paint("content.png", "style.png")
    arguments = ("content.png", "style.png", "-o", "part.png", "--every", "3", "--film", "part.gif", *SHORT)
    command.interrupt_at(3)
    code, _, error = command.run(*arguments)
    assert (code, error.splitlines()[-1][:32]) == (130, "stopped after 3 evaluations; the")
    assert {"part.png", "part.gif", ".part.png.paint"} <= command.names()
    first = read_rgb(command.folder / "part.png")
    assert command.run(*arguments)[0] == 1, "exists already"
    code, _, error = command.run(*arguments, "--seed", "5", "--resume")
    assert (code, error.splitlines()[-1]) == (
        1,
        "nst-paint: part.png was started with seed 0, not 5; give the same command, or start again without --resume",
    )
    code, out, error = command.run(*arguments, "--resume")
    assert code == 0, error
    assert "6 evaluations" in out
    assert np.array_equal(read_rgb(command.folder / "part.png"), whole)
    assert not np.array_equal(first, whole)
    assert ".part.png.paint" not in command.names()
    ok, animation = cv2.imreadanimation(str(command.folder / "part.gif"))
    assert (ok, len(animation.frames)) == (True, 2 + 1), "all six evaluations, every third, and the last"


def test_a_run_is_saved_while_it_goes(
    command: PaintFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a power cut leaves is what --resume needs."""
    monkeypatch.setattr(folder, "SAVE_EVERY", 0.0)

    def fail(*_: object) -> None:
        raise TrainError("no room")

    monkeypatch.setattr(run, "write_picture", fail)
    arguments = ("content.png", "style.png", "-o", "out.png", *SHORT)
    code, _, error = command.run(*arguments)
    assert (code, error.splitlines()[-1]) == (1, "nst-paint: no room")
    monkeypatch.undo()
    again = PaintFolder(command.folder, monkeypatch, capsys)
    code, out, error = again.run(*arguments, "--resume")
    assert (code, "6 evaluations" in out) == (0, True), error


def test_a_run_that_was_killed_is_not_thrown_away(command: PaintFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("content.png", "style.png", "-o", "out.png", "--every", "2", *SHORT)
    command.interrupt_at(2)
    assert command.run(*arguments)[0] == 130
    (command.folder / "out.png").unlink()  # a killed one does not come to write it
    code, _, error = command.run(*arguments)
    assert (code, error) == (
        1,
        "nst-paint: out.png was started already; add --resume to continue, or --overwrite to start again\n",
    )
    code, out, _ = command.run(*arguments, "--overwrite")
    assert (code, "6 evaluations" in out) == (0, True)
    assert ".out.png.paint" not in command.names()


def test_a_second_one_on_the_same_output_is_refused(command: PaintFolder) -> None:
    folder = command.folder / ".out.png.paint"
    with locked(folder):
        code, _, error = command.run("content.png", "style.png", "-o", "out.png", "--overwrite", *SHORT)
        assert folder.is_dir()
    assert (code, error) == (
        1,
        "nst-paint: another process is working in .out.png.paint; wait until it ends, or choose another --output\n",
    )
    assert command.run("content.png", "style.png", "-o", "out.png", *SHORT)[0] == 0
    assert not folder.exists()


def test_a_full_disk_is_told_and_keeps_the_run_of_before(command: PaintFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("content.png", "style.png", "-o", "out.png", *SHORT)
    monkeypatch.setattr(folder, "SAVE_EVERY", 0.0)
    with at_most_bytes_in_a_file(4000):
        code, _, error = command.run(*arguments)
    assert (code, command.names()) == (1, set())
    assert error.splitlines()[-1] == (
        "nst-paint: cannot save the run in .out.png.paint (File too large); free some space"
    )
    command.interrupt_at(2)
    assert command.run(*arguments, "--every", "2")[0] == 130
    before = (command.folder / ".out.png.paint" / "state.pt").read_bytes()
    with at_most_bytes_in_a_file(4000):
        assert command.run(*arguments, "--resume")[0] == 1
    assert (command.folder / ".out.png.paint" / "state.pt").read_bytes() == before
    code, out, error = command.run(*arguments, "--resume")
    assert (code, "6 evaluations" in out) == (0, True), error
