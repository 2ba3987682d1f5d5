"""Tests which photographs are measured, and at which size."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.export.errors import ExportError
from nstcam.export.evaluate.photographs import check_size, digest, pictures_of, scale_and_crop, sized
from nstcam.train.errors import UsageError


def test_sizes() -> None:
    photo = np.zeros((100, 200, 3), np.uint8)
    photo[:, 90:110] = 255
    assert sized(photo, "50").shape == (50, 100, 3)
    assert sized(photo, "120").shape == (120, 240, 3)
    middle = sized(photo, "64x64")
    assert middle.shape == (64, 64, 3)
    assert middle[32, 32].tolist() == [255] * 3
    assert middle[32, 0].tolist() == [0] * 3


@pytest.mark.parametrize("size", ["big", "640x", "31", "640x16", "-5"])
def test_a_size_that_is_none(size: str) -> None:
    with pytest.raises(UsageError, match=f"size {size}"):
        check_size(size)


def test_pictures_of_a_folder_are_evenly_chosen(tmp_path: Path) -> None:
    for i in range(10):
        (tmp_path / f"{i}.jpg").touch()
    (tmp_path / "notes.txt").touch()
    assert [p.stem for p in pictures_of(tmp_path, 2)] == ["2", "7"]
    assert [p.stem for p in pictures_of(tmp_path, 3)] == ["1", "5", "8"]
    assert len(pictures_of(tmp_path, 10)) == len(pictures_of(tmp_path, 11)) == 10
    assert len(pictures_of(tmp_path)) == 10
    assert [p.name for p in pictures_of(None)] == ["astronaut.jpg", "chelsea.jpg", "coffee.jpg"]


def test_folders_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no picture in"):
        pictures_of(tmp_path)
    with pytest.raises(ExportError, match="is not a folder"):
        pictures_of(tmp_path / "none")


@pytest.mark.parametrize(
    ("wh", "size", "found"),
    [
        ((200, 100), "50", ((100, 50), (0, 0), (100, 50))), ((100, 200), "50", ((50, 100), (0, 0), (50, 100))),
        ((200, 100), "64x48", ((96, 48), (16, 0), (64, 48))), ((100, 200), "64x48", ((64, 128), (0, 40), (64, 48))),
        ((64, 48), "640x480", ((640, 480), (0, 0), (640, 480))),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_picture(wh: tuple[int, int], size: str, found: tuple[tuple[int, int], ...]) -> None:
    assert scale_and_crop(wh, size) == found
    picture = np.random.default_rng(0).integers(0, 256, (wh[1], wh[0], 3), np.uint8)
    method = cv2.INTER_CUBIC if found[0][0] >= wh[0] else cv2.INTER_AREA
    (left, top), (width, height) = found[1:]
    scaled = cv2.resize(picture, found[0], interpolation=method)
    assert np.array_equal(sized(picture, size), scaled[top : top + height, left : left + width])
    assert [check_size(text) for text in ("32", "32x32")] == ["32", "32x32"]


def test_a_digest_has_16_digits(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert digest(tmp_path / "a") == "ba7816bf8f01cfea"  # FIPS 180-4, example
