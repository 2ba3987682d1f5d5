"""Files and folders that nst-train and nst-paint make for themselves: no link is followed, no stranger's file removed.

The counterpart of nstcam.realtime.own_files: the two packages do not import each other.
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
    """Something else is where a file or folder of our own belongs. `str` and `strerror` are its text."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(errno.EPERM, f"{path} {what}")

    def __str__(self) -> str:
        return self.strerror or ""


def create_anew(path: Path) -> BinaryIO:
    """Opens a new file for writing in place of one that has the name; of a link, only the link itself is removed.

    Raises:
        OSError: the file cannot be made.
    """
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o666), "wb")


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


def read_at_most(path: Path, most: int) -> bytes:
    """The contents of a regular file, or of one that a link leads to.

    Args:
        most: bytes that the file may have.

    Raises:
        ValueError: the file is larger.
        OSError: it cannot be read, or is not a regular file.
    """
    with os.fdopen(open_own(Path(os.path.realpath(path))), "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is larger than {most} bytes")
    return data


def own_folder(path: Path, known: re.Pattern[str], folders: Collection[str] = ()) -> None:
    """Makes a folder, or checks that the one that is there can be ours.

    Args:
        known: matches the names of all files that we make in it.
        folders: names of folders that we make in it.

    Raises:
        NotOursError: it is a link or a file, belongs to another user, or holds anything but files and folders of those
            names.
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
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name in folders or _LITTER.fullmatch(entry.name):
                continue
            if not known.fullmatch(entry.name):
                raise NotOursError(path, f"contains {entry.name}, which is not of nst-paint")
            if not entry.is_file(follow_symlinks=False):
                raise NotOursError(Path(entry.path), "is not a regular file")


def remove_own_folder(folder: Path, known: re.Pattern[str]) -> None:
    """Removes a folder with the files of our own; where anything else is in it, that and the folder stay."""
    with suppress(OSError):
        if folder.is_symlink():
            return
        with os.scandir(folder) as entries:
            ours = [Path(e.path) for e in entries if known.fullmatch(e.name) or _LITTER.fullmatch(e.name)]
        for file in ours:
            with suppress(OSError):  # on Windows a file that is open, like the lock
                file.unlink()
        folder.rmdir()


def _our_users(folder: Path) -> set[int]:
    """Who owns the files that we make in a folder: on some network drives that is not the user we run as."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return {os.geteuid() if sys.platform != "win32" else 0, os.fstat(file.fileno()).st_uid}
