"""Files that are written completely or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from nstcam.train.errors import TrainError


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Writes under a temporary name first, so that nobody ever finds half a file, even after a crash.

    Raises:
        TrainError: it cannot be written; an existing file is unharmed.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # whatever prevented the writing may prevent this too
            part.unlink(missing_ok=True)
        raise TrainError(
            f"{path} cannot be written ({error.strerror}); free some space or choose another folder"
        ) from error
