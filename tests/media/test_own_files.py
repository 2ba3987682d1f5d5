import os
import re
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nstcam.media.own_files import (
    NotOursError,
    create,
    create_anew,
    is_ours,
    open_own,
    own_folder,
    read_at_most,
    remove_known,
    remove_own_folder,
)
from nstcam.realtime.files import lock_file, part_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    with create(tmp_path / "new") as file:
        file.write(b"text")
    (tmp_path / "usual").write_bytes(b"text")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)
    with pytest.raises(FileExistsError):
        create(tmp_path / "new")
    with create_anew(tmp_path / "new") as file:
        file.write(b"2")
    assert (tmp_path / "new").read_bytes() == b"2"


@posix
def test_no_file_is_made_or_changed_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        create(link)
    with pytest.raises(NotOursError, match="link is a symbolic link"):
        open_own(link, os.O_WRONLY | os.O_CREAT)
    create_anew(link).close()
    assert link.is_file()
    assert not link.is_symlink()
    assert not (tmp_path / "elsewhere").exists()


@posix
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        for read in (lock_file, open_own, lambda path: open_own(path, os.O_WRONLY), lambda path: read_at_most(path, 9)):
            with pytest.raises(NotOursError, match=f"{path} is not a regular file"):
                read(path)


@posix
def test_a_file_is_read_through_a_link_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "circle").symlink_to("circle")
    assert read_at_most(tmp_path / "link", 5) == b"12345"
    with pytest.raises(ValueError, match="larger than 4 bytes"):
        read_at_most(tmp_path / "link", 4)
    with pytest.raises(OSError, match="circle"):
        read_at_most(tmp_path / "circle", 4)


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotOursError, match="is not a folder"):
        own_folder(tmp_path / "file", re.compile("x"))


@posix
def test_a_folder_of_our_own_has_known_files_and_litter_only(tmp_path: Path) -> None:
    folder, known = tmp_path / "own", re.compile(r"[ab]\d")
    own_folder(folder, known)
    for name in ("a1", "b2", ".DS_Store", "._a1", ".nfs0001"):
        (folder / name).touch()
    (folder / "sub").mkdir()
    own_folder(folder, known, ["sub"])
    for name, folders in (("sub", ()), ("a1x", ["sub"])):
        (folder / name).touch()
        with pytest.raises(NotOursError, match=f"contains {name}, which nstcam did not make"):
            own_folder(folder, known, folders)
    (folder / "a1x").unlink()
    (folder / "a2").symlink_to("a1")
    with pytest.raises(NotOursError, match="a2 is not a regular file"):
        own_folder(folder, known, ["sub"])
    remove_known(folder, known, keep="b2")
    assert {path.name for path in folder.iterdir()} == {"b2", "sub", ".DS_Store", "._a1", ".nfs0001"}
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(NotOursError, match="link is a symbolic link"):
        own_folder(tmp_path / "link", known, ["sub"])
    remove_own_folder(tmp_path / "link", known)
    assert (folder / "b2").exists()
    remove_own_folder(folder, known)
    assert [path.name for path in folder.iterdir()] == ["sub"], "it is not ours"
    (folder / "sub").rmdir()
    (folder / "a3").touch()
    remove_own_folder(folder, known)
    assert not folder.exists()


@posix
def test_a_folder_of_another_user_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_ours(tmp_path)
    theirs = SimpleNamespace(st_uid=tmp_path.stat().st_uid + 1, st_mode=tmp_path.stat().st_mode)
    for name in ("stat", "lstat"):
        monkeypatch.setattr(Path, name, lambda _: theirs)
    assert not is_ours(tmp_path)
    with pytest.raises(NotOursError, match="belongs to another user"):
        own_folder(tmp_path, re.compile("x"))


@posix
def test_a_part_file_cannot_be_foreseen(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / f".out.{os.getpid()}.part.mp4").symlink_to(precious)
    with part_file(tmp_path / "out.mp4") as part:
        part.write_text("new")
        with part_file(tmp_path / "out.mp4") as other:
            assert part != other
    assert precious.read_text() == "kept"
    assert (tmp_path / "out.mp4").read_text() == "new"
