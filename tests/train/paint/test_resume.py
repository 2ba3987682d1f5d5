"""nst-paint interrupted: what it keeps, what goes on, what is refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.train.errors import TrainError
from nstcam.train.paint import folder, run
from nstcam.train.picture import read_rgb
from nstcam.train.run_lock import locked
from tests.support.full_disk import at_most_bytes_in_a_file
from tests.support.paint_folder import SHORT, Studio


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Studio:
    return Studio(tmp_path, monkeypatch, capsys)


def test_ctrl_c_keeps_the_best_and_resume_ends_the_same(studio: Studio) -> None:
    whole = studio.paint("content.png", "style.png")
    arguments = ("content.png", "style.png", "-o", "part.png", "--every", "3", "--film", "part.gif", *SHORT)
    studio.interrupt_at(3)
    code, _, error = studio.run(*arguments)
    assert (code, error.splitlines()[-1][:32]) == (130, "stopped after 3 evaluations; the")
    assert {"part.png", "part.gif", ".part.png.paint"} <= studio.names()
    first = read_rgb(studio.folder / "part.png")
    assert studio.run(*arguments)[0] == 1, "exists already"
    code, _, error = studio.run(*arguments, "--seed", "5", "--resume")
    assert (code, error.splitlines()[-1]) == (
        1,
        "nst-paint: part.png was begun with seed 0, not 5; give the same command, or start anew without --resume",
    )
    code, out, error = studio.run(*arguments, "--resume")
    assert code == 0, error
    assert "6 evaluations" in out
    assert np.array_equal(read_rgb(studio.folder / "part.png"), whole)
    assert not np.array_equal(first, whole)
    assert ".part.png.paint" not in studio.names()
    ok, animation = cv2.imreadanimation(str(studio.folder / "part.gif"))
    assert (ok, len(animation.frames)) == (True, 2 + 1), "all six evaluations, every third, and the last"


def test_a_run_is_saved_while_it_goes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a power cut leaves is what --resume needs."""
    monkeypatch.setattr(folder, "SAVE_EVERY", 0.0)

    def fail(*_: object) -> None:
        raise TrainError("no room")

    monkeypatch.setattr(run, "write_picture", fail)
    arguments = ("content.png", "style.png", "-o", "out.png", *SHORT)
    code, _, error = studio.run(*arguments)
    assert (code, error.splitlines()[-1]) == (1, "nst-paint: no room")
    monkeypatch.undo()
    again = Studio(studio.folder, monkeypatch, capsys)
    code, out, error = again.run(*arguments, "--resume")
    assert (code, "6 evaluations" in out) == (0, True), error


def test_a_run_that_was_killed_is_not_thrown_away(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("content.png", "style.png", "-o", "out.png", "--every", "2", *SHORT)
    studio.interrupt_at(2)
    assert studio.run(*arguments)[0] == 130
    (studio.folder / "out.png").unlink()  # a killed one does not come to write it
    code, _, error = studio.run(*arguments)
    assert (code, error) == (
        1,
        "nst-paint: out.png was begun already; add --resume to continue, or --overwrite to start again\n",
    )
    code, out, _ = studio.run(*arguments, "--overwrite")
    assert (code, "6 evaluations" in out) == (0, True)
    assert ".out.png.paint" not in studio.names()


def test_a_second_one_on_the_same_output_is_refused(studio: Studio) -> None:
    folder = studio.folder / ".out.png.paint"
    with locked(folder):
        code, _, error = studio.run("content.png", "style.png", "-o", "out.png", "--overwrite", *SHORT)
        assert folder.is_dir()
    assert (code, error) == (
        1,
        "nst-paint: another process is working in .out.png.paint; wait until it ends, or choose another --output\n",
    )
    assert studio.run("content.png", "style.png", "-o", "out.png", *SHORT)[0] == 0
    assert not folder.exists()


def test_a_full_disk_is_told_and_keeps_the_run_of_before(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("content.png", "style.png", "-o", "out.png", *SHORT)
    monkeypatch.setattr(folder, "SAVE_EVERY", 0.0)
    with at_most_bytes_in_a_file(4000):
        code, _, error = studio.run(*arguments)
    assert (code, studio.names()) == (1, set())
    assert error.splitlines()[-1] == (
        "nst-paint: cannot save the run in .out.png.paint (File too large); free some space"
    )
    studio.interrupt_at(2)
    assert studio.run(*arguments, "--every", "2")[0] == 130
    before = (studio.folder / ".out.png.paint" / "state.pt").read_bytes()
    with at_most_bytes_in_a_file(4000):
        assert studio.run(*arguments, "--resume")[0] == 1
    assert (studio.folder / ".out.png.paint" / "state.pt").read_bytes() == before
    code, out, error = studio.run(*arguments, "--resume")
    assert (code, "6 evaluations" in out) == (0, True), error
