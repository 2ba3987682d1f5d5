"""Tests the positions of faces in known photographs after `sized` has resized and cropped them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.export.evaluate import faces
from nstcam.export.evaluate.faces import PLACES, faces_in
from nstcam.export.evaluate.photographs import digest, sized
from nstcam.train.picture import PHOTOS, read_rgb

ASTRONAUT = PHOTOS / "astronaut.jpg"


def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_wh: tuple[int, int]) -> Path:
    """A black picture with a white rectangle from 40 to 60 % of the width and 30 to 50 % of the height as its face."""
    width, height = size_wh
    picture = np.zeros((height, width, 3), np.uint8)
    picture[height * 3 // 10 : height // 2, width * 4 // 10 : width * 6 // 10] = 255
    path = tmp_path / "face.png"
    cv2.imwrite(str(path), picture)
    monkeypatch.setitem(PLACES, digest(path), ((0.4, 0.3, 0.6, 0.5),))
    return path


@pytest.mark.parametrize("size_wh", [(400, 300), (300, 400)])
@pytest.mark.parametrize("size", ["256", "320x240", "240x240"])
def test_the_box_lies_on_the_face(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_wh: tuple[int, int], size: str
) -> None:
    path = marked(tmp_path, monkeypatch, size_wh)
    shown = sized(read_rgb(path), size)[..., 0] > 128
    ((left, top, right, bottom),) = faces_in(path, size_wh, size)
    rows, columns = np.nonzero(shown)
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert (left, top, right, bottom) == pytest.approx(found, abs=1)


def test_a_face_that_is_cropped_away_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = marked(tmp_path, monkeypatch, (300, 600))
    assert faces_in(path, (300, 600), "300x200") == []


@pytest.mark.parametrize("size_wh", [(400, 300), (300, 400)])
def test_a_tiny_face_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_wh: tuple[int, int]) -> None:
    path = marked(tmp_path, monkeypatch, size_wh)
    monkeypatch.setattr(faces, "SMALLEST", 50)
    assert len(faces_in(path, size_wh, "300")) == 1
    assert faces_in(path, size_wh, "200") == []


def test_the_bundled_face_is_known_and_others_have_none(tmp_path: Path) -> None:
    """Skin is in the box: more red than green, more green than blue."""
    ((left, top, right, bottom),) = faces_in(ASTRONAUT, (384, 384), "384")
    red, green, blue = read_rgb(ASTRONAUT)[top:bottom, left:right].mean((0, 1))
    assert red > green > blue
    assert faces_in(PHOTOS / "coffee.jpg", (384, 384), "384") == []


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ((0.0, 0.0, 1.0, 1.0), [(0, 0, 200, 100)]), ((-0.01, 0.0, 1.0, 1.0), []), ((0.0, -0.01, 1.0, 1.0), []),
        ((0.0, 0.0, 1.01, 1.0), []), ((0.0, 0.0, 1.0, 1.01), []), ((0.0, 0.0, 0.12, 0.24), [(0, 0, 24, 24)]),
        ((0.0, 0.0, 0.115, 0.24), []), ((0.0, 0.0, 0.12, 0.23), []),
    ],
)  # fmt: skip
def test_a_face_is_whole_and_24_pixels_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: faces.Place, found: list[tuple[int, ...]]
) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    monkeypatch.setattr(faces, "PLACES", {digest(tmp_path / "a.png"): (place,)})
    assert faces.faces_in(tmp_path / "a.png", (200, 100), "100") == found


def test_every_marked_place_has_the_shape_of_a_face() -> None:
    for places in faces.PLACES.values():
        for left, top, right, bottom in places:
            assert 0 < left < right < 1
            assert 0 < top < bottom < 1
            assert 0.7 < (bottom - top) / (right - left) < 3
