"""The work folder: a video grows in it segment by segment, and an interrupted run resumes from it."""

from __future__ import annotations

import hashlib
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from nstcam.media.own_files import NotOursError, create_anew, own_folder, remove_known, remove_own_folder
from nstcam.media.shown import counted
from nstcam.realtime.errors import SinkError
from nstcam.realtime.files import is_there, lock_file, work_path
from nstcam.realtime.video.encoding.encoders import Encoding
from nstcam.realtime.video.encoding.segments import frame_count, segment_name
from nstcam.realtime.video.journal import Values, journal_text

_SAMPLE_BYTES: Final = 1 << 20
_LOCK: Final = "lock"
_KNOWN: Final = re.compile(
    r"lock|(journal|parts)\.(json|unfinished)|\d{6,}\.(npz|unfinished|picture|nstpart)|whole\.\w+"
)
"""The names of all files in a work folder."""

_log = logging.getLogger(__name__)


def fingerprint(source: Path) -> Values:
    """Tells one video file from another by its size and a hash of its beginning, middle and end.

    Raises:
        OSError: the file cannot be read.
    """
    size = source.stat().st_size
    digest = hashlib.sha256()
    with source.open("rb") as file:
        for place in (0, size // 2, max(size - _SAMPLE_BYTES, 0)):
            file.seek(place)
            digest.update(file.read(_SAMPLE_BYTES))
    return {"bytes": size, "sha256": digest.hexdigest()}


class WorkFolder:
    """Holds journal.json, with the source, the settings and the encoding, and the segments 000000.npz, 000001.npz, ...

    Attributes:
        path: the folder.
        frames: how many frames its segments hold.
        resuming: whether segments of an earlier run are continued; if not, `begin` deletes them.
    """

    def __init__(self, path: Path, first: int = 0, *, resume: bool = True) -> None:
        """Reads what an earlier run has left.

        Args:
            first: number of the first segment; more than 0 if this run makes a later part of the video.
            resume: whether an earlier run may be continued.
        """
        self.path, self._first = path, first
        self.resuming = resume and self.holds_segments
        self.frames = 0
        self._count = 0
        for number, segment in enumerate(sorted(path.glob("[0-9]*.npz")), first):
            try:
                if segment != self.segment_path(number):
                    break
                self.frames += frame_count(segment)
            except (OSError, ValueError):  # damaged: this segment and those after it are made again
                break
            self._count += 1

    @property
    def journal_path(self) -> Path:
        return self.path / "journal.json"

    @property
    def next_path(self) -> Path:
        """Where the next segment is to be saved."""
        return self.segment_path(self._first + self._count)

    @property
    def holds_segments(self) -> bool:
        """Whether there is any segment, even one of another part or of another video."""
        return any(self.path.glob("[0-9]*.npz"))

    @property
    def holds_parts(self) -> bool:
        """Whether there is any part that a cluster has made."""
        return any(self.path.glob("[0-9]*.nstpart"))

    @property
    def segments(self) -> list[Path]:
        return [self.segment_path(self._first + index) for index in range(self._count)]

    def segment_path(self, number: int) -> Path:
        return self.path / segment_name(number)

    def added(self, frames: int) -> None:
        """Counts a segment of that many frames, saved at `next_path`."""
        self._count += 1
        self.frames += frames

    def begin(self, source: Values, settings: Values, encoding: Encoding) -> None:
        """Deletes what an earlier run has left and writes the journal. Call it once nothing can be refused any more.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.clear()
        unfinished = self.journal_path.with_suffix(".unfinished")
        with create_anew(unfinished) as file:
            file.write(journal_text(source, settings, encoding).encode())
        unfinished.replace(self.journal_path)

    def clear(self) -> None:
        """Removes all files of ours but the lock, which this process holds meanwhile."""
        remove_known(self.path, _KNOWN, keep=_LOCK)
        self.frames = self._count = 0

    def remove(self) -> None:
        """Removes the folder; anything in it that is not ours stays, and the folder with it."""
        remove_own_folder(self.path, _KNOWN)


@contextmanager
def work_folder(
    target: Path, *, resume: bool, overwrite: bool, first: int = 0, keep: bool = True, parts: bool = False
) -> Iterator[WorkFolder]:
    """The work folder of `target`, new or of an interrupted run, to be filled within the block.

    It is removed when the block ends well, and when it raises before any segment is finished.

    Args:
        first: number of the first segment of this run.
        keep: whether an interrupted run can be resumed; if not, nothing of it is kept.
        parts: whether it holds the parts that a cluster makes, instead of segments.

    Raises:
        SinkError: the folder cannot be made, is not ours, another process is using it, or an interrupted run has left
            segments and neither `resume` nor `overwrite` says what to do with them.
    """
    path = work_path(target)
    with _locked(path, target):
        work = WorkFolder(path, first, resume=resume)
        if (work.holds_segments if parts else work.holds_parts) and (resume or not overwrite):
            raise SinkError(
                f"an earlier run for {target} was interrupted, {'without' if parts else 'with'} --cluster; continue it "
                "so with --resume, or start again with --overwrite alone"
            )
        if (work.holds_parts if parts else work.holds_segments) and not (resume or overwrite):
            done = f" after {counted(work.frames, 'frame')}" if work.frames else ""
            raise SinkError(
                f"an earlier run for {target} was interrupted{done}; "
                "add --resume to continue it, or --overwrite to start again"
            )
        try:
            yield work
        except BaseException:
            flags = "--resume --overwrite" if is_there(target) else "--resume"
            if parts and work.holds_parts:
                count = len(list(work.path.glob("[0-9]*.nstpart")))
                _log.warning("kept %s of %s; add %s to continue", counted(count, "part"), target, flags)
            elif work.segments and keep:
                _log.warning("kept %s of %s; add %s to continue", counted(work.frames, "frame"), target, flags)
            elif not keep or not (
                work.holds_segments or work.holds_parts
            ):  # segments of another part or source are not ours to delete
                work.remove()
            raise
        work.remove()


@contextmanager
def _locked(folder: Path, target: Path) -> Iterator[None]:
    """Makes the folder if needed and locks it for this process.

    Raises:
        SinkError: the folder cannot be made, is not ours, or another process is using it.
    """
    try:
        own_folder(folder, _KNOWN)
        lock = lock_file(folder / _LOCK)
    except BlockingIOError as error:
        raise SinkError(f"another nstcam is already writing {target}; wait until it has finished") from error
    except NotOursError as error:
        raise SinkError(f"cannot write {target}: {error}; move it away or choose another name") from error
    except OSError as error:
        raise SinkError(
            f"cannot make a work folder beside {target} ({error.strerror}); choose another folder or a shorter name"
        ) from error
    try:
        with lock:
            yield
    finally:
        if sys.platform == "win32":  # removes no open file: not before now, and not while another run has it open
            with suppress(OSError):
                (folder / _LOCK).unlink()
                folder.rmdir()
