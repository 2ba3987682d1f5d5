"""Recorder: switches recordings on and off, for key r, commands and --record."""

from __future__ import annotations

import time
from pathlib import Path

from nstcam.media.shown import counted
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.output.recording import Recording, part_of


class Recorder:
    """An Output that records. The first recording goes to the given file, later ones to files named after the time.

    Attributes:
        missing: whether a file was asked for at the start and has not been finished.
    """

    def __init__(
        self,
        target: Path | None,
        folder: Path,
        *,
        overwrite: bool = False,
        source: Path | None = None,
        sound: Tape | None = None,
    ) -> None:
        """Starts recording if there is a `target`.

        Args:
            target: the file asked for at the start.
            folder: where later recordings go.
            source: the file that plays as the camera, if one does; it is never overwritten.
            sound: has the sound of the frames; None makes silent films.

        Raises:
            SinkError: `target` cannot be written.
        """
        self._sound = sound
        self._folder, self._asked, self.missing = folder, target, target is not None
        self._recording = Recording(target, overwrite=overwrite, source=source, sound=sound) if target else None

    @property
    def on(self) -> bool:
        return self._recording is not None

    def toggle(self) -> str:
        if self._recording is not None:
            return self.close()
        target = self._new_name()
        self._recording = Recording(target, sound=self._sound)
        return f"recording {target.name}"

    def write(self, frame: Frame, seconds: float) -> None:
        if self._recording is None:
            return
        try:
            self._recording.write(frame, seconds)
        except SinkError:
            self.close()
            raise

    def close(self) -> str:
        recording, self._recording = self._recording, None
        if recording is None:
            return ""
        if not recording.close():
            return f"nothing recorded: no frame came, so {recording.target.name} was not made"
        if recording.target == self._asked:
            self.missing = False
        late = (
            f"; {counted(recording.left_out, 'frame')} missing: the encoder was too slow" if recording.left_out else ""
        )
        return f"saved {recording.target.name}{late}"

    def _new_name(self) -> Path:
        stem, number = f"nstcam-{time.strftime('%Y%m%d-%H%M%S')}", 1
        while True:
            target = self._folder / (f"{stem}.mp4" if number == 1 else f"{stem}-{number}.mp4")
            if not (target.exists() or part_of(target).exists()):
                return target
            number += 1
