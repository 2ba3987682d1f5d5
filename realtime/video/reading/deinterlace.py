"""Deinterlacing: one whole frame is made of the two half pictures, taken at different times, of an interlaced one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.filter import Graph
from av.video.frame import VideoFrame

_log = logging.getLogger(__name__)


def deinterlaced(frames: Iterator[VideoFrame], time_base: Fraction, path: Path) -> Iterator[VideoFrame]:
    """The frames, as many and at the same times, with the interlaced ones deinterlaced and the others untouched.

    Uses libavfilter's bwdif (Weston's three-field filter with yadif's spatial prediction) from the first interlaced
    frame on.

    Args:
        time_base: seconds per tick of the frames' times.
        path: names the file in the warning.
    """
    graph: Graph | None = None
    form = None
    for frame in frames:
        if graph is None and not frame.interlaced_frame:
            yield frame
            continue
        if (frame.width, frame.height, frame.format.name) != form:
            if graph is None:
                _log.warning("%s is interlaced video; it is deinterlaced", path)
            else:
                yield from _pull(graph, time_base, flush=True)
            graph, form = _open(frame, time_base), (frame.width, frame.height, frame.format.name)
        assert graph is not None
        graph.vpush(frame)
        yield from _pull(graph, time_base)
    if graph is not None:
        yield from _pull(graph, time_base, flush=True)


def _open(like: VideoFrame, time_base: Fraction) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(width=like.width, height=like.height, format=like.format, time_base=time_base)
    graph.link_nodes(source, graph.add("bwdif", mode="send_frame", deint="interlaced"), graph.add("buffersink"))
    graph.configure()
    return graph


def _pull(graph: Graph, time_base: Fraction, *, flush: bool = False) -> Iterator[VideoFrame]:
    if flush:
        graph.vpush(None)
    while True:
        try:
            frame = graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
        if frame.pts is not None and frame.time_base:  # the filter counts in half ticks
            frame.pts = round(frame.pts * frame.time_base / time_base)
            frame.duration = round((frame.duration or 0) * frame.time_base / time_base)
        frame.time_base = time_base
        yield frame
