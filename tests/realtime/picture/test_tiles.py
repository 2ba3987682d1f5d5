"""Tests that tiles equal the whole picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.export.convert.exporter import export_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.picture.tiles import CELL, OVERLAP, spans, stylize_tiled
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import read_style
from nstcam.realtime.stylizing import UNMOVED, Offset
from nstcam.train.network import canvas
from tests.support.fakes.live import PlainStylizer
from tests.support.models.tiny import TINY_LITE, random_checkpoint


def scene(height: int, width: int) -> Frame:
    """Blobs of all brightnesses, so that every part differs."""
    noise = np.random.default_rng(2).integers(0, 255, (height, width, 3), np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 5).astype(float)
    low, high = blurred.min(), blurred.max()
    out: Frame = ((blurred - low) * 255 / (high - low)).astype(np.uint8)
    return out


def check(stylizer: Stylizer, frame: Frame) -> None:
    whole, tiled = stylizer.stylize(frame), stylize_tiled(frame, stylizer, step=500)
    assert whole.std() > 5
    assert np.abs(whole.astype(int) - tiled).max() <= 1


def test_tiles_count_in_the_cells_of_networks() -> None:
    assert CELL == canvas.CELL


def test_a_lite_network_in_tiles_equals_the_whole(tmp_path: Path) -> None:
    export_style(random_checkpoint(TINY_LITE), tmp_path / "tiny.onnx")
    style = read_style(tmp_path / "tiny.onnx")
    assert style.is_local
    for height, width in ((641, 1283), (70, 1700), (1153, 200)):
        check(Stylizer(style, "cpu"), scene(height, width))


def test_a_bundled_style_in_tiles_equals_the_whole() -> None:
    check(Stylizer(find_style("starry"), "cpu"), scene(700, 650))


def test_another_overlap_or_origin_would_show() -> None:
    """The tests above can fail: the same style with less overlap, and with tiles that begin their canvas anew."""
    stylizer, frame = Stylizer(find_style("starry"), "cpu"), scene(400, 700)
    whole = stylizer.stylize(frame)
    near = stylizer.stylize(np.ascontiguousarray(frame[:, :512]))[:, 480:].astype(int)
    elsewhere = stylizer.stylize(np.ascontiguousarray(frame[:, 256:]))[:, OVERLAP:].astype(int)
    assert np.abs(near - whole[:, 480:512]).max() > 1
    assert np.abs(elsewhere - whole[:, 256 + OVERLAP :]).max() > 10


@pytest.mark.parametrize("length", [32, 128, 129, 640, 641, 1664, 1665, 1792, 5000])
@pytest.mark.parametrize("step", [500, 1536])
def test_what_tiles_keep_adds_up(length: int, step: int) -> None:
    kept = list(spans(length, step))
    assert [span.begin for span in kept] == [0, *(span.end for span in kept[:-1])]
    assert kept[-1].end == length
    for span in kept:
        assert span.origin % CELL == 0
        assert span.begin - span.origin in (0, OVERLAP)
        assert span.stop - span.end >= min(OVERLAP, length - span.end)
        assert span.stop - span.origin >= min(length, OVERLAP)
        assert span.stop - span.origin <= step + 2 * OVERLAP, "memory is bounded"
    with pytest.raises(ValueError, match="not a multiple"):
        stylize_tiled(np.zeros((40, 40, 3), np.uint8), Nothing(), step=510)


class Nothing(PlainStylizer):
    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        return frame


def test_tiles_begin_at_cells_unless_told() -> None:
    frame = scene(32, 2000)
    assert np.array_equal(stylize_tiled(frame, Nothing()), frame)


def test_tiles_of_a_known_length() -> None:
    """`origin`, `stop`, `begin`, `end`: 128 px of surroundings on either side where there are some."""
    assert list(spans(1000, 400)) == [(0, 656, 0, 528), (400, 1000, 528, 928), (800, 1000, 928, 1000)]
    assert list(spans(528, 400)) == [(0, 528, 0, 528)]
    assert list(spans(40, 400)) == [(0, 40, 0, 40)]
