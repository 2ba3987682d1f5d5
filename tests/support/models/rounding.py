"""Tolerances for comparing two float32 results of the same sums, derived from the precision.

The relative error of a float32 sum of n terms is at most n eps / 2, and typically about sqrt(n) eps / 2, because
roundings go both ways (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis"). The order of
summation depends on the processor, so tests allow for an error in both results and a margin, but no more.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

EPS: Final = torch.finfo(torch.float32).eps
"""2^-23, from 1 to the next float32."""
UNITS: Final = 4.0
"""Tolerance in eps, for each root of the number of terms: one rounding is half a unit, each of the two results has its
own, and roundings may add up in chains."""

KINKS: Final = 1e-3
"""By how much a gradient's norm may be off in all: where a sum next to 0 falls on the other side of it for rounding, a
ReLU is on that was off, and the gradient of one unit of many thousands is another."""


def rounding(terms: int = 1, magnified: float = 1.0) -> float:
    """The relative difference that rounding may cause.

    Args:
        terms: how many float32 numbers are added for one number of the result; if sums of sums are taken, those of
            the longest sum.
        magnified: by which factor a relative error of these sums is larger in the result: 1 / 0.01, for example, if
            the result is a difference of 1 % of them.
    """
    return UNITS * EPS * math.sqrt(terms) * magnified


def apart(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest value expected (small values may have cancelled entirely)."""
    assert found.shape == expected.shape
    return float((found - expected).detach().abs().max() / expected.detach().abs().max())
