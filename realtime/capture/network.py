"""Reads an address: a live stream as its frames come, a clip or a playlist (HLS) at its own pace.

PyAV reads them: unlike OpenCV, it can be told which formats and protocols may be opened.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nstcam.media.plain_formats import NOT_PLAIN, PLAYLISTS
from nstcam.media.shown import redacted
from nstcam.media.video_tracks import listing, main_video
from nstcam.realtime.capture.same_host import SameHost
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.reading.address import CURE, FORMATS, PROTOCOLS, limits, not_opened
from nstcam.realtime.video.reading.streams import limit_size
from nstcam.realtime.video.reading.upright import Upright
from nstcam.realtime.video.reading.webm_alpha import WebmAlpha

_PLAYLIST: Final = "hls"
_LONGEST_GAP: Final = 60.0
"""Seconds between two frames. Longer ones are taken for a clock that was set, as are steps back."""


def read_url(url: str, stop: threading.Event, paced: Callable[[], None]) -> Iterator[Frame]:
    """Yields frames upright and in square pixels. A clip ends and keeps its first size; a live stream may change its
    size, and it is an error if it breaks off.

    Args:
        paced: called before the first frame of a clip, or of a playlist, which arrives in pieces of a few seconds:
            their frames keep their own pace, so a pause does not mean that a camera is lost.

    Raises:
        SourceError: nothing answers within 5 s, what answers is not video or is not opened unasked, or it broke off.
            The text contains no credentials.
    """
    name = redacted(url)
    try:
        opener = SameHost(url)
    except ValueError as error:  # brackets without an IPv6 address, or a port that is not a number
        raise SourceError(f"{name} is not an address that can be opened; {CURE}") from error
    container = None
    try:
        container = _opened(url, name, opener)
        stream = _video(container, name)
        has_end = _has_end(container)
        pace = _Pace() if has_end or container.format.name == _PLAYLIST else None
        if pace is not None:
            paced()
        upright: Upright | None = None
        stored_wh = 0, 0
        for decoded in _decoded(container, stream, name):
            if stop.is_set():
                return
            size_wh = decoded.width, decoded.height
            if upright is None or (pace is None and size_wh != stored_wh):  # a camera may be set to another size
                upright, stored_wh = Upright(name, decoded, stream.sample_aspect_ratio or Fraction(1)), size_wh
            frame = upright.frame(decoded)
            if pace is not None:
                pace.wait(decoded.time, stop)
            yield frame
        if upright is None:
            raise SourceError(f"{name}: no frame can be decoded; {CURE}")
        if not has_end:
            raise SourceError(f"{name} is lost: the stream broke off; {CURE}")
    finally:
        if container is not None:
            container.close()
        opener.close()


def _opened(url: str, name: str, opener: SameHost) -> InputContainer:
    if os.environ.get(PLAYLISTS):
        return _open(url, name, limits(url))
    options = limits(url) | {"format_whitelist": FORMATS, "protocol_whitelist": PROTOCOLS}
    try:
        return _open(url, name, options)
    except SourceError as error:
        if not isinstance(error.__cause__, av.ArgumentError):  # "Format not on whitelist"
            raise
        if urlsplit(url).scheme not in ("http", "https"):
            raise SourceError(f"{name} {NOT_PLAIN}") from error
    # libavformat keeps connections for the next piece, but not those of an `io_open`.
    options |= {"format_whitelist": f"{FORMATS},{_PLAYLIST}", "http_persistent": "0", "http_multiple": "0"}
    try:
        return _open(url, name, options, format=_PLAYLIST, io_open=opener)
    except SourceError as error:
        if opener.refused is not None:
            raise SourceError(f"{name} {opener.refused}") from error
        if isinstance(error.__cause__, av.InvalidDataError):
            raise SourceError(f"{name} {NOT_PLAIN}") from error
        raise


def _open(
    url: str, name: str, options: dict[str, str], format: str | None = None, io_open: SameHost | None = None
) -> InputContainer:
    try:
        return av.open(url, "r", format=format, options=options, metadata_errors="replace", io_open=io_open)
    except (av.FFmpegError, OSError, HTTPException, ValueError) as error:
        raise not_opened(name, error) from error


def _video(container: InputContainer, name: str) -> VideoStream:
    stream = main_video(container, listing(container))
    if stream is None:
        raise SourceError(f"{name} has no video; {CURE}")
    limit_size(stream, name)
    stream.thread_type = "AUTO"
    return stream


def _has_end(container: InputContainer) -> bool:
    """Whether the stream is a clip or a playlist. A format of single pictures has no end: cameras send one after the
    other."""
    name = container.format.name
    if name.endswith("_pipe"):
        return False
    return bool(container.duration and container.duration > 0) or (name != _PLAYLIST and container.size > 0)


def _decoded(container: InputContainer, stream: VideoStream, name: str) -> Iterator[VideoFrame]:
    packets = container.demux(stream)
    alpha = WebmAlpha.of(stream, name)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError, HTTPException) as error:
            raise SourceError(f"{name} is lost: {error.args[-1] if error.args else error}; {CURE}") from error
        if packet is None:
            return
        if alpha:
            alpha.read(packet)
        try:
            for frame in stream.decode(packet):
                yield alpha.added(frame) if alpha else frame
        except av.EOFError:
            return
        except av.FFmpegError:  # damaged on the way
            continue


class _Pace:
    """Frames at their times."""

    def __init__(self) -> None:
        self._start = self._last = 0.0
        self._running = False

    def wait(self, at: float | None, stop: threading.Event) -> None:
        """Waits until the frame of that time, in seconds, is due; one without a time is due at once."""
        if at is None:
            return
        if not self._running or not 0 <= at - self._last <= _LONGEST_GAP:
            self._running, self._start = True, time.monotonic() - at
        self._last = at
        stop.wait(max(0.0, self._start + at - time.monotonic()))
