"""write_pictures(): the pictures of all segments as numbered files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nstcam.media.own_files import create_anew
from nstcam.realtime.errors import SinkError
from nstcam.realtime.numbered import Numbered
from nstcam.realtime.video.encoding.segments import Segment

_log = logging.getLogger(__name__)


def write_pictures(
    folder: Path, names: Numbered, segments: Sequence[Path], numbers: Sequence[int] | None, *, target: Path
) -> int:
    """Writes each packet, which is a whole picture file, under its number; all of them or none.

    They are written beside one another first, then renamed. A picture that is there is replaced; a link is replaced
    itself, not what it leads to.

    Args:
        folder: a work folder on the file system of the pictures.
        numbers: of the pictures in their order; None: 1, 2, 3, ...

    Returns:
        The number of pictures.

    Raises:
        SinkError: they cannot be written, because the disk is full for example, or a segment is damaged.
    """
    count = 0
    try:
        for data in _pictures(segments):
            with create_anew(_unplaced(folder, count)) as file:
                file.write(data)
            count += 1
        number_of: Callable[[int], int] = (lambda index: index + 1) if numbers is None else numbers.__getitem__
        for index in range(count):
            _unplaced(folder, index).replace(names.path(number_of(index)))
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error
    except ValueError as error:
        raise SinkError(f"{error}; start again with --overwrite instead of --resume") from error
    last = number_of(count - 1)
    if older := [number for number in names.there() if number > last]:
        _log.warning(
            "%s to %s are older pictures and stay; delete them, or they follow the new ones",
            names.path(older[0]), names.path(older[-1]).name,
        )  # fmt: skip
    return count


def _unplaced(folder: Path, index: int) -> Path:
    return folder / f"{index:09}.picture"


def _pictures(segments: Sequence[Path]) -> Iterator[bytes]:
    for path in segments:
        yield from Segment.load(path).packets()
