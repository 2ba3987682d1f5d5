"""Runs a network on real pictures and finds the 8-bit scale that represents each of its values best."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nstcam.export.convert.lite import FRAME, LEVELS, TorchArithmetic, paint
from nstcam.realtime.palette import eight_bits
from nstcam.realtime.palette.eight_bits import Range
from nstcam.train.network.canvas import CELL
from nstcam.train.network.networks import LiteNet, reflect_border
from nstcam.train.picture import Picture, bundled_photographs

_SAMPLES: Final = 2_000
"""Values sampled per feature map and picture, evenly spaced."""


EDGES: Final = {FRAME: Range(1.0, 128), LEVELS: Range(1.0, 0)}
"""Input and output frames are bytes already and need no conversion."""


def measure(network: LiteNet, pictures: list[Picture] | None = None) -> dict[str, Range]:
    """The range with the least mean squared error for every named value of `nstcam.export.convert.lite.paint`.

    Args:
        pictures: uint8 RGB, (H, W, 3); by default `calibration_pictures()`.
    """
    seen: dict[str, list[NDArray[np.float32]]] = {}
    with torch.no_grad():
        for picture in calibration_pictures() if pictures is None else pictures:
            image = torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1)[None].float()  # BGR levels
            bordered = reflect_border(image) - EDGES[FRAME].zero
            rows, columns = bordered.shape[2] // CELL, bordered.shape[3] // CELL
            # pixel_unshuffle puts colour first; the graphs want it last.
            cells = F.pixel_unshuffle(bordered, CELL).reshape(1, 3, CELL * CELL, rows, columns)
            paint(network, cells.transpose(1, 2).flatten(1, 2), _Watching(rows - 2, columns - 2, seen))
    return {name: best_range(np.concatenate(values)) for name, values in seen.items()} | EDGES


def best_range(values: NDArray[np.float32]) -> Range:
    """The range with the least mean squared error, among many."""
    return eight_bits.best_range(values, lowers=14, uppers=27)


def calibration_pictures() -> list[Picture]:
    """The bundled photographs, some of them also darker, brighter or with noise, as from a camera; uint8 RGB."""
    noise = np.random.default_rng(0)
    photos = list(bundled_photographs(256))
    dark = [(photo * 0.3).astype(np.uint8) for photo in photos[:3]]
    bright = [(255 - (255 - photo.astype(np.float32)) * 0.4).astype(np.uint8) for photo in photos[3:6]]
    noisy = [np.clip(photo + noise.normal(0, 12, photo.shape), 0, 255).astype(np.uint8) for photo in photos[6:]]
    return photos + dark + bright + noisy


class _Watching(TorchArithmetic):
    """Collects samples of every value in `seen`."""

    def __init__(self, rows: int, columns: int, seen: dict[str, list[NDArray[np.float32]]]) -> None:
        super().__init__(rows, columns)
        self._seen = seen

    def seen(self, name: str, x: Tensor) -> Tensor:
        values = x.flatten()
        self._seen.setdefault(name, []).append(values[:: max(len(values) // _SAMPLES, 1)].numpy())
        return x
