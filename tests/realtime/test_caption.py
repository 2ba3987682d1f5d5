"""Tests captions on pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nstcam.realtime.caption import label


@pytest.mark.parametrize("level", [0, 120, 255])
def test_white_letters_on_a_dark_plate_in_the_corner(level: int) -> None:
    picture = np.full((90, 240, 3), level, np.uint8)
    label(picture, "kandinsky")
    rows, columns = np.nonzero((picture != level).any(axis=2))
    assert rows.min() <= 12
    assert rows.max() < 45
    assert columns.max() < 160
    corner = picture[: rows.max() + 1, : columns.max() + 1]
    assert corner.max() > 240, "letters"
    assert np.median(corner) <= level / 4, "plate"


def test_a_label_stays_within_its_part_of_a_picture() -> None:
    picture = np.full((40, 100, 3), 90, np.uint8)
    label(picture[10:30, 20:60], "a name that is far too long")
    picture[10:30, 20:60] = 90
    assert (picture == 90).all()


def test_the_plate_has_four_pixels_of_air_around_the_letters() -> None:
    picture = np.full((90, 240, 3), 120, np.uint8)
    label(picture, "gyp", 0.8)
    (width, height), below = cv2.getTextSize("gyp", cv2.FONT_HERSHEY_SIMPLEX, 0.8, 1)
    rows, columns = np.nonzero((picture != 120).any(axis=2))
    assert (rows.max() + 1, columns.max() + 1) == (height + below + 8, width + 8)
    letters = np.nonzero(picture[: height + below + 8, : width + 8].max(2) > 60)
    assert letters[0].min() >= 3
    assert letters[1].min() >= 3
    assert letters[1].max() < width + 6
