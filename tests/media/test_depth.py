"""Tests which level headers state for white, and which of them OpenCV has used up already."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.media.depth import as_grey, highest_level
from nstcam.media.pixels import PictureError

CODESTREAM = b"\xff\x4f\xff\x51".ljust(42, b"\0")


@pytest.mark.parametrize(
    ("head", "deep", "most"),
    [
        (b"P5 # 9\n4 3 100\n", False, 100), (b"P6\n4\n3\n100\n", False, 100),
        (b"P2 4 3 100\n", False, None), (b"P3 4 3 100\n", False, None),  # OpenCV scales these itself
        (b"P2 4 3 1000\n", True, 1000), (b"P5 4 3 1000\n", True, 1000), (b"P5 4 3 255\n", False, 255),
        (b"P5 4 3 256\n", False, None), (b"P5 4 3 65535\n", True, 65535), (b"P5 4 3 65536\n", True, None),
        (b"P5 4 3 1\n", False, 1), (b"P5 4 3 0\n", False, None), (b"P4 4 3 1\n", False, None),
        (b"P7\nWIDTH 4\nMAXVAL  31\n", False, 31), (b"P7\nWIDTH 4\n", False, None), (b"\nMAXVAL 31\n", False, None),
        (CODESTREAM + b"\x0b\0", True, 4095), (b"jP  " + CODESTREAM + b"\x8b\0", True, 4095),
        (CODESTREAM + b"\x0f", True, 65535), (CODESTREAM + b"\x10", True, None),
        (CODESTREAM, True, None), (CODESTREAM + b"\x0b\0", False, None), (b"", True, None),
    ],
)  # fmt: skip
def test_the_level_of_white(head: bytes, deep: bool, most: int | None) -> None:
    assert highest_level(head, deep) == most


def test_deep_jpeg_2000_in_ycc_is_refused_where_its_box_lies_before_the_picture() -> None:
    ycc = b"colr\1\0\0\0\0\0\x12"
    with pytest.raises(PictureError, match="save it as RGB"):
        highest_level(ycc + CODESTREAM + b"\x0b", True)
    assert highest_level(CODESTREAM + b"\x0b" + ycc, True) == 4095
    assert highest_level(ycc + CODESTREAM + b"\x0b", False) is None


def test_black_and_white_becomes_grey_and_its_samples_stay() -> None:
    head = b"P7\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n"
    samples = b"\nMAXVAL 1\nBLACKANDWHITE" * 30
    new = as_grey(np.frombuffer(head + samples, np.uint8)).tobytes()
    assert new == b"P7\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n" + samples
