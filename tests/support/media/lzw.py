"""Writes TIFF's LZW without compressing anything, because tifffile needs another package for it."""

from __future__ import annotations

import numpy as np

_CLEAR, _END = 256, 257


def lzw(data: bytes) -> bytes:
    """The data in codes of 9 bits; the table is cleared before it needs longer ones."""
    codes = [_CLEAR]
    for place in range(0, len(data), 200):
        codes += [*data[place : place + 200], _CLEAR]
    bits = np.array([*codes, _END])[:, None] >> np.arange(8, -1, -1) & 1
    return np.packbits(bits.astype(np.uint8)).tobytes()
