"""Tests MovedGrid with painters that show their cells."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nstcam.realtime.engine.moved_grid import MovedGrid, on_grid
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.contract import GRID
from nstcam.realtime.stylizing import UNMOVED, Offset

SCENE = np.random.default_rng(3).integers(0, 256, (80, 96, 3), np.uint8)


def view(down: int, right: int) -> Frame:
    """The part of the scene that a camera sees in which the scene has moved by that much."""
    return np.ascontiguousarray(SCENE[8 - down : 56 - down, 8 - right : 72 - right])


def in_cells(frame: Frame, offset: Offset) -> Frame:
    """Each cell in its mean colour: what it paints depends on where the grid lies."""
    height, width = frame.shape[:2]
    cells = cv2.resize(frame, (width // GRID, height // GRID), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


@pytest.mark.parametrize("offset", [Offset(1, 0), Offset(0, -1), Offset(2, 3), Offset(-5, 7)])
def test_cells_go_with_the_scene(offset: Offset) -> None:
    before = in_cells(view(0, 0), UNMOVED)
    after = MovedGrid().paint(view(*offset), offset, in_cells)
    inner = slice(8, -8)
    assert np.array_equal(after[inner, inner], np.roll(before, offset, (0, 1))[inner, inner])
    assert not np.array_equal(in_cells(view(*offset), offset)[inner, inner], after[inner, inner])


def test_offsets_on_the_grid_are_asked_for_and_frames_of_one_size() -> None:
    asked: list[tuple[tuple[int, ...], Offset]] = []

    def paint(frame: Frame, offset: Offset) -> Frame:
        asked.append((frame.shape, offset))
        return frame

    grid = MovedGrid()
    for offset in (Offset(1, 2), Offset(-3, 4), Offset(769, -1281)):
        frame = view(0, 0)
        assert np.array_equal(grid.paint(frame, offset, paint), frame), "what is painted lies where the frame has it"
    assert {shape for shape, _ in asked} == {(48 + GRID, 64 + GRID, 3)}
    assert all(on_grid(offset) for _, offset in asked)
    assert [offset for _, offset in asked] == [(4, 4), (0, 4), (772, -1280)]


def test_the_frame_is_mirrored_about_its_edges() -> None:
    seen: list[Frame] = []

    def paint(frame: Frame, offset: Offset) -> Frame:
        seen.append(frame.copy())
        return frame

    frame = view(0, 0)
    MovedGrid().paint(frame, Offset(-1, -2), paint)
    assert np.array_equal(seen[0], np.pad(frame, ((1, 3), (2, 2), (0, 0)), "reflect"))


def test_a_result_may_be_kept() -> None:
    grid = MovedGrid()
    first = grid.paint(view(0, 0), Offset(1, 1), in_cells)
    kept = first.copy()
    grid.paint(view(3, 3), Offset(2, 2), in_cells)
    assert np.array_equal(first, kept)


@pytest.mark.parametrize(("offset", "expected"), [((0, 0), True), ((4, -8), True), ((1, 0), False), ((0, -3), False)])
def test_on_grid(offset: tuple[int, int], expected: bool) -> None:
    assert on_grid(Offset(*offset)) is expected
