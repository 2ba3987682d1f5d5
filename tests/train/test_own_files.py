"""Tests links, pipes and folders of strangers where nst-train and nst-paint keep their own files."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nstcam.media.own_files import create_anew
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.paint.film import Film
from nstcam.train.paint.folder import PaintFolder
from nstcam.train.run_lock import locked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture
def precious(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file of each name that a run folder has."""
    folder = tmp_path / "precious"
    (folder / "frames").mkdir(parents=True)
    files = [folder / name for name in ("thesis.txt", ".lock", "state.pt", "frames/000001.jpg")]
    for file in files:
        file.write_text("kept")
    yield folder
    assert [file.read_text() for file in files] == ["kept"] * len(files)
    assert len(list(folder.rglob("*"))) == len(files) + 1


def test_the_lock_of_a_run_is_no_link_and_no_pipe(tmp_path: Path, precious: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / ".lock").symlink_to(precious / "new")
    with pytest.raises(TrainError, match=r"\.lock is a symbolic link\); choose another --run"), locked(run):
        pass
    (run / ".lock").unlink()
    os.mkfifo(run / ".lock")
    with pytest.raises(TrainError, match=r"\.lock is not a regular file\); choose another --run"), locked(run):
        pass


@pytest.mark.parametrize("place", [".out.png.paint", ".out.png.paint/frames"])
def test_a_link_in_place_of_a_folder_is_refused(tmp_path: Path, precious: Path, place: str) -> None:
    link = tmp_path / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(precious)
    with (
        pytest.raises(TrainError, match=rf"{place} is a symbolic link; move it away, or choose another --output"),
        PaintFolder(tmp_path / "out.png", {}).held(),
    ):
        pass
    assert link.is_symlink()


def test_a_folder_with_files_of_somebody_else_is_refused(tmp_path: Path, precious: Path) -> None:
    target = tmp_path / "out.png"
    precious.rename(tmp_path / ".out.png.paint")
    with (
        pytest.raises(TrainError, match=r"contains thesis\.txt, which nstcam did not make"),
        PaintFolder(target, {}).held(),
    ):
        pass
    (tmp_path / ".out.png.paint").rename(precious)


def test_what_is_put_there_meanwhile_stays(tmp_path: Path) -> None:
    folder = PaintFolder(tmp_path / "out.png", {})
    with folder.held():
        (folder.path / "thesis.txt").write_text("kept")
    assert [path.name for path in folder.path.iterdir()] == ["thesis.txt"]
    (folder.path / "thesis.txt").unlink()
    with folder.held():
        folder.frames.mkdir()
        (folder.frames / "000001.jpg").touch()
        (folder.frames / ".DS_Store").touch()
        folder.empty()
        assert not folder.frames.exists()
    assert list(tmp_path.iterdir()) == []


def test_files_are_not_written_through_links(tmp_path: Path, precious: Path) -> None:
    (tmp_path / "run.json.part").symlink_to(precious / "thesis.txt")
    (tmp_path / ".film.part.gif").symlink_to(precious / "thesis.txt")
    (tmp_path / "state.pt.part").symlink_to(precious / "thesis.txt")
    (tmp_path / "run.json").symlink_to(precious / "thesis.txt")
    write_whole(tmp_path / "run.json", b"new")
    film = Film(tmp_path / "film.gif", tmp_path / "frames", 32, 32)
    film.add(1, np.zeros((32, 32, 3), np.uint8))
    film.write()
    create_anew(tmp_path / "state.pt.part").close()
    assert (tmp_path / "run.json").read_bytes() == b"new"
    assert not (tmp_path / "run.json").is_symlink()
    assert (tmp_path / "film.gif").stat().st_size > 0
