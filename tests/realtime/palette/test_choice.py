"""Tests what strokes are measured as, and that the nearest style is the one that paints like the picture."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from nstcam.export.evaluate.bundled_strokes import digest_of, photographs
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.bundled import FILE, Measured, as_plain, bundled_strokes, measured
from nstcam.realtime.palette.choice import harshness, nearest
from nstcam.realtime.palette.colours import CONTRAST, UNCHANGED, colours_of
from nstcam.realtime.palette.strokes import SPREAD, USUAL, Strokes, deviations, difference, strokes_of
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import ORDER, find_style
from nstcam.realtime.style_files.style import BUNDLED_STYLES


def dots(size: int, strength: float = 40.0, seed: int = 0) -> Frame:
    """Round strokes of about `size` pixels on grey."""
    noise = np.random.default_rng(seed).normal(0, 1, (240, 320, 3))
    blurred = cv2.GaussianBlur(noise, (0, 0), size / 2)
    return np.asarray(np.clip(blurred / blurred.std() * strength + 128, 0, 255), np.uint8)


def test_stronger_strokes_are_as_many_times_stronger() -> None:
    weak, strong = strokes_of(dots(4, 20)), strokes_of(dots(4, 40))
    np.testing.assert_allclose(deviations(strong, UNCHANGED, weak)[:3], np.log(2), atol=0.02)
    np.testing.assert_allclose(deviations(strong, UNCHANGED, weak)[3:], 0, atol=0.02)


def test_broader_strokes_have_less_of_the_finest_detail() -> None:
    fine, broad = (strokes_of(dots(size)) for size in (2, 8))
    shares = [np.trace(strokes.strength[0]) / np.trace(strokes.strength[2]) for strokes in (fine, broad)]
    assert shares[0] > 5 * shares[1]


def test_few_edges_on_even_paint_are_sparse() -> None:
    forms = np.full((240, 320, 3), 60, np.uint8)
    cv2.circle(forms, (160, 120), 70, (200, 180, 90), -1)
    assert strokes_of(forms).sparseness[0] < strokes_of(dots(2)).sparseness[0] - 0.5
    assert strokes_of(forms).together[0] > strokes_of(dots(2)).together[0] + 0.2


@pytest.mark.parametrize("picture", [np.zeros((32, 32, 3), np.uint8), np.full((33, 5000, 3), 255, np.uint8), dots(2)])
def test_every_picture_has_finite_figures_and_a_nearest_style(picture: Frame) -> None:
    strokes = strokes_of(picture)
    assert all(np.isfinite(figures).all() for figures in strokes)
    name, colours = nearest(picture, bundled_strokes())
    assert name in ORDER
    assert np.isfinite(np.asarray(colours.matrix)).all()


def test_even_paint_has_no_strokes_and_counts_as_a_quarter_of_a_squared_level() -> None:
    even, grainy = strokes_of(np.full((40, 50, 3), 90, np.uint8)), strokes_of(dots(3))
    assert [np.abs(figures).max() for figures in even] == pytest.approx([0, 0, 0], abs=1e-3)
    expected = [np.log(np.trace(each) / 0.25) / 2 for each in grainy.strength]
    np.testing.assert_allclose(deviations(grainy, UNCHANGED, even)[:3], expected, rtol=1e-6)
    assert (np.diff([np.trace(each) for each in strokes_of(dots(2)).strength]) < 0).all(), "finest first"


def test_strokes_are_harsh_that_are_strong_for_the_contrast_sparse_and_at_one_scale() -> None:
    """37 times the logarithm of the middle strokes' deviation in units of the contrast, 72 and 63 times the others."""
    strength = np.array([np.eye(3), 10 * np.eye(3), np.eye(3)])
    strokes = Strokes(strength, np.array([9.0, -0.5]), np.array([0.2, 9, 9]))
    style = Measured(colours_of(dots(3))._replace(covariance=100 * np.eye(3)), strokes)
    assert harshness(style) == pytest.approx(37 * np.log(np.sqrt(0.1)) + 72 * 0.5 - 63 * 0.2)


def test_the_nearest_is_the_style_whose_strokes_differ_as_much_as_usual() -> None:
    wanted = strokes_of(dots(3))
    usual = Strokes(wanted.strength * np.exp(2 * USUAL[:3])[:, None, None], wanted.sparseness + USUAL[3:5],
                    wanted.together + USUAL[5:])  # fmt: skip
    other = usual._replace(sparseness=usual.sparseness - 2 * SPREAD[3:5])
    assert difference(usual, UNCHANGED, wanted) == pytest.approx(0, abs=1e-9)
    assert difference(other, UNCHANGED, wanted) == pytest.approx(8)
    weaker, stronger = (usual._replace(strength=usual.strength * np.exp(2 * change * SPREAD[:3])[:, None, None])
                        for change in (-1, 1))  # fmt: skip
    assert difference(stronger, UNCHANGED, wanted) == pytest.approx(3)
    assert difference(weaker, UNCHANGED, wanted) == pytest.approx(2.4), "what is missing counts less"
    colours = colours_of(dots(3))
    assert nearest(dots(3), {"other": Measured(colours, other), "usual": Measured(colours, usual)})[0] == "usual"


def test_what_is_painted_has_less_contrast_than_the_picture() -> None:
    picture = dots(3, 60)
    style = Measured(colours_of(picture), strokes_of(picture))
    matrix = np.asarray(nearest(picture, {"same": style})[1].matrix)
    np.testing.assert_allclose(matrix, CONTRAST * np.eye(3), atol=1e-6)


def test_a_style_whose_colours_cannot_be_stretched_far_enough_is_passed_over() -> None:
    wanted, colours = strokes_of(dots(3)), colours_of(dots(3))
    pale = Measured(colours._replace(covariance=colours.covariance / 9), wanted)
    bold = Measured(colours, wanted._replace(together=wanted.together + 0.05))
    assert nearest(dots(3), {"pale": pale._replace(colours=colours), "bold": bold})[0] == "pale"
    assert nearest(dots(3), {"pale": pale, "bold": bold})[0] == "bold"


def test_among_styles_that_differ_alike_the_one_with_milder_strokes_is_chosen() -> None:
    picture = dots(3, 60)
    mild = Measured(colours_of(picture), strokes_of(picture))
    usual = strokes_of(picture)
    strong = Measured(mild.colours, usual._replace(strength=usual.strength * 1.5))
    sparse = Measured(mild.colours, usual._replace(sparseness=usual.sparseness - 0.1))
    apart = Measured(mild.colours, usual._replace(together=usual.together - 0.1))
    assert all(harshness(harsh) > harshness(mild) + 3 for harsh in (strong, sparse, apart))
    even = Measured(colours_of(np.full((40, 40, 3), 9, np.uint8)), strokes_of(np.full((40, 40, 3), 9, np.uint8)))
    assert np.isfinite(harshness(even))


def test_styles_of_black_lines_are_left_to_paintings_like_them() -> None:
    """glass came nearest to a third of the paintings and missed their totals by the most (docs/research/palette.md)."""
    figures = {name: harshness(style) for name, style in bundled_strokes().items()}
    assert {"glass", "woodcut", "pop"} <= set(sorted(figures, key=figures.__getitem__)[8:])
    assert {"fauve", "cubist", "delaunay"} <= set(sorted(figures, key=figures.__getitem__)[:8])


def test_no_bundled_style_has_changed_since_it_was_measured() -> None:
    recorded = {name: values["file"] for name, values in json.loads(FILE.read_text("utf-8")).items()}
    found = {name: digest_of(BUNDLED_STYLES / f"{name}{INT8_SUFFIX}") for name in ORDER}
    assert recorded == found, "run python -m nstcam.export.evaluate.bundled_strokes"


def test_the_bundled_figures_are_those_of_the_bundled_styles() -> None:
    known = bundled_strokes()
    assert list(known) == list(ORDER)
    with Stylizer(find_style("tahiti"), device="cpu") as stylizer:
        found = as_plain(measured([stylizer.stylize(photo) for photo in photographs()]))
    recorded = as_plain(known["tahiti"])
    for name, values in found.items():  # the integers of CPUs with and without VNNI are the same, their order is not
        np.testing.assert_allclose(
            values, recorded[name], rtol=0.02, atol=0.02, err_msg="run python -m nstcam.export.evaluate.bundled_strokes"
        )
