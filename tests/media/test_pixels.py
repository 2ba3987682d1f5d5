"""Tests 16 bits in 8, and the sizes that headers state."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.media.pixels import as_8_bits
from nstcam.media.stated_size import stated_size


def test_16_bits_are_rounded_to_8_and_white_stays_white() -> None:
    levels = np.array([[0, 128, 129, 257, 385, 386, 65535 - 129, 65535 - 128, 65535]], np.uint16)
    assert as_8_bits(levels).tolist() == [[0, 0, 1, 1, 1, 2, 254, 255, 255]]
    assert as_8_bits(np.array([[0, 255]], np.uint8)).tolist() == [[0, 255]]


@pytest.mark.parametrize("marker", range(0xC0, 0xD0))
def test_every_kind_of_jpeg_states_its_size(marker: int) -> None:
    """SOF0 to SOF15; DHT, JPG and DAC lie among them and hold something else."""
    segment = bytes([0xFF, marker, 0, 17, 8, 0x12, 0x34, 0x56, 0x78, 3]) + bytes(9)
    data = b"\xff\xd8\xff\xe0\0\4ab" + segment
    assert stated_size(data) == (None if marker in (0xC4, 0xC8, 0xCC) else (0x5678, 0x1234))
