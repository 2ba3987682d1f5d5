"""Training crops: cut from content pictures, mirrored and varied in light, the same ones for the same seed."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from nstcam.train.content.sources import ContentSource
from nstcam.train.picture import Picture


class TrainingCrops(Dataset[Tensor]):
    """Item i is always the same crop: its generator is seeded with (seed, i), so resumed runs continue exactly.

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
    """A (size, size, 3) crop of half to all of the picture's shorter side, mirrored half of the time."""
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
    """Varies gain, gamma, contrast and tint, and sometimes adds noise or blur: good photographs become webcams and dark
    rooms.

    (H, W, 3) in 0..1 -> the same. Strong on purpose: batch statistics are frozen at export, so training must cover
    every exposure that users will have.
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
