"""Frames as H.264, for recordings and streams: whole milliseconds, even sizes, exact colours."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import av
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from nstcam.realtime.frame import Frame, letterbox
from nstcam.realtime.video.encoding.encoder import CENTRED
from nstcam.realtime.video.reading.upright import EXACT_COLOUR

TICKS: Final = Fraction(1, 1000)
"""Seconds per unit of time."""


def add_picture_track(output: OutputContainer, frame: Frame, options: Mapping[str, str]) -> VideoStream:
    """Adds a stream for frames of the size of `frame`, encoded by x264 with these options."""
    stream = output.add_stream("libx264", rate=30, options={**CENTRED, **options})
    assert isinstance(stream, VideoStream)
    height, width = frame.shape[:2]
    stream.width, stream.height, stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
    stream.codec_context.time_base = stream.time_base = TICKS
    stream.codec_context.color_range, stream.codec_context.colorspace = ColorRange.MPEG, Colorspace.ITU709
    return stream


def yuv_of(frame: Frame, stream: VideoStream, pts: int) -> av.VideoFrame:
    """The frame for that stream, at `pts` ticks; one of another size gets black bars."""
    size_wh = stream.width, stream.height
    height, width = frame.shape[:2]
    if (width // 2 * 2, height // 2 * 2) == size_wh:
        frame = frame[: size_wh[1], : size_wh[0]]  # H.264 in 4:2:0 needs even sizes
    else:
        frame = letterbox(frame, size_wh)
    yuv = av.VideoFrame.from_ndarray(frame.copy(), "bgr24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=EXACT_COLOUR,
    )
    yuv.pts, yuv.time_base = pts, TICKS
    return yuv
