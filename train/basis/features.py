"""The features of training pictures, which are measured once and kept in small files."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.fit.learning import STYLE_SIZE
from nstcam.train.picture import Picture, shrink_to

FeaturesOf = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""A picture's features (F,), by which its shares are told; of BGR, its shorter side STYLE_SIZE or less."""


def write_features(path: Path, picture: Picture, features_of: FeaturesOf) -> None:
    """Measures RGB uint8, shrunk to STYLE_SIZE, and writes an .npy.

    Raises:
        TrainError: it cannot be written.
    """
    small = np.ascontiguousarray(shrink_to(picture, STYLE_SIZE)[..., ::-1])
    buffer = io.BytesIO()
    np.save(buffer, features_of(small))
    write_whole(path, buffer.getbuffer())


def read_features(path: Path) -> Tensor:
    """(F,) float32: what `write_features` wrote.

    Raises:
        TrainError: it is missing or damaged.
    """
    try:
        return torch.from_numpy(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise TrainError(f"{path} is damaged ({type(error).__name__}); delete it") from error
