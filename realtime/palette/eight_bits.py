"""Networks in 8 bits: how bytes represent values, and kernels (Jacob et al. 2018). nst-export writes files by the same
rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LARGEST_WEIGHT: Final = 63
"""Weights use 7 bits. x86 CPUs without VNNI add two 8-bit products in 16 bits; with larger weights the sum saturates
(255 * 127 * 2 > 32767), and pictures would differ between machines. The eighth bit made no measurable difference."""
_LEAST_SCALE: Final = 1e-12
"""For a channel of zeros."""


@dataclass(frozen=True)
class Range:
    """How bytes represent values: value = scale * (byte - zero)."""

    scale: float
    zero: int

    def to_bytes(self, values: Floats) -> NDArray[np.uint8]:
        """The nearest byte for each value; values outside the range are clipped."""
        out: NDArray[np.uint8] = np.clip(np.round(values / self.scale) + self.zero, 0, 255).astype(np.uint8)
        return out

    def error(self, values: Floats) -> float:
        """Mean squared error of the values after conversion to bytes and back."""
        scale, zero = (np.full((1, 1), value, np.float32) for value in (self.scale, self.zero))
        return float(_errors(values, scale, zero)[0])


def best_range(values: Floats, lowers: int, uppers: int) -> Range:
    """The range with the least mean squared error: it clips rare extremes where finer steps for the rest pay off.

    Args:
        lowers, uppers: how many shares, from 0.35 to all, of the smallest and of the largest value are tried.
    """
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 1e-6)
    best, least = Range(high / 255, 0), np.inf
    for lower in np.linspace(0.35, 1, lowers) if low < 0 else (0.0,):
        scales = (high * np.linspace(0.35, 1, uppers) - low * lower) / 255
        zeros = np.round(-low * lower / scales)
        errors = _errors(values, scales.astype(np.float32)[:, None], zeros.astype(np.float32)[:, None])
        place = int(errors.argmin())
        if errors[place] < least:
            best, least = Range(float(scales[place]), int(zeros[place])), errors[place]
    return best


def _errors(values: Floats, scales: Floats, zeros: Floats) -> Floats:
    """`Range.error` of the values (n,) for many ranges (m, 1), all at once."""
    back = np.round(values / scales)
    back += zeros
    np.clip(back, 0, 255, out=back)
    back -= zeros
    back *= scales
    back -= values
    return np.asarray((back**2).mean(1), np.float32)


def kernel_in_bytes(weight: Floats, bias: Floats, scale: float) -> tuple[NDArray[np.int8], Floats, NDArray[np.int32]]:
    """A convolution's weight (O, I, rows, columns) in levels, the scale of each output (O,), and its bias (O,) in units
    of the sums.

    Args:
        scale: of its input's range.
    """
    scales = np.maximum(np.abs(weight).max((1, 2, 3)) / LARGEST_WEIGHT, _LEAST_SCALE).astype(np.float32)
    levels = np.round(weight / scales[:, None, None, None]).astype(np.int8)
    return levels, scales, np.round(bias / (scales * np.float32(scale))).astype(np.int32)
