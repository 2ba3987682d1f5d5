"""Convolution kernels with six bits of mantissa, packed in an .npz: the loss network's, read without PyTorch.

The last of these bits are as good as random, and deflate makes such bytes no smaller. So each float16 is split: sign,
exponent and the first two bits of the mantissa make a byte, some values of which are far more frequent than others, and
the four bits that follow lie apart, two to a byte. The float16's last four are zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

_WEIGHT: Final = ".weight"
_HIGH: Final = ".weight.high"
_LOW: Final = ".weight.low"
_BIAS: Final = ".bias"


def kernel_names(path: Path) -> list[str]:
    """The names of the convolutions in an .npz, packed or plain, in their order.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not an .npz, or damaged.
    """
    with _opened(path) as archive:
        return [key.removesuffix(_HIGH).removesuffix(_WEIGHT) for key in archive if key.endswith((_WEIGHT, _HIGH))]


def read_kernels(path: Path, names: Sequence[str]) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Kernels (O, I, 3, 3) and biases (O,) of the named convolutions; nothing else of the file is read.

    Args:
        path: an .npz of `write_kernels`, or one with plain arrays of floats, NAME.weight and NAME.bias.

    Raises:
        OSError: it cannot be read.
        KeyError: an array is missing; the message is its name.
        ValueError: it is not an .npz, or damaged, or an array has another shape or type.
    """
    with _opened(path) as archive:
        return {name: _kernel(archive, name) for name in names}


def write_kernels(path: Path, kernels: Mapping[str, tuple[NDArray[Any], NDArray[Any]]]) -> None:
    """Packs kernels (O, I, 3, 3) and biases (O,) into an .npz, without any loss to the kernels.

    For each convolution: NAME.weight.high, uint8 (O, I, 3, 3), the upper byte of the float16; NAME.weight.low, uint8
    (half of the kernel's size, rounded up), the next four bits, of the first of two numbers in the upper half of the
    byte; NAME.bias, float32.

    Raises:
        OSError: it cannot be written.
        ValueError: a kernel has other numbers than float16 with six bits of mantissa, or another shape.
    """
    arrays: dict[str, Any] = {}
    for name, (weight, bias) in kernels.items():
        _check_shapes(name, weight.shape, bias.shape)
        half = np.ascontiguousarray(weight, np.float16)
        bits = half.view(np.uint16)
        if not np.array_equal(half, weight) or (bits & 0x0F).any():
            raise ValueError(f"{name}{_WEIGHT} has more than six bits of mantissa")
        low = (bits.ravel() & 0xF0).astype(np.uint8)
        packed = low[0::2].copy()
        packed[: low.size // 2] |= low[1::2] >> 4
        arrays |= {
            name + _HIGH: (bits >> 8).astype(np.uint8),
            name + _LOW: packed,
            name + _BIAS: np.asarray(bias, np.float32),
        }
    with path.open("wb") as file:  # given a path, NumPy may add a suffix
        np.savez_compressed(file, **arrays)


@contextmanager
def _opened(path: Path) -> Iterator[NpzFile]:
    """The archive; what else is raised while it is open, of damaged ones, becomes a ValueError."""
    try:
        with path.open("rb") as file:
            archive = np.load(file)
            if not isinstance(archive, NpzFile):
                raise ValueError("a single array")
            yield archive
    except (KeyError, OSError, ValueError):
        raise
    except Exception as error:  # zipfile and NumPy raise a dozen kinds for files that they did not write
        raise ValueError(f"damaged ({error})") from error


def _kernel(archive: NpzFile, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    weight = _unpacked(archive, name) if name + _HIGH in archive else _floats(archive, name + _WEIGHT)
    bias = _floats(archive, name + _BIAS)
    _check_shapes(name, weight.shape, bias.shape)
    return weight, bias


def _unpacked(archive: NpzFile, name: str) -> NDArray[np.float32]:
    high, low = _array(archive, name + _HIGH), _array(archive, name + _LOW)
    if high.dtype != np.uint8 or low.dtype != np.uint8 or low.shape != ((high.size + 1) // 2,):
        raise ValueError(f"{name}{_HIGH} and {name}{_LOW} do not fit")
    bits = high.ravel().astype(np.uint16) << 8
    bits[0::2] |= low & 0xF0
    bits[1::2] |= low[: bits.size // 2] << 4
    return bits.view(np.float16).astype(np.float32).reshape(high.shape)


def _floats(archive: NpzFile, key: str) -> NDArray[np.float32]:
    array = _array(archive, key)
    if array.dtype.kind != "f":
        raise ValueError(f"{key} holds no floats")
    return array.astype(np.float32)


def _array(archive: NpzFile, key: str) -> NDArray[Any]:
    if key not in archive:
        raise KeyError(key)
    array = archive[key]
    if not isinstance(array, np.ndarray):  # NumPy hands out the bytes of what has no header of its own
        raise ValueError(f"{key} is not an array")
    return array


def _check_shapes(name: str, weight: tuple[int, ...], bias: tuple[int, ...]) -> None:
    if len(weight) != 4 or weight[2:] != (3, 3) or bias != weight[:1]:
        raise ValueError(f"{name}{_WEIGHT} or {name}{_BIAS} of another shape")
