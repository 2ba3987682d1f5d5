"""Files and folders that nstcam makes for itself beside a user's: it follows no link and removes nothing of others.

Whoever can write to a folder can put a link, a FIFO or a folder where nstcam will make its own, whose names are known.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

_SAFELY: Final = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
"""Refuses a link, and does not wait for the other end of a FIFO. Windows lacks all but the last."""
_JUNCTION: Final = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT: Windows's link to a folder, which anybody may make."""
_LITTER: Final = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|\.nfs.*")
"""Files that file managers and network drives leave in any folder."""


class NotOursError(OSError):
    """Something else is where nstcam keeps a file or folder of its own. `str` and `strerror` are its text."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EPERM, f"{path} {what}")

    def __str__(self) -> str:
        return self.strerror or ""


def create(path: Path) -> BinaryIO:
    """Opens a new file for writing.

    Raises:
        FileExistsError: anything has that name, even a link that leads nowhere.
        OSError: the file cannot be made.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o666), "wb")


def create_anew(path: Path) -> BinaryIO:
    """Opens a new file for writing in place of one that has the name; of a link, only the link itself is removed.

    Writing over a file would change all files that share its contents (hard links).

    Raises:
        OSError: the file cannot be made.
    """
    path.unlink(missing_ok=True)
    return create(path)


def open_own(path: Path, flags: int = os.O_RDONLY) -> int:
    """Opens a regular file and returns its descriptor.

    Args:
        flags: as for os.open.

    Raises:
        NotOursError: it is a link, a FIFO, or anything else but a regular file.
        OSError: it cannot be opened.
    """
    try:
        opened = os.open(path, flags | _SAFELY, 0o666)
    except OSError as error:
        if path.is_symlink():
            raise NotOursError(path, "is a symbolic link") from error
        if error.errno == errno.ENXIO:  # a socket, or a FIFO that nobody reads
            raise NotOursError(path, "is not a regular file") from error
        raise
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise NotOursError(path, "is not a regular file")
    return opened


def open_file(path: Path) -> BinaryIO:
    """Opens a regular file, or one that a link leads to, for reading.

    Raises:
        NotOursError: it is a FIFO, a folder, or anything else but a regular file.
        OSError: it cannot be opened.
    """
    return os.fdopen(open_own(Path(os.path.realpath(path))), "rb")


def read_at_most(path: Path, most: int) -> bytes:
    """The contents of a regular file, or of one that a link leads to.

    Args:
        most: bytes that the file may have.

    Raises:
        ValueError: the file is larger.
        OSError: it cannot be read, or is not a regular file.
    """
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is larger than {most} bytes")
    return data


def own_folder(path: Path, known: re.Pattern[str], folders: Collection[str] = ()) -> None:
    """Makes a folder, or checks that the one that is there can be ours.

    Args:
        known: matches the names of all files that nstcam makes in it.
        folders: the names of the folders that it makes in it; their contents are not checked.

    Raises:
        NotOursError: it is a link or a file, belongs to another user, or holds anything but regular files and folders
            of those names.
        OSError: it cannot be made or read.
    """
    try:
        path.mkdir()
        return
    except FileExistsError:
        found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION:
        raise NotOursError(path, "is a symbolic link")
    if not stat.S_ISDIR(found.st_mode):
        raise NotOursError(path, "is not a folder")
    if sys.platform != "win32" and found.st_uid not in _our_users(path.parent):
        raise NotOursError(path, "belongs to another user")
    for entry in _entries(path):
        if entry.name in folders or _LITTER.fullmatch(entry.name):
            continue
        if not known.fullmatch(entry.name):
            raise NotOursError(path, f"contains {entry.name}, which nstcam did not make")
        if not entry.is_file(follow_symlinks=False):
            raise NotOursError(Path(entry.path), "is not a regular file")


def is_ours(folder: Path) -> bool:
    """Whether a folder, or the one that a link leads to, belongs to us; on Windows always.

    Raises:
        OSError: it is not there, or nothing can be written to it.
    """
    return sys.platform == "win32" or folder.stat().st_uid in _our_users(folder)


def remove_known(folder: Path, known: re.Pattern[str], *, keep: str = "") -> None:
    """Removes the files of our own from a folder; links are removed, not what they lead to.

    Args:
        known: as in `own_folder`.
        keep: the name of a file to leave alone.

    Raises:
        OSError: a file cannot be removed.
    """
    for entry in _entries(folder):
        if known.fullmatch(entry.name) and entry.name != keep:
            Path(entry.path).unlink(missing_ok=True)


def remove_own_folder(folder: Path, known: re.Pattern[str]) -> None:
    """Removes a folder with the files of our own; where anything else is in it, that and the folder stay."""
    with suppress(OSError):
        if folder.is_symlink():
            return
        for entry in _entries(folder):
            if known.fullmatch(entry.name) or _LITTER.fullmatch(entry.name):
                with suppress(OSError):  # on Windows a file that is open, like the lock
                    Path(entry.path).unlink()
        folder.rmdir()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _our_users(folder: Path) -> set[int]:
    """Who owns the files that we make in a folder: on some network drives that is not the user we run as."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return {os.geteuid() if sys.platform != "win32" else 0, os.fstat(file.fileno()).st_uid}
