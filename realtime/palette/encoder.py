"""What a painting is like in numbers: statistics of its features in the first layers of VGG-16, in half a second.

Means and deviations of features describe a style well enough to paint in it (Ghiasi et al. 2017, "Exploring the
structure of a real-time, arbitrary neural artistic stylization network", arXiv 1705.06830). They are computed in NumPy,
with the weights of the loss network that comes with nst-train.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nstcam.media.packed_kernels import read_kernels
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame

CROP: Final = 112
"""Pixels. Statistics are those of crops, which are as many pixels for a painting of any shape."""
CROPS: Final = 9
THREADS: Final = 2
"""More would take cores from the live picture while a picture is added to it."""
STYLE_SIZE: Final = 512
"""Pixels of the painting's shorter side, from which crops are taken; never enlarged."""
FEATURES: Final = 2 * (64 + 128 + 256)
_WEIGHTS: Final = Path(__file__).parents[2] / "train" / "weights" / "vgg16_features_fp16.npz"
_CONVOLUTIONS: Final = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
_MEASURED: Final = ("conv1_2", "conv2_2", "conv3_1")
_MEAN_BGR: Final = (103.939, 116.779, 123.68)
"""What the network wants subtracted (Simonyan and Zisserman 2014, the Caffe model)."""
_EDGE: Final = 8
"""Pixels along the edges of a crop that are not counted: there, features are of the zeros around it."""
_ACROSS, _DOWN = 0.7548776662, 0.5698402910
"""Steps of the sequence R2 (Roberts 2018): however many places there are, they are spread evenly."""

Floats = NDArray[np.float32]


def features_of(picture: Frame) -> Floats:
    """(FEATURES,): logarithms of 1 + the mean, and of 1 + the deviation, of each channel of three layers.

    Args:
        picture: BGR, its shorter side STYLE_SIZE or less.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        moments = list(pool.map(_moments, (_crop(picture, number) for number in range(CROPS))))
    means = {name: np.mean([each[name][0] for each in moments], 0) for name in _MEASURED}
    squares = {name: np.mean([each[name][1] for each in moments], 0) for name in _MEASURED}
    deviations = {name: np.sqrt(np.maximum(squares[name] - means[name] ** 2, 0)) for name in _MEASURED}
    parts = [np.log1p(part[name]) for name in _MEASURED for part in (means, deviations)]
    return np.concatenate(parts).astype(np.float32)


def _crop(picture: Frame, number: int) -> Frame:
    """One of the crops, smaller where the picture is."""
    places = (0.5 + number * step for step in (_DOWN, _ACROSS))
    rooms = (max(side - CROP, 0) for side in picture.shape[:2])
    top, left = (round(place % 1 * room) for place, room in zip(places, rooms, strict=True))
    return picture[top : top + CROP, left : left + CROP]


def _moments(crop: Frame) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Means and mean squares (channels,) of the features of the measured layers, without the edges."""
    found = {}
    x, block = crop.astype(np.float32) - np.array(_MEAN_BGR, np.float32), "1"
    for name, (weight, bias) in _weights().items():
        if name[4] != block:
            block = name[4]
            x = _pooled(x)
        x = np.maximum(_convolved(x, weight) + bias, 0)
        if name in _MEASURED:
            edge = _EDGE >> int(block) - 1
            inner = x[edge:-edge, edge:-edge].astype(np.float64)
            found[name] = inner.mean((0, 1)), np.square(inner).mean((0, 1))
    return found


def _convolved(x: Floats, weight: Floats) -> Floats:
    """A convolution with zeros around.

    Args:
        x: (rows, columns, inputs).
        weight: (3, 3, inputs, outputs).
    """
    rows, columns = x.shape[:2]
    bordered = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    out = np.zeros((rows, columns, weight.shape[3]), np.float32)
    for down in range(3):
        for across in range(3):
            out += bordered[down : down + rows, across : across + columns] @ weight[down, across]
    return out


def _pooled(x: Floats) -> Floats:
    """The largest of each 2x2."""
    rows, columns = (side // 2 * 2 for side in x.shape[:2])
    pairs = x[:rows:2, :columns], x[1:rows:2, :columns]
    tall = np.maximum(*pairs)
    wide: Floats = np.maximum(tall[:, ::2], tall[:, 1::2])
    return wide


@cache
def _weights() -> dict[str, tuple[Floats, Floats]]:
    """Weights (3, 3, inputs, outputs) and biases (outputs,) by layer.

    Raises:
        StyleError: the file is missing or damaged.
    """
    try:
        kernels = read_kernels(_WEIGHTS, _CONVOLUTIONS)
    except (OSError, ValueError, KeyError) as error:
        raise StyleError(
            f"{_WEIGHTS}, with which pictures are looked at, cannot be read ({error}); reinstall nstcam"
        ) from error
    return {
        name: (np.ascontiguousarray(weight.transpose(2, 3, 1, 0)), bias) for name, (weight, bias) in kernels.items()
    }
