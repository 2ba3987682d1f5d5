"""Content pictures to train on: folders, videos, or the built-in source; cropped and varied for every step."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from nstcam.train.content.jpeg import MOST_METADATA, reduced_flag
from nstcam.train.content.scenes import Picture, SceneMaker
from nstcam.train.content.signatures import begins_like_picture
from nstcam.train.content.video_frames import Packed, frames_per_video, pack_video, unpack
from nstcam.train.errors import TrainError

log = logging.getLogger(__name__)

PHOTOS: Final = Path(__file__).parents[1] / "photos"
"""Free photographs that come with the package; SOURCES.md beside them has their authors."""

SMALLEST_SIDE: Final = 32
"""In pixels, of what is painted or painted like: the deep layers need something of a strip, too."""

_MOST_PIXELS: Final = 2**30
"""That OpenCV reads."""
_IMAGE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
_VIDEO_SUFFIXES: Final = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v"})
_SHARE_OF_SCENES: Final = 0.7
"""Of the built-in source: procedural scenes, the rest crops of the bundled photographs."""


class ContentSource(Protocol):
    """Where training pictures come from."""

    def picture(self, rng: np.random.Generator, size: int) -> Picture:
        """A random RGB picture whose shorter side is at least `size` if the original allows it."""
        ...

    def listing(self) -> list[tuple[str, int]]:
        """Name and bytes of each file that pictures are drawn from, in the order that the draws count in."""
        ...


class FileSource:
    """Pictures and video frames under the given paths."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Lists images and takes evenly spaced frames of each video, see `frames_per_video`.

        Raises:
            TrainError: a path does not exist, or nothing readable is there.
        """
        files: list[Path] = []
        names: dict[Path, str] = {}
        for path in paths:
            if not path.exists():
                raise TrainError(f"content {path} not found; give --content a folder of photos or a video")
            found = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
            files += found
            names |= {p: p.relative_to(path).as_posix() if path.is_dir() else p.name for p in found}
        images = [f for f in files if f.suffix.lower() in _IMAGE_SUFFIXES]
        bad = [f for f in images if not begins_like_picture(f)]
        self._images = sorted(set(images) - set(bad))
        self._frames: list[Packed] = []
        videos = [f for f in files if f.suffix.lower() in _VIDEO_SUFFIXES]
        for video in videos:
            frames = pack_video(video, frames_per_video(len(videos)))
            self._frames += frames
            if not frames:
                bad.append(video)
        if bad:
            log.warning("%d of %d content files skipped, not readable; the first: %s", len(bad), len(files), bad[0])
        if not self._images and not self._frames:
            raise TrainError(f"no readable picture or video under {', '.join(map(str, paths))}")
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
                # Crops are of half the shorter side or more: twice `size` is as good as all of a large photo.
                return read_rgb(self._images[i], least=2 * size)
            except TrainError:  # a good signature and damaged data; the warning at the start could not know
                log.warning("content file skipped, damaged: %s", self._images[i])
        raise TrainError("20 content files in a row are damaged; check the content folder")


class BuiltInSource:
    """Works offline with no data: procedural scenes mixed with crops of the bundled photographs."""

    def __init__(self) -> None:
        self._photos = [read_rgb(p) for p in sorted(PHOTOS.glob("*.jpg"))]
        self._scenes = SceneMaker([p for p in self._photos if np.ptp(p, axis=2).mean() > 8])  # the coloured ones

    def picture(self, rng: np.random.Generator, size: int) -> Picture:
        if rng.random() < _SHARE_OF_SCENES:
            return self._scenes.scene(int(size * rng.uniform(1, 1.5)), rng)
        return self._photos[rng.integers(len(self._photos))]

    def listing(self) -> list[tuple[str, int]]:
        return [(p.name, p.stat().st_size) for p in sorted(PHOTOS.glob("*.jpg"))]


class TrainingCrops(Dataset[Tensor]):
    """Item i is always the same crop: sources are drawn by a generator seeded with (seed, i), so runs resume exactly.

    Items are RGB float32 in 0..1, (3, size, size).
    """

    def __init__(self, source: ContentSource, size: int, seed: int, first: int, count: int) -> None:
        self._source, self._size, self._seed, self._first, self._count = source, size, seed, first, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Tensor:
        if index >= self._count:
            raise IndexError(index)
        rng = np.random.default_rng([self._seed, self._first + index])
        crop = random_crop(self._source.picture(rng, self._size), self._size, rng)
        varied = vary_light(np.asarray(crop / np.float32(255), np.float32), rng)
        return torch.from_numpy(varied.transpose(2, 0, 1).copy())


def random_crop(picture: Picture, size: int, rng: np.random.Generator) -> Picture:
    """A (size, size, 3) crop at half to full scale of the picture's shorter side, mirrored half of the time."""
    height, width = picture.shape[:2]
    short = min(height, width)
    low = min(max(size, short // 2), short)
    side = int(rng.integers(low, short + 1))
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    crop = picture[top : top + side, left : left + side]
    method = cv2.INTER_AREA if side >= size else cv2.INTER_CUBIC
    crop = cv2.resize(crop, (size, size), interpolation=method).astype(np.uint8)
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def vary_light(rgb: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Gain, gamma, contrast, tint, and at times noise or blur: webcams and dark rooms, from good photographs.

    (H, W, 3) in 0..1 -> the same. Strong on purpose: batch statistics are frozen at export, so every exposure that
    users meet must have been met in training.
    """
    out = np.power(np.clip(rgb, 0, 1), rng.uniform(0.7, 1.4), dtype=np.float32)
    mean = out.mean()
    out = (out - mean) * np.float32(rng.uniform(0.6, 1.3)) + mean
    out = out * (rng.uniform(0.6, 1.4) * rng.normal(1, 0.04, 3)).astype(np.float32)
    if rng.random() < 0.1:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 1.5))
    if rng.random() < 0.3:
        out = out + rng.normal(0, rng.uniform(0, 4) / 255, out.shape).astype(np.float32)
    return np.asarray(np.clip(out, 0, 1), np.float32)


def read_rgb(path: Path, least: int | None = None) -> Picture:
    """Any picture OpenCV reads, as upright RGB uint8 (EXIF orientation applied, alpha dropped).

    Args:
        least: px that are enough for its shorter side; a larger JPEG is decoded smaller then.

    Raises:
        TrainError: missing, or not a picture.
    """
    if not path.is_file():
        raise TrainError(f"picture {path} not found")
    return decoded(path, cv2.IMREAD_COLOR, least)[..., ::-1].copy()


def decoded(path: Path, flags: int, least: int | None = None) -> NDArray[Any]:
    """A picture file as OpenCV gives it.

    Args:
        least: as of `read_rgb`, and instead of `flags`.

    Raises:
        TrainError: not a picture.
    """
    level = cv2.utils.logging.setLogLevel(0)  # the line below says it better
    try:
        data = np.fromfile(path, np.uint8)
        if least is not None:
            flags = reduced_flag(data[:MOST_METADATA].tobytes(), least)
        picture = cv2.imdecode(data, flags) if data.size else None
    except OSError as error:
        raise TrainError(f"{path} cannot be read ({error.strerror})") from error
    except cv2.error as error:
        raise TrainError(
            f"{path} cannot be read as a picture: OpenCV refuses it, as it does beyond {_MOST_PIXELS:,} pixels; "
            "make it smaller"
        ) from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    if picture is None:
        raise TrainError(f"{path} cannot be read as a picture; JPEG, PNG, WebP, BMP and TIFF of 8 or 16 bits work")
    return picture


def shrink_to(picture: Picture, short_side: int) -> Picture:
    """Scales down (never up) so that the shorter side is `short_side`."""
    scale = short_side / min(picture.shape[:2])
    if scale >= 1:
        return picture
    size_wh = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    return cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA).astype(np.uint8)


def to_tensor(picture: Picture, device: torch.device) -> Tensor:
    """(H, W, 3) uint8 -> (1, 3, H, W) float32 in 0..1."""
    return torch.from_numpy(picture).to(device).permute(2, 0, 1)[None].float() / 255


def to_picture(image: Tensor) -> Picture:
    """(1, 3, H, W) -> RGB uint8, clipped."""
    pixels: Picture = (image.detach()[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().cpu().numpy()
    return pixels
