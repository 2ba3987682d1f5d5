"""Tests the streams of H.264 that recordings and streams have in common."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from nstcam.realtime.frame import Frame
from nstcam.realtime.output.picture_track import TICKS, add_picture_track, yuv_of
from tests.support.fakes.live import frame_of


def noise(height: int, width: int) -> Frame:
    """Greys, whose levels say which pixel is where."""
    levels = np.random.default_rng(1).integers(0, 256, (height, width, 1), np.uint8)
    return np.repeat(levels, 3, 2)


def brightness(yuv: av.VideoFrame) -> Any:
    """The levels of greys: 16..235 of the limited range as 0..255."""
    levels: np.ndarray = yuv.to_ndarray(format="yuv420p")[: yuv.height].astype(float)
    return np.round((levels - 16) * 255 / 219)


@pytest.mark.parametrize(
    ("frame_hw", "size_wh"),
    [((48, 64), (64, 48)), ((49, 65), (64, 48)), ((47, 67), (66, 46)), ((50, 33), (32, 50)), ((51, 34), (34, 50))],
)
def test_the_size_is_the_next_smaller_even_one_and_the_last_row_or_column_is_left_out(
    frame_hw: tuple[int, int], size_wh: tuple[int, int]
) -> None:
    frame = noise(*frame_hw)
    with av.open(io.BytesIO(), "w", "matroska") as output:
        stream = add_picture_track(output, frame, {"preset": "ultrafast"})
        assert (stream.width, stream.height, stream.pix_fmt) == (*size_wh, "yuv420p")
        assert stream.time_base == stream.codec_context.time_base == TICKS == Fraction(1, 1000)
        assert stream.codec_context.framerate == 30
        yuv = yuv_of(frame, stream, 1234)
    assert (yuv.width, yuv.height, yuv.format.name) == (*size_wh, "yuv420p")
    assert (yuv.pts, yuv.time_base) == (1234, Fraction(1, 1000))
    assert np.abs(brightness(yuv) - frame[: size_wh[1], : size_wh[0], 0]).max() <= 1


@pytest.mark.parametrize(
    ("frame_hw", "lit"),
    [
        ((48, 32), (slice(0, 48), slice(16, 48))),
        ((24, 64), (slice(12, 36), slice(0, 64))),
        ((48, 62), (slice(0, 48), slice(1, 63))),
        ((46, 64), (slice(1, 47), slice(0, 64))),
        ((96, 64), (slice(0, 48), slice(16, 48))),
    ],
)
def test_a_frame_of_another_size_gets_black_bars(frame_hw: tuple[int, int], lit: tuple[slice, slice]) -> None:
    with av.open(io.BytesIO(), "w", "matroska") as output:
        stream = add_picture_track(output, frame_of(0), {})
        yuv = yuv_of(frame_of(200, *frame_hw), stream, 0)
    expected = np.ones((48, 64), bool)
    expected[lit] = False
    assert np.array_equal(brightness(yuv) == 0, expected)
