"""The hidden folder beside an unfinished picture, from which an interrupted run continues."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch

from nstcam.media.own_files import NotOursError, create_anew, own_folder, remove_own_folder
from nstcam.train.errors import TrainError
from nstcam.train.network.checked import check_plain, load_tensors, whole
from nstcam.train.paint.optimize import State
from nstcam.train.picture import Picture
from nstcam.train.run_lock import locked

SAVE_EVERY: Final = 60.0
"""Seconds between saves; one at 2048 px writes a gigabyte."""

_STATE: Final = "state.pt"
_KNOWN: Final = re.compile(r"\.lock|state\.pt(\.part)?")
"""The names of all files in the folder."""
_FRAMES: Final = re.compile(r"\d{6,}\.jpg|\.\d{6,}\.[0-9a-f]+\.part\.jpg")
"""The names of the film's frames, and of a frame that is being written."""

Settings = Mapping[str, str]
"""Everything that decides the picture, by name. A run continues only with the same settings."""


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
        """Creates and locks the folder. Afterwards it is deleted unless it contains something to continue from.

        Raises:
            TrainError: another process has locked it, it cannot be created, or it is not ours.
        """
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            own_folder(self.path, _KNOWN, folders=(self.frames.name,))
            if os.path.lexists(self.frames):
                own_folder(self.frames, _FRAMES)
        except NotOursError as error:
            raise TrainError(f"{error}; move it away, or choose another --output") from error
        except OSError as error:
            raise TrainError(
                f"cannot write the run folder {self.path} ({error.strerror}); choose another --output"
            ) from error
        ours = False
        try:
            with locked(self.path, "--output"):
                ours = True
                yield
        finally:
            if ours and not self._file.exists():
                remove_own_folder(self.frames, _FRAMES)
                remove_own_folder(self.path, _KNOWN)

    def empty(self) -> None:
        """Deletes the saved state and the frames of the film."""
        self._file.unlink(missing_ok=True)
        remove_own_folder(self.frames, _FRAMES)

    def load(self) -> tuple[State, dict[str, Any]]:
        """The state to continue from, and the notes that were kept with it. `paint` checks the state.

        Raises:
            TrainError: there is no saved state, or it began with other settings.
        """
        file = self._file
        if not file.is_file():
            raise TrainError(f"{self._target} has no interrupted run; leave out --resume")
        try:
            content = load_tensors(file)
            settings, state, notes = content["settings"], content["state"], content["notes"]
            check_plain(settings, "settings")
            for name in ("done", "work"):
                whole(notes[name], name, 0, 1 << 62)
        except Exception as error:  # torch raises a dozen kinds for a file that is not its own
            raise TrainError(f"{file} is damaged ({type(error).__name__}); start again without --resume") from error
        for name, value in self._settings.items():
            if settings.get(name) != value:
                before = "".join(letter if letter.isprintable() else "?" for letter in str(settings.get(name))[:200])
                raise TrainError(
                    f"{self._target} was started with {name} {before}, not {value}; "
                    "give the same command, or start again without --resume"
                )
        return state, notes

    def keep(self, state: State, notes: Mapping[str, Any]) -> None:
        """Keeps the state in memory, and saves it once a minute."""
        self._latest = {"settings": self._settings, "state": state, "notes": dict(notes)}
        if time.monotonic() - self._saved_at >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Writes the latest state, completely or not at all; does nothing if there is none."""
        if self._latest is None:
            return
        part = self.path / f"{_STATE}.part"
        try:
            with create_anew(part) as file:
                torch.save(self._latest, file)
            part.replace(self._file)
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            cause = error if isinstance(error, OSError) else error.__context__  # torch hides the system's error
            reason = cause.strerror if isinstance(cause, OSError) else error
            raise TrainError(f"cannot save the run in {self.path} ({reason}); free some space") from error
        self._saved_at = time.monotonic()


def folder_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.paint")


def was_interrupted(target: Path) -> bool:
    """Whether there is an interrupted run to continue."""
    return (folder_of(target) / _STATE).is_file()


def digest(picture: Picture) -> str:
    """A short hash of the pixels, which identifies a picture."""
    return hashlib.sha256(repr(picture.shape).encode() + picture.tobytes()).hexdigest()[:12]
