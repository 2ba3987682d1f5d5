"""The switch of recordings, for key r, commands and --record."""

from __future__ import annotations

import time
from pathlib import Path

from realtime.errors import SinkError
from realtime.painter import Painted
from realtime.recording import Recording


class Recorder:
    """The switch of recordings: the first goes to the given file, later ones to names with the time."""

    def __init__(self, target: Path | None, folder: Path, *, overwrite: bool = False) -> None:
        """With a `target`, recording is on at once."""
        self._folder = folder
        self._recording = Recording(target, overwrite=overwrite) if target else None

    @property
    def on(self) -> bool:
        return self._recording is not None

    def toggle(self) -> str:
        if self._recording is not None:
            return self.close()
        target = self._folder / f"nstcam-{time.strftime('%Y%m%d-%H%M%S')}.mp4"
        self._recording = Recording(target)
        return f"recording {target.name}"

    def write(self, painted: Painted) -> None:
        if self._recording is None:
            return
        try:
            self._recording.write(painted.frame, painted.captured.time)
        except SinkError:
            self.close()
            raise

    def close(self) -> str:
        recording, self._recording = self._recording, None
        if recording is None:
            return ""
        recording.close()
        late = f"; {recording.left_out} frames left out: the encoder was too slow" if recording.left_out else ""
        return f"saved {recording.target.name}{late}"
