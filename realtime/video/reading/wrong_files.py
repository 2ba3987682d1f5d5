"""Files that cannot be a video, told before libavformat opens them."""

from __future__ import annotations

from pathlib import Path

from nstcam.media.kinds import HEIC_CURE, is_heic_still
from nstcam.realtime.errors import SourceError


def refuse_other_files(path: Path) -> None:
    """Refuses empty files and HEIC photographs; of those of phones, libavformat would show one tile of many.

    Raises:
        SourceError: it is one of them.
        OSError: it cannot be read.
    """
    if path.stat().st_size == 0:
        raise SourceError(f"{path} is empty (0 bytes); get the file again")
    with path.open("rb") as file:
        if is_heic_still(file.read(64)):
            raise SourceError(f"{path} is a HEIC picture, not a video; {HEIC_CURE}")
