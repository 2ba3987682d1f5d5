"""Content pictures to train on: from folders, from videos, or from the built-in source."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from nstcam.media.address import as_address
from nstcam.media.kinds import HEIC_CURE, PICTURES, VIDEOS, counted_kinds, kind_by_name
from nstcam.train.content.clip import RefusedClipError
from nstcam.train.content.scenes import SceneMaker
from nstcam.train.content.signatures import begins_like_picture
from nstcam.train.content.video_frames import Packed, frames_per_video, pack_video, unpack
from nstcam.train.errors import TrainError
from nstcam.train.picture import PHOTOS, Picture, read_rgb

log = logging.getLogger(__name__)

SHARE_OF_SCENES: Final = 0.7
"""Share of procedural scenes in the built-in source; the rest are the bundled photographs."""


class ContentSource(Protocol):
    """Where training pictures come from."""

    def picture(self, rng: np.random.Generator, size: int) -> Picture:
        """A random RGB picture; its shorter side is at least `size` px if the original's is."""
        ...

    def listing(self) -> list[tuple[str, int]]:
        """Name and size in bytes of each file that pictures are drawn from, in the order in which they are numbered."""
        ...


class FileSource:
    """Pictures and video frames from files and folders."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Lists the pictures and reads evenly spaced frames of each video; see `frames_per_video`.

        Raises:
            TrainError: a path does not exist, cannot be listed, or contains nothing readable.
        """
        files: list[Path] = []
        names: dict[Path, str] = {}
        for path in paths:
            if not path.exists():
                if address := as_address(path):
                    raise TrainError(f"{address}; download it first")
                raise TrainError(f"content {path} not found; give --content a folder of photos or a video")
            try:
                found = sorted(p for p in path.rglob("[!.]*") if p.is_file()) if path.is_dir() else [path]
            except OSError as error:
                raise TrainError(f"content {path} cannot be listed ({error}); check its permissions") from error
            files += found
            names |= {p: p.relative_to(path).as_posix() if path.is_dir() else p.name for p in found}
        images = [f for f in files if f.suffix.lower() in PICTURES]
        bad = [f for f in images if not begins_like_picture(f)]
        self._images = sorted(set(images) - set(bad))
        self._frames: list[Packed] = []
        videos = [f for f in files if f.suffix.lower() in VIDEOS - PICTURES]
        for video in videos:
            frames: list[Packed] = []
            try:
                frames = pack_video(video, frames_per_video(len(videos)))
            except RefusedClipError as error:
                log.warning("%s", error)
            except TrainError:  # it is among the bad ones, which are told together
                pass
            self._frames += frames
            if not frames:
                bad.append(video)
        others = [f for f in files if f.suffix.lower() not in PICTURES | VIDEOS]
        unused = _unused(bad, others, len(files))
        if not self._images and not self._frames:
            no = f"no readable picture or video under {', '.join(map(str, paths))}"
            raise TrainError(f"{no}; {unused}" if unused else no)
        if unused:
            log.warning("%s", unused)
        used = [*self._images, *(v for v in videos if v not in bad)]
        self._listing = [(names[p], p.stat().st_size) for p in used]

    def __len__(self) -> int:
        return len(self._images) + len(self._frames)

    def listing(self) -> list[tuple[str, int]]:
        return self._listing

    def picture(self, rng: np.random.Generator, size: int) -> Picture:
        for _ in range(20):
            i = int(rng.integers(len(self)))
            if i >= len(self._images):
                return unpack(self._frames[i - len(self._images)])
            try:
                # Crops are at least half of the shorter side: a photo of twice `size` serves as well as a larger one.
                return read_rgb(self._images[i], least=2 * size)
            except TrainError as error:  # too large, or damaged behind a valid beginning: not found at the start
                log.warning("content file is skipped: %s", error)
        raise TrainError("20 content files in a row are damaged or too large; check the content folder")


def _unused(bad: Sequence[Path], others: Sequence[Path], files: int) -> str:
    """Which content files are not trained on, and why; "" if all are.

    Args:
        bad: files that cannot be read.
        others: files that are neither pictures nor videos by their suffix.
        files: how many there are in all.
    """
    if not bad and not others:
        return ""
    why = [f"{len(bad)} cannot be read (the first: {bad[0]})"] if bad else []
    why += [f"{len(others)} of other kinds ({counted_kinds(others)})"] if others else []
    heic = any(kind_by_name(path) == "HEIC" for path in others)
    cure = f"; {HEIC_CURE}" if heic else ""
    return f"{len(bad) + len(others)} of {files} content files are not used: {', '.join(why)}{cure}"


class BuiltInSource:
    """Procedural scenes mixed with the bundled photographs: needs neither data nor a network connection."""

    def __init__(self) -> None:
        self._photos = [read_rgb(p) for p in sorted(PHOTOS.glob("*.jpg"))]
        in_colour = [p for p in self._photos if np.ptp(p[::8, ::8], axis=2).mean() > 8]
        self._scenes = SceneMaker(in_colour)

    def picture(self, rng: np.random.Generator, size: int) -> Picture:
        if rng.random() < SHARE_OF_SCENES:
            return self._scenes.scene(int(size * rng.uniform(1, 1.5)), rng)
        return self._photos[rng.integers(len(self._photos))]

    def listing(self) -> list[tuple[str, int]]:
        return [(p.name, p.stat().st_size) for p in sorted(PHOTOS.glob("*.jpg"))]
