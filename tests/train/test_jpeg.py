"""Tests that photographs larger than the crops need are decoded at a reduced size."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.train.content.sources import FileSource
from nstcam.train.jpeg import MOST_METADATA, reduced_flag, shorter_side
from nstcam.train.picture import Picture, read_rgb, write_picture

EXIF_TURNED = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + bytes(4)
"""Orientation 6, as phones write it."""


@pytest.fixture
def photo() -> Picture:
    rows, columns = np.mgrid[0:600, 0:800]
    return np.stack([rows / 600 * 255, columns / 800 * 255, np.full((600, 800), 60)], axis=2).astype(np.uint8)


def test_a_large_photo_is_read_as_small_as_crops_allow(tmp_path: Path, photo: Picture) -> None:
    write_picture(tmp_path / "photo.jpg", photo)
    source, rng = FileSource([tmp_path]), np.random.default_rng(0)
    shorter_sides = {size: min(source.picture(rng, size).shape[:2]) for size in (32, 64, 150, 151, 400)}
    assert shorter_sides == {32: 75, 64: 150, 150: 300, 151: 600, 400: 600}, "twice the crop or more, never enlarged"
    shrunk = cv2.resize(photo, (200, 150), interpolation=cv2.INTER_AREA)
    assert np.abs(source.picture(rng, 64).astype(int) - shrunk).mean() < 2
    assert read_rgb(tmp_path / "photo.jpg").shape == photo.shape, "paintings are read whole"


def test_it_is_upright_as_well(tmp_path: Path, photo: Picture) -> None:
    data = cv2.imencode(".jpg", photo[..., ::-1])[1].tobytes()
    segment = b"\xff\xe1" + (len(EXIF_TURNED) + 2).to_bytes(2) + EXIF_TURNED
    (tmp_path / "photo.jpg").write_bytes(data[:2] + segment + data[2:])
    assert read_rgb(tmp_path / "photo.jpg", least=150).shape == (200, 150, 3)


def test_sizes_are_found_in_frame_headers_only(photo: Picture) -> None:
    for flag in ([], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]):
        data = cv2.imencode(".jpg", photo, flag)[1].tobytes()
        assert shorter_side(data) == 600
        assert {shorter_side(data[:cut]) for cut in range(200)} <= {0, 600}, "also of what is cut off"
    assert shorter_side(cv2.imencode(".png", photo)[1].tobytes()) == 0
    assert shorter_side(b"\xff\xd8" + b"\xff" * 50) == 0


def test_it_is_decoded_as_small_as_leaves_enough() -> None:
    def of(shorter: int) -> bytes:
        return b"\xff\xd8\xff\xc0\0\x11\x08" + shorter.to_bytes(2) + (shorter + 9).to_bytes(2) + bytes(10)

    eighth, quarter, half = cv2.IMREAD_REDUCED_COLOR_8, cv2.IMREAD_REDUCED_COLOR_4, cv2.IMREAD_REDUCED_COLOR_2
    flags = [reduced_flag(of(shorter), 100) for shorter in (9999, 800, 799, 400, 399, 200, 199, 50)]
    assert flags == [eighth, eighth, quarter, quarter, half, half, cv2.IMREAD_COLOR, cv2.IMREAD_COLOR]
    assert reduced_flag(b"\x89PNG" + of(9999)[4:], 100) == cv2.IMREAD_COLOR
    assert MOST_METADATA == 1024**2
