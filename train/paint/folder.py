"""The hidden folder beside a picture in the making: what an interrupted run goes on with."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch

from nstcam.train.content.scenes import Picture
from nstcam.train.errors import TrainError
from nstcam.train.paint.optimize import State
from nstcam.train.run_lock import locked

_SAVE_EVERY: Final = 60.0
"""Seconds; a save at 2048 px writes a gigabyte."""

_STATE: Final = "state.pt"

Settings = Mapping[str, str]
"""All that decides the picture, by name: a run goes on only with the same."""


class PaintFolder:
    """`.NAME.paint` beside the picture NAME."""

    def __init__(self, target: Path, settings: Settings) -> None:
        self.path = folder_of(target)
        self.frames = self.path / "frames"
        self._file = self.path / _STATE
        self._target, self._settings = target, dict(settings)
        self._saved_at = time.monotonic()
        self._latest: dict[str, Any] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Made if need be, and kept for this process; afterwards it is there only if there is something to go on with.

        Raises:
            TrainError: another process has it, or it cannot be made.
        """
        ours = False
        try:
            with locked(self.path, "--output"):
                ours = True
                yield
        finally:
            if ours and not self._file.exists():
                shutil.rmtree(self.path, ignore_errors=True)

    def empty(self) -> None:
        """Of what an earlier run has left, and of what this one needs no more."""
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self.frames, ignore_errors=True)

    def load(self) -> tuple[State, dict[str, Any]]:
        """The state to go on with, and the notes that were kept with it.

        Raises:
            TrainError: nothing to go on with, or it began with other settings.
        """
        file = self._file
        if not file.is_file():
            raise TrainError(f"{self._target} has no interrupted run; leave out --resume")
        try:
            content = torch.load(file, map_location="cpu", weights_only=True)
            settings, state, notes = content["settings"], content["state"], content["notes"]
        except Exception as error:  # torch raises a dozen kinds for a file that is not its own
            raise TrainError(f"{file} is damaged ({type(error).__name__}); start anew without --resume") from error
        for name, value in self._settings.items():
            if settings.get(name) != value:
                raise TrainError(
                    f"{self._target} was begun with {name} {settings.get(name)}, not {value}; "
                    "give the same command, or start anew without --resume"
                )
        return state, notes

    def keep(self, state: State, notes: Mapping[str, Any]) -> None:
        """Remembers, and now and then saves."""
        self._latest = {"settings": self._settings, "state": state, "notes": dict(notes)}
        if time.monotonic() - self._saved_at >= _SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Whole or not at all; nothing if there is nothing yet."""
        if self._latest is None:
            return
        part = self.path / f"{_STATE}.part"
        try:
            with part.open("wb") as file:
                torch.save(self._latest, file)
            part.replace(self._file)
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            cause = error if isinstance(error, OSError) else error.__context__  # torch talks over a full disk
            reason = cause.strerror if isinstance(cause, OSError) else error
            raise TrainError(f"cannot save the run in {self.path} ({reason}); free some space") from error
        self._saved_at = time.monotonic()


def folder_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.paint")


def was_interrupted(target: Path) -> bool:
    """Whether there is a run to go on with."""
    return (folder_of(target) / _STATE).is_file()


def digest(picture: Picture) -> str:
    """Tells one picture from another by its pixels."""
    return hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()[:12]
