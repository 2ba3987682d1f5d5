"""Files that are written completely or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from nstcam.media.own_files import create_anew
from nstcam.train.errors import TrainError


def part_of(path: Path) -> Path:
    """A hidden name beside `path`, with its suffix, to write under first. It cannot be foreseen, so nobody has it."""
    # The stem is cut, because systems take names of some 255 bytes.
    return path.with_name(f".{path.stem[:40]}.{token_hex(8)}.part{path.suffix}")


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Writes under a temporary name first, so that nobody ever finds half a file, even after a crash.

    Raises:
        TrainError: it cannot be written; an existing file is unharmed.
    """
    part = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with create_anew(part) as file:
            file.write(data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # whatever prevented the writing may prevent this too
            part.unlink(missing_ok=True)
        raise TrainError(
            f"{path} cannot be written ({error.strerror}); free some space or choose another folder"
        ) from error
