"""Tests the measures of appearance on pictures whose figures are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nstcam.export.evaluate.appearance import (
    Range,
    appearance,
    contour,
    face_structure,
    means,
    range_of,
    scene_colour,
    tone_slope,
)
from nstcam.train.picture import Picture


def cells(seed: int = 0, rows: int = 12, columns: int = 16) -> Picture:
    """Things of 32 px in random colours."""
    colours = np.random.default_rng(seed).integers(40, 216, (rows, columns, 3), np.uint8)
    return np.asarray(cv2.resize(colours, None, fx=32, fy=32, interpolation=cv2.INTER_NEAREST), np.uint8)


def grey(value: float) -> Picture:
    return np.full((96, 128, 3), value, np.uint8)


def outlined() -> tuple[Picture, Picture]:
    """A light square on a dark ground, and the same with a black line of 4 px around it."""
    content = np.full((240, 320, 3), 90, np.uint8)
    content[60:180, 80:240] = 200
    painted = content.copy()
    cv2.rectangle(painted, (80, 60), (240, 180), (0, 0, 0), 4)
    return painted, content


def test_all_figures_by_name_without_those_that_a_picture_cannot_have() -> None:
    painted, content = outlined()
    wanted, seen = Range(40.0, 1, 2, 0.5), range_of(painted)
    found = appearance(painted, content, [(80, 60, 140, 120), (0, 0, 40, 40)], wanted)
    assert found == {
        "contrast (sd of L*)": seen.contrast, "dark end (L*)": seen.dark, "light end (L*)": seen.light,
        "chroma (95 %)": seen.chroma, "tone slope": tone_slope(painted, content),
        "scene colour (R2)": scene_colour(painted, content), "contour": contour(painted, content),
        "face structure": (face_structure(painted, content, (80, 60, 140, 120)) + 1) / 2,
        "contrast / painting's": seen.contrast / 40, "chroma / painting's": seen.chroma,  # of a grey painting
    }  # fmt: skip
    assert list(appearance(painted, content, [], None)) == list(found)[:7]
    assert list(appearance(painted, np.full_like(content, 9), [], None)) == [*list(found)[:4], "scene colour (R2)"]
    assert means([{"a": 1, "b": 2}, {"a": 4, "c": 5}]) == {"a": 2.5, "b": 2, "c": 5}


def test_range_of_half_black_and_half_white() -> None:
    picture = grey(0)
    picture[:, 64:] = 255
    found = range_of(picture)
    assert found.contrast == pytest.approx(50, abs=0.1)
    assert found.dark == pytest.approx(0, abs=0.1)
    assert found.light == pytest.approx(100, abs=0.1)
    assert found.chroma == pytest.approx(0, abs=0.1)


def test_chroma_of_pure_blue() -> None:
    picture = grey(0)
    picture[..., 2] = 255
    assert range_of(picture).chroma == pytest.approx(133.8, abs=0.5)  # a* 79.2, b* -107.9


def test_tone_slope_of_a_paler_picture() -> None:
    content = cells()
    lightness = cv2.cvtColor(content, cv2.COLOR_RGB2LAB)
    lightness[..., 0] = np.round(128 + 0.5 * (lightness[..., 0] - 128.0))
    pale = np.asarray(cv2.cvtColor(lightness, cv2.COLOR_LAB2RGB), np.uint8)
    assert tone_slope(content, content) == pytest.approx(1)
    assert tone_slope(pale, content) == pytest.approx(0.5, abs=0.03)
    assert tone_slope(np.asarray(255 - content, np.uint8), content) < -0.7


def test_a_wall_has_no_tone_slope() -> None:
    assert np.isnan(tone_slope(cells(), np.full_like(cells(), 128)))


def test_scene_colour_of_a_map_of_colours_and_of_a_canvas() -> None:
    content = cells()
    recoloured = np.ascontiguousarray(255 - content[..., [2, 0, 1]])
    assert scene_colour(content, content) == pytest.approx(1, abs=1e-3)
    assert scene_colour(recoloured, content) > 0.9
    assert scene_colour(cells(1), content) < 0.2  # nine coefficients of 192 things explain a little of anything
    mixed = ((content.astype(int) + cells(1)) // 2).astype(np.uint8)
    assert 0.3 < scene_colour(mixed, content) < 0.7


def test_scene_colour_counts_colours_that_turn_back() -> None:
    """Red for things that are dark or light, green for those between: a square of the lightness, not a line."""
    content = cells()
    content[:] = content[..., :1]  # greys
    level = content[..., 0].astype(float) - 128
    painted = np.full_like(content, 60)
    painted[..., 0] += (120 * (level / 88) ** 2).astype(np.uint8)
    painted[..., 1] += (120 * (1 - (level / 88) ** 2)).astype(np.uint8)
    assert scene_colour(painted, content) > 0.9


def test_strokes_within_a_cell_do_not_count_for_scene_colour() -> None:
    content = cells()
    strokes = content.astype(int)
    strokes[:, ::2] += 30
    strokes[:, 1::2] -= 30
    assert scene_colour(strokes.astype(np.uint8), content) > 0.99


def test_a_painting_in_grey_has_no_scene_colour() -> None:
    assert np.isnan(scene_colour(np.full_like(cells(), 100), cells()))


def test_outlines_are_contours_and_the_bare_edge_is_none() -> None:
    painted, content = outlined()
    assert contour(painted, content) > 0.9
    assert contour(content, content) == pytest.approx(0, abs=0.02)


def test_lines_everywhere_are_no_contours() -> None:
    _, content = outlined()
    hatched = content.copy()
    hatched[:, ::6] = 0
    hatched[:, 1::6] = 0
    assert contour(hatched, content) < 0.2


def test_a_light_outline_is_none() -> None:
    _, content = outlined()
    painted = content.copy()
    cv2.rectangle(painted, (80, 60), (240, 180), (255, 255, 255), 4)
    assert contour(painted, content) < 0.2


def test_a_photograph_without_edges_has_no_contours() -> None:
    assert np.isnan(contour(outlined()[0], np.full((240, 320, 3), 100, np.uint8)))


def face() -> Picture:
    picture = np.full((160, 160, 3), 190, np.uint8)
    for x in (60, 100):
        cv2.circle(picture, (x, 70), 7, (40, 40, 40), -1)
    cv2.ellipse(picture, (80, 110), (22, 6), 0, 0, 360, (110, 60, 60), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2), np.uint8)


def test_a_face_keeps_its_structure_in_another_light() -> None:
    whole = (0, 0, 160, 160)
    darker = (face() * 0.6 + 20).astype(np.uint8)
    assert face_structure(face(), face(), whole) == pytest.approx(1, abs=1e-3)
    assert face_structure(darker, face(), whole) > 0.85


def test_a_face_that_is_torn_loses_its_structure() -> None:
    box = (40, 50, 120, 125)
    strokes = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    torn = np.asarray(cv2.resize(strokes, (160, 160), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert face_structure(torn, face(), box) < 0.5
    eyes = (50, 60, 110, 80)
    assert face_structure(np.asarray(255 - face(), np.uint8), face(), eyes) < 0


def test_only_the_face_counts() -> None:
    painted = face()
    painted[:40] = np.random.default_rng(0).integers(0, 256, (40, 160, 3), np.uint8)
    assert face_structure(painted, face(), (40, 50, 120, 125)) == pytest.approx(1, abs=1e-3)
