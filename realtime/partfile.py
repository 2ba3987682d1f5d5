"""Files appear whole or not at all: written beside the target under another name, then renamed."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from nstcam.realtime.errors import SinkError, SourceError


def work_path(target: Path) -> Path:
    """The hidden folder in which a video grows, and stays when its run is interrupted."""
    return target.with_name(f".{target.name}.nstcam")


def is_complete(target: Path) -> bool:
    """It is there, and no interrupted run was to replace it."""
    return target.exists() and not _was_begun(target)


def check_paths(source: Path, target: Path, suffixes: Collection[str], *, overwrite: bool) -> None:
    """Everything about the two paths that can be refused before any work.

    Raises:
        SourceError: no such source file, or it is where nobody may look.
        SinkError: a target of unknown suffix, in no folder, there already, or the source itself, or of a name that the
            system does not take.
    """
    if target.suffix.lower() not in suffixes:
        if is_folder(target):
            raise _folder(target)
        one_of = "one of " if len(suffixes) > 1 else ""
        raise SinkError(f"cannot write {target}: its name must end in {one_of}{', '.join(suffixes)}")
    try:
        _check_source(source)
    except OSError as error:
        raise SourceError(f"{source} cannot be read ({error.strerror}); check the path and its permissions") from error
    try:
        _check_target(source, target, overwrite)
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); choose another folder or a shorter name") from error


def is_folder(path: Path) -> bool:
    """False where nobody may look: whoever opens it then says so."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _folder(target: Path) -> SinkError:
    return SinkError(f"cannot write {target}: it is a folder; give the name of a file in it")


def _check_source(source: Path) -> None:
    mode = _mode(source)
    if mode is None:
        raise SourceError(f"{source} not found; check the path")
    if stat.S_ISDIR(mode):
        raise SourceError(f"{source} is a folder; with --output-dir FOLDER all its files are done")
    if not stat.S_ISREG(mode):
        raise SourceError(f"{source} is not a file; give one file")


def _check_target(source: Path, target: Path, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise SinkError(f"cannot write {target}: there is no folder {target.parent}; create it first")
    mode = _mode(target)
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        raise _folder(target)
    if target.samefile(source):
        raise SinkError(f"cannot write {target}: it is the source itself; choose another name")
    if not overwrite and _was_begun(target):
        raise SinkError(
            f"{target} exists already, and a run that replaces it is not finished; "
            "add --resume --overwrite to go on with it, or --overwrite to start again"
        )
    if not overwrite:
        raise SinkError(f"{target} exists already; choose another name or add --overwrite")


def _mode(path: Path) -> int | None:
    """None: nothing is there. Raises OSError where Path.exists says the same of what may not be looked at."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _was_begun(target: Path) -> bool:
    try:
        return work_path(target).exists()
    except OSError:  # the name is too long for such a folder
        return False


@contextmanager
def part_file(target: Path, folder: Path | None = None) -> Iterator[Path]:
    """A new empty file beside `target`, or in a `folder` beside it, with its suffix, to write to within the block.

    It replaces `target` when the block ends well, and is removed when the block raises.

    Raises:
        SinkError: the folder cannot be written to, or the target cannot be replaced.
    """
    # Not longer for a long name: systems take some 255 bytes.
    beside = target.parent / f".{target.stem[:40]}.{os.getpid()}.part{target.suffix}"
    part = folder / f"whole{target.suffix}" if folder else beside
    try:
        part.touch()
    except OSError as error:
        raise SinkError(f"cannot write in {target.parent} ({error.strerror}); choose another folder") from error
    try:
        yield part
        try:
            part.replace(target)
        except OSError as error:
            raise SinkError(f"cannot replace {target} ({error.strerror}); close what has it open") from error
    finally:
        part.unlink(missing_ok=True)
