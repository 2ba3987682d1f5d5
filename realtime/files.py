"""Output files: paths checked before the work, files that appear whole or not at all, and locks."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from nstcam.media.address import as_address
from nstcam.media.own_files import create, create_anew, open_own
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.numbered import numbered

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


_parts: Final[set[Path]] = set()
"""The files of `part_file` that are being written."""


def work_path(target: Path) -> Path:
    """The hidden folder beside `target` in which a video grows; it stays there when the run is interrupted."""
    return target.with_name(f".{target.name}.nstcam")


def is_complete(target: Path) -> bool:
    """Whether `target` exists and no interrupted run was about to replace it."""
    return is_there(target) and not has_work_folder(target)


def is_there(target: Path) -> bool:
    """Whether `target` exists; of numbered pictures, whether any of them does."""
    names = numbered(target)
    return target.exists() if names is None else bool(names.there())


def check_paths(source: Path, target: Path, suffixes: Collection[str], *, overwrite: bool) -> None:
    """Refuses, before any work, every pair of paths that cannot succeed.

    Args:
        suffixes: those that `target` may have, in lower case.
        overwrite: whether `target` may exist.

    Raises:
        SourceError: `source` is missing, is not a regular file, or cannot be read.
        SinkError: `target` has another suffix, lies in a missing folder, exists without `overwrite`, is the source
            itself, or has a name that the system refuses.
    """
    check_suffix(target, suffixes)
    check_source(source)
    check_target(source, target, overwrite=overwrite)


def check_source(source: Path) -> None:
    """Raises SourceError if `source` is missing, is not a regular file, or the system does not let us look."""
    try:
        _check_source(source)
    except OSError as error:
        raise SourceError(f"{source} cannot be read ({error.strerror}); check the path and its permissions") from error


def check_target(source: Path | None, target: Path, *, overwrite: bool) -> None:
    """Raises SinkError as `check_paths` does for all but the suffix; without a source, that cannot be overwritten."""
    try:
        _check_target(source, target, overwrite)
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); choose another folder or a shorter name") from error


def check_suffix(target: Path, suffixes: Collection[str]) -> None:
    """Raises SinkError unless the name of `target` ends in one of `suffixes`, which are in lower case."""
    if target.suffix.lower() not in suffixes:
        if is_folder(target):
            raise _target_is_folder(target)
        one_of = "one of " if len(suffixes) > 1 else ""
        raise SinkError(f"cannot write {target}: its name must end in {one_of}{', '.join(suffixes)}")


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder. False if the system does not let us look; opening it then reports the reason."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _target_is_folder(target: Path) -> SinkError:
    return SinkError(f"cannot write {target}: it is a folder; give the name of a file in it")


def _check_source(source: Path) -> None:
    mode = _mode(source)
    if mode is None:
        if address := as_address(source):
            raise SourceError(f"{address}; download it first, or play it live with nstcam --camera")
        raise SourceError(f"{source} not found; check the path")
    if stat.S_ISDIR(mode):
        raise SourceError(f"{source} is a folder; add --output-dir FOLDER to convert all files in it")
    if not stat.S_ISREG(mode):
        raise SourceError(f"{source} is not a regular file; give the path of a file")


def _check_target(source: Path | None, target: Path, overwrite: bool) -> None:
    if not target.parent.is_dir():
        if address := as_address(target):
            raise SinkError(f"{address}; give the name of a file to write")
        raise SinkError(f"cannot write {target}: there is no folder {target.parent}; create it first")
    mode = _mode(target)
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        raise _target_is_folder(target)
    if source is not None and source.exists() and target.samefile(source):
        raise SinkError(f"cannot write {target}: it is the source itself; choose another name")
    if not overwrite:
        raise exists_already(target)


def exists_already(target: Path) -> SinkError:
    if has_work_folder(target):
        return SinkError(
            f"{target} exists already, and a run that replaces it was interrupted; "
            "add --resume --overwrite to continue that run, or --overwrite to start again"
        )
    return SinkError(f"{target} exists already; choose another name or add --overwrite")


def _mode(path: Path) -> int | None:
    """The mode bits, or None if nothing is there.

    Raises:
        OSError: the system does not let us look, which Path.exists cannot tell from a missing file.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def has_work_folder(target: Path) -> bool:
    """Whether an earlier run has left what it had done."""
    try:
        return os.path.lexists(work_path(target))
    except OSError:  # the folder's name would be too long
        return False


@contextmanager
def part_file(target: Path, folder: Path | None = None) -> Iterator[Path]:
    """A new empty file with the suffix of `target` to write to within the block; then it is renamed to `target`.

    If the block raises, the file is removed and `target` stays as it was.

    Args:
        folder: where the file is made; it must be on the file system of `target`. None: beside `target`.

    Raises:
        SinkError: the folder cannot be written to, or the target cannot be replaced.
    """
    # The stem is cut, because systems take names of some 255 bytes. The name cannot be guessed: two containers that
    # share a folder may have the same process number.
    beside = target.parent / f".{target.stem[:40]}.{token_hex(8)}.part{target.suffix}"
    part = folder / f"whole{target.suffix}" if folder else beside
    _parts.add(part)
    try:
        (create_anew(part) if folder else create(part)).close()
    except OSError as error:
        _parts.discard(part)
        raise SinkError(f"cannot write in {target.parent} ({error.strerror}); choose another folder") from error
    try:
        yield part
        try:
            part.replace(target)
        except OSError as error:
            raise SinkError(
                f"cannot replace {target} ({error.strerror}); close the program that has it open"
            ) from error
    finally:
        part.unlink(missing_ok=True)
        _parts.discard(part)


def discard_parts() -> None:
    """Removes the files of every `part_file` in this process, for a program that ends without leaving its blocks."""
    for part in tuple(_parts):
        with suppress(OSError):
            part.unlink()


def lock_file(path: Path) -> ExitStack:
    """Locks a file, made if missing, for this process until the returned stack is closed; its content is untouched.

    The lock belongs to the open file, so a process that is killed leaves none behind. A symbolic link is refused on
    POSIX: whoever can write to the folder could have the lock, and what follows, land on any file. On Windows no other
    handle can write to the file or remove it meanwhile.

    Raises:
        BlockingIOError: another process holds the lock.
        NotOursError: it is a symbolic link, a FIFO, or anything else but a regular file.
        OSError: the file cannot be opened or made.
    """
    with ExitStack() as closing:
        opened = open_own(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        file = closing.enter_context(os.fdopen(opened, "ab"))
        if sys.platform == "win32":
            file.seek(0)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except PermissionError as error:
                raise BlockingIOError from error
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The previous owner may have removed the file between our opening it and locking it.
            if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.lstat()):
                raise BlockingIOError
        return closing.pop_all()
