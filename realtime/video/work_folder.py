"""The folder where a video grows, segment by segment, and from which an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from nstcam.realtime.errors import SinkError
from nstcam.realtime.filelock import lock_file
from nstcam.realtime.partfile import work_path
from nstcam.realtime.video.encoders import Encoding
from nstcam.realtime.video.segments import frame_count

VERSION: Final = 1
_SAMPLE_BYTES: Final = 1 << 20
_LOCK: Final = "lock"
_AGAIN: Final = "start again with --overwrite instead of --resume"

_log = logging.getLogger(__name__)

Values = dict[str, Any]
"""What decides the pictures: a run may go on only with the same. JSON values."""


def fingerprint(source: Path) -> Values:
    """Tells one video file from another: its size, and a hash of its beginning, middle and end."""
    size = source.stat().st_size
    digest = hashlib.sha256()
    with source.open("rb") as file:
        for place in (0, size // 2, max(size - _SAMPLE_BYTES, 0)):
            file.seek(place)
            digest.update(file.read(_SAMPLE_BYTES))
    return {"bytes": size, "sha256": digest.hexdigest()}


class WorkFolder:
    """journal.json with the source, the settings and the encoding, and beside it segments: 000000.npz, 000001.npz, ...

    Attributes:
        path: the folder.
        frames: how many frames its segments hold.
        goes_on: with what an earlier run has left; else that is only there until `begin`.
    """

    def __init__(self, path: Path, first: int = 0, *, resume: bool = True) -> None:
        """Looks at what is there.

        Args:
            first: number of the first segment, where this run does a part of the video only.
        """
        self.path, self._first = path, first
        self.goes_on = resume and self.holds_segments
        self.frames = 0
        self._count = 0
        for number, segment in enumerate(sorted(path.glob("[0-9]*.npz")), first):
            try:
                if segment != self.segment_path(number):
                    break
                self.frames += frame_count(segment)
            except (OSError, ValueError):  # damaged: it and what follows is done again
                break
            self._count += 1

    @property
    def journal_path(self) -> Path:
        return self.path / "journal.json"

    @property
    def next_path(self) -> Path:
        """Where the next segment belongs."""
        return self.segment_path(self._first + self._count)

    @property
    def holds_segments(self) -> bool:
        """Of whatever run: also of another part of the video, or of another video."""
        return any(self.path.glob("[0-9]*.npz"))

    @property
    def segments(self) -> list[Path]:
        return [self.segment_path(self._first + index) for index in range(self._count)]

    def segment_path(self, number: int) -> Path:
        return self.path / f"{number:06}.npz"

    def added(self, frames: int) -> None:
        """A segment was saved at `next_path`."""
        self._count += 1
        self.frames += frames

    def begin(self, source: Values, settings: Values, encoding: Encoding) -> None:
        """Starts from nothing, with a journal, now that all that could be refused was not. Raises OSError."""
        self._clear()
        content = {"version": VERSION, "source": source, "settings": settings, "encoding": encoding.as_json()}
        unfinished = self.journal_path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
        unfinished.replace(self.journal_path)

    def _clear(self) -> None:
        """Removes all but the lock, under which that happens."""
        for file in self.path.iterdir():
            if file.name != _LOCK:
                file.unlink()
        self.frames = self._count = 0

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def read_journal(path: Path) -> Values:
    """Raises SinkError."""
    try:
        content: Values = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise SinkError(f"{path.parent} is of another version of nstcam; finish it with that one, or delete it")
        Encoding.from_json(content["encoding"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SinkError(f"{path.parent} has no journal that can be read; delete the folder and start again") from error
    return content


def check_same(journal: Mapping[str, Any], source: Values, settings: Values, where: str) -> None:
    """Raises SinkError, with the first difference, unless the journal is of this source and these settings."""
    if journal["source"] != source:
        raise SinkError(f"{where} is of another source file; give that one, or {_AGAIN}")
    settings = json.loads(json.dumps(settings))
    for name in sorted({*settings, *journal["settings"]}):
        before, now = journal["settings"].get(name), settings.get(name)
        if before != now:
            raise SinkError(f"{where} was made with {name} {before}, not {now}; give the same, or {_AGAIN}")


@contextmanager
def work_folder(target: Path, *, resume: bool, overwrite: bool, first: int = 0) -> Iterator[WorkFolder]:
    """The work folder of `target`, to fill within the block, new or to go on with.

    It is removed when the block ends well, and when it raises before there is anything worth keeping.

    Raises:
        SinkError: cannot be made, another run is at work in it, or an interrupted one has left frames and neither
            `resume` nor `overwrite` says what to do.
    """
    path = work_path(target)
    with _locked(path, target):
        work = WorkFolder(path, first, resume=resume)
        if work.holds_segments and not (resume or overwrite):
            done = f"{work.frames} frames are done" if work.frames else "is not finished"
            raise SinkError(
                f"{target} was begun already and {done}; add --resume to go on, or --overwrite to start again"
            )
        try:
            yield work
        except BaseException:
            if work.segments:
                flags = "--resume --overwrite" if target.exists() else "--resume"
                _log.warning("%d frames of %s are kept; %s goes on from there", work.frames, target, flags)
            elif not work.holds_segments:  # those of another part or source are not this run's to throw away
                work.remove()
            raise
        work.remove()


@contextmanager
def _locked(folder: Path, target: Path) -> Iterator[None]:
    """The folder, made if there is none, for one process at a time; a killed one leaves no lock behind.

    Raises:
        SinkError: cannot be made, or another process is at work in it.
    """
    try:
        folder.mkdir(exist_ok=True)
        lock = lock_file(folder / _LOCK)
    except BlockingIOError as error:
        raise SinkError(f"another nstcam is at work on {target}; wait for it") from error
    except OSError as error:
        raise SinkError(
            f"cannot make a work folder beside {target} ({error.strerror}); choose another folder or a shorter name"
        ) from error
    try:
        with lock:
            yield
    finally:
        if sys.platform == "win32":  # it removes no open file: not before, and not while another run has this one
            with suppress(OSError):
                (folder / _LOCK).unlink()
                folder.rmdir()
