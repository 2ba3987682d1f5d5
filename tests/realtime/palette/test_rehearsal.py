"""Tests that the rehearsal paints what ONNX Runtime will, and finds ranges that fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
import pytest

from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.basis import basis
from nstcam.realtime.palette.colours import UNCHANGED, colours_of
from nstcam.realtime.palette.eight_bits import best_range
from nstcam.realtime.palette.inscribe import canvas_of
from nstcam.realtime.palette.network import CELL, in_levels
from nstcam.realtime.palette.painting import Painting
from nstcam.realtime.palette.rehearsal import Rehearsal, paint, photographs, rehearse
from nstcam.realtime.style_files.library import CONTAINER, find_style
from nstcam.realtime.style_files.style import Style

SHARES: Final = tuple(np.random.default_rng(0).normal(0, 0.2, basis().count).tolist())


def container() -> Style:
    return replace(find_style(CONTAINER), int8_path=None)


@pytest.fixture(scope="module")
def rehearsed() -> Rehearsal:
    return rehearse(in_levels(basis().network(SHARES)), canvas_of(container().path.read_bytes()))


def by_onnx_runtime(frame: Frame) -> Frame:
    painting = Painting(container().path, "", SHARES, UNCHANGED, ())
    with Stylizer(replace(container(), painting=painting), "cpu", 1) as stylizer:
        return stylizer.stylize(frame)


@pytest.mark.parametrize("number", [0, 5])
def test_it_paints_what_the_style_file_paints(number: int) -> None:
    photograph = photographs()[number]
    network, noise = in_levels(basis().network(SHARES)), canvas_of(container().path.read_bytes())
    painted = paint(network, photograph, noise, lambda _, values: values)
    assert np.abs(painted.astype(int) - by_onnx_runtime(photograph)).max() <= 1


def test_its_colours_are_the_means_over_what_is_painted(rehearsed: Rehearsal) -> None:
    found = [colours_of(by_onnx_runtime(photograph)) for photograph in photographs()]
    np.testing.assert_allclose(rehearsed.colours.mean, np.mean([each.mean for each in found], 0), atol=0.1)
    np.testing.assert_allclose(rehearsed.colours.covariance, np.mean([each.covariance for each in found], 0), rtol=0.01)


def test_every_value_between_the_frames_has_a_range(rehearsed: Rehearsal) -> None:
    blocks = {f"{part}{number}" for part in ("inner", "change", "trunk") for number in range(1, 6)}
    assert set(rehearsed.ranges) == blocks | {"stem", "canvas", "trunk0", "up1"}
    for name, found in rehearsed.ranges.items():
        assert 0 < found.scale < 1
        assert 0 <= found.zero <= 255
        rectified = name.startswith(("inner", "up1", "trunk0"))
        assert (found.zero == 0) == rectified, name


def test_a_range_clips_a_rare_extreme_and_nothing_else() -> None:
    even = np.linspace(-1, 3, 5000).astype(np.float32)
    whole = best_range(even, 6, 14)
    assert whole.scale == pytest.approx(4 / 255, rel=0.05)
    assert abs(whole.zero - 64) <= 3
    rare = best_range(np.concatenate([np.tile(even, 100), np.array([9], np.float32)]), 6, 14)
    assert 3 <= rare.scale * (255 - rare.zero) < 6
    dark = best_range(np.zeros(10, np.float32), 6, 14)
    assert dark.scale > 0
    assert dark.zero == 0


def test_the_photographs_are_in_whole_cells() -> None:
    assert len(photographs()) >= 8
    for photograph in photographs():
        assert min(photograph.shape[:2]) >= 190
        assert all(side % CELL == 0 for side in photograph.shape[:2])
        assert cv2.cvtColor(photograph, cv2.COLOR_BGR2GRAY).std() > 5
