"""How far apart two float32 results of the same sums may lie: said here once, in terms of the precision.

A float32 sum of n terms is off by up to n eps / 2 of what it adds at the very worst, and by about sqrt(n) eps / 2 in
fact, as roundings go both ways (Higham and Mary 2019, "A new approach to probabilistic rounding error analysis"). Which
of the sums' many orders is taken depends on the processor, so tests allow for both ends and a margin, but no more.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

EPS: Final = torch.finfo(torch.float32).eps
"""2^-23, from 1 to the next float32."""
UNITS: Final = 4.0
"""Of eps for each root of a term: one rounding is half a unit, on either side, and they may add up in chains."""

KINKS: Final = 1e-3
"""By how much a gradient's norm may be off in all: where a sum next to 0 falls on the other side of it for rounding, a
ReLU is on that was off, and the gradient of one unit of many thousands is another."""


def rounding(terms: int = 1, magnified: float = 1.0) -> float:
    """Relative difference that rounding may make.

    Args:
        terms: float32 numbers, all in all, that one number of the result is the sum of: those of the longest sum where
            sums follow each other.
        magnified: by how much a relative error of these sums is larger in the result, as 1 / 0.01 where the result is
            a difference of 1 % of them.
    """
    return UNITS * EPS * math.sqrt(terms) * magnified


def apart(found: Tensor, expected: Tensor) -> float:
    """The largest difference, in terms of the largest value expected: where numbers cancel, small ones keep nothing."""
    assert found.shape == expected.shape
    return float((found - expected).detach().abs().max() / expected.detach().abs().max())
