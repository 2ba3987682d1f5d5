"""A folder of pictures on many machines: groups of them are painted by workers, and their files are written here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nstcam.media.kinds import picture_kind
from nstcam.realtime.cluster.picture_work import PictureSettings, pictures_work
from nstcam.realtime.cluster.shop import Shop
from nstcam.realtime.cluster.task import Answer, Task
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.files import check_paths, part_file
from nstcam.realtime.picture.file import SUFFIXES

_MOST: Final = 8
"""Pictures in a group: what a lost worker costs at most."""
_MOST_BYTES: Final = 64 << 20
"""The most bytes of the files in a group together, unless it is a single file."""
_GROUPS_A_WORKER: Final = 4
_HEAD_BYTES: Final = 64

Pair = tuple[Path, Path]
"""Source and target of a picture."""


def groups_of(pictures: Sequence[Pair], workers: int) -> Iterator[list[Pair]]:
    """The pictures in groups that suit so many workers, in order."""
    most = min(max(-(-len(pictures) // (_GROUPS_A_WORKER * workers)), 1), _MOST)
    group: list[Pair] = []
    total = 0
    for pair in pictures:
        size = pair[0].stat().st_size if pair[0].is_file() else 0
        if group and (len(group) == most or total + size > _MOST_BYTES):
            yield group
            group, total = [], 0
        group.append(pair)
        total += size
    if group:
        yield group


@dataclass(frozen=True)
class Group:
    """Pictures that one worker paints.

    Attributes:
        overwrite: whether targets may exist.
    """

    pictures: list[Pair]
    settings: PictureSettings
    overwrite: bool

    def make(self, shop: Shop) -> list[str | None]:
        """Paints and writes them; to be called in a thread of the shop.

        Returns:
            For each picture what is wrong with it; None: nothing, it is there.

        Raises:
            Stopped: the shop was stopped.
        """
        errors: dict[Pair, str] = {}
        for pair in self.pictures:
            try:
                check_paths(*pair, SUFFIXES, overwrite=self.overwrite)
            except NstError as error:
                errors[pair] = str(error)
        wanted = [pair for pair in self.pictures if pair not in errors]

        def take(answer: Answer) -> str | None:
            painted = answer["pictures"]
            if len(painted) != len(wanted) or not all(_fits(one) for one in painted):
                return "they arrived damaged"
            for pair, one in zip(wanted, painted, strict=True):
                try:
                    if isinstance(one, str):
                        errors[pair] = one
                    else:
                        _write(pair[1], one)
                except SinkError as error:
                    errors[pair] = str(error)
            return None

        if wanted:
            few = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
            try:
                work = pictures_work(wanted, self.settings)
                shop.orders.make([Task(f"{wanted[0][0]}{few}", "paint_pictures", work, take)])
            except NstError as error:
                errors |= {pair: str(error) for pair in wanted if pair not in errors}
        return [errors.get(pair) for pair in self.pictures]


def _fits(one: object) -> bool:
    """Whether it is a picture's file, or a text."""
    return isinstance(one, str) or (isinstance(one, bytes) and picture_kind(one[:_HEAD_BYTES]) is not None)


def _write(target: Path, data: bytes) -> None:
    try:
        with part_file(target) as path:
            path.write_bytes(data)
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error
