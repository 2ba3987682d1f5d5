"""The parts of a film: how many there are, and those that are done, kept beside the output until all are."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from nstcam.media.own_files import create_anew, open_file, read_at_most
from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.journal import AGAIN, Values
from nstcam.realtime.video.parts import SUFFIX, frames_of_part
from nstcam.realtime.video.work_folder import WorkFolder

PARTS_A_WORKER: Final = 2
"""A part that is lost, or done by a slow worker, then costs half of a worker's time. More parts decode more of what
lies before them, and paint more frames again: with 4, a film of 6000 frames took 17 % more than alone, with 2 10 %."""
SEGMENTS_A_PART: Final = 4
"""Fewer only where workers would have nothing to do: each part paints up to 30 frames again, for its first segment."""
_PLAN: Final = "parts.json"
_MOST_BYTES: Final = 1 << 20
_MOST_PARTS: Final = 999_999


def count_of_parts(segments: int, workers: int, films: int = 1) -> int:
    """Into how many parts a video of so many segments is divided; at least 1.

    Args:
        films: how many videos share the workers.
    """
    few = min(PARTS_A_WORKER * workers, segments // SEGMENTS_A_PART)
    return max(min(segments, max(few, -(-workers // films)), _MOST_PARTS), 1)


class KeptParts:
    """The finished parts in a work folder.

    Args:
        work: the folder, locked by this process.
        target: names the output in messages.
    """

    def __init__(self, work: WorkFolder, target: Path) -> None:
        self._work, self._target = work, target
        self.frames: dict[int, int] = {}
        """Frames by the number of the part, from 1."""
        self.count = 0

    def begin_or_resume(self, source: Values, settings: Values, count: int, *, resume: bool) -> None:
        """Finds the parts of the run that is resumed, or begins a new one of `count` parts.

        Raises:
            SinkError: the interrupted run had another source or other settings, or nothing can be written.
        """
        plan = json.loads(json.dumps({"source": source, "settings": settings}))
        if resume and self._work.holds_parts:
            self.count = self._count_of(plan)
            self._find()
            return
        self.count = count
        try:
            self._work.clear()
            unfinished = self._work.path / "parts.unfinished"
            with create_anew(unfinished) as file:
                file.write(json.dumps({**plan, "count": count}, indent=1).encode())
            unfinished.replace(self._work.path / _PLAN)
        except OSError as error:
            raise self._unwritable(error) from error

    def _count_of(self, plan: dict[str, Any]) -> int:
        where = f"the interrupted run of {self._target}"
        try:
            kept = json.loads(read_at_most(self._work.path / _PLAN, _MOST_BYTES))
            count, source, settings = kept["count"], kept["source"], dict(kept["settings"])
            if type(count) is not int or not 0 < count <= _MOST_PARTS:
                raise ValueError("count")
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise SinkError(f"the plan of {where} is damaged; {AGAIN}") from error
        if source != plan["source"]:
            raise SinkError(f"{where} used another source file; give that file, or {AGAIN}")
        for name, value in plan["settings"].items():
            if settings.get(name) != value:
                raise SinkError(f"{where} used another {name} than {value}; give the same value, or {AGAIN}")
        return count

    def _find(self) -> None:
        for number in range(1, self.count + 1):
            path = self.path(number)
            frames = None
            with suppress(OSError), open_file(path) as file:
                frames = frames_of_part(file)
            if frames:
                self.frames[number] = frames
            else:  # damaged: it is made again
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def path(self, number: int) -> Path:
        return self._work.path / f"{number:06}{SUFFIX}"

    @property
    def missing(self) -> list[int]:
        return [number for number in range(1, self.count + 1) if number not in self.frames]

    def add(self, number: int, data: bytes) -> bool:
        """Keeps a part that a worker has sent; False if it is damaged.

        Raises:
            SinkError: it cannot be written.
        """
        unfinished = self._work.path / f"{number:06}.unfinished"
        try:
            with create_anew(unfinished) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with open_file(unfinished) as written:
                frames = frames_of_part(written)
            if not frames:
                return False
            unfinished.replace(self.path(number))
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        self.frames[number] = frames
        return True

    def _unwritable(self, error: OSError) -> SinkError:
        return SinkError(f"cannot write {self._target} ({error.strerror}); check the free space")
