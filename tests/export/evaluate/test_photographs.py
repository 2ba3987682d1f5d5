"""Tests which photographs are measured, and at which size."""

from pathlib import Path

import numpy as np
import pytest

from nstcam.export.errors import ExportError
from nstcam.export.evaluate.photographs import check_size, pictures_of, sized
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
    assert len(pictures_of(tmp_path)) == 10
    assert [p.name for p in pictures_of(None)] == ["astronaut.jpg", "chelsea.jpg", "coffee.jpg"]


def test_folders_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no picture in"):
        pictures_of(tmp_path)
    with pytest.raises(ExportError, match="is not a folder"):
        pictures_of(tmp_path / "none")
