"""WebmAlpha: the transparency of VP8 and VP9, which Matroska and WebM store as a second film of greys beside the first.

Each packet of such a track carries, as BlockAdditional number 1, the packet of a film of its own, whose luma is alpha
(RFC 9559, 5.1.3.5.2; WebM's AlphaMode). FFmpeg's own decoders do not read it. libvpx does, but has no limit of size
and takes the memory for a frame before anybody could refuse it; so both films are decoded by FFmpeg's own here.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final, Self, cast

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream
from numpy.typing import NDArray

from nstcam.media.size_limit import decoder_options

_CODECS: Final = ("vp8", "vp9")
_ALPHA: Final = (1).to_bytes(8, "big")
"""BlockAddID, which libavformat puts before the data."""
_WAITING: Final = 64
"""Frames whose colours may come later than their alpha: more than a decoder has threads."""

_log = logging.getLogger(__name__)


class WebmAlpha:
    """Decodes the alpha of a track, and adds it to the frames that the track's own decoder gives."""

    def __init__(self, codec: str, path: Path | str) -> None:
        """Opens the decoder.

        Args:
            codec: vp8 or vp9.
            path: names the file in warnings.
        """
        self._path = path
        self._decoder = cast(VideoCodecContext, av.CodecContext.create(codec, "r"))
        self._decoder.options = decoder_options()
        self._waiting: dict[int | None, VideoFrame] = {}
        self._has_told = False

    @classmethod
    def of(cls, stream: VideoStream, path: Path | str) -> Self | None:
        """The reader of a track's transparency; None if the track has none."""
        tags = {name.lower(): value for name, value in stream.metadata.items()}
        codec = stream.codec_context.name
        return cls(codec, path) if codec in _CODECS and tags.get("alpha_mode") == "1" else None

    def read(self, packet: Packet[Any]) -> None:
        """Decodes what a packet of the track holds beside the colours."""
        if not packet.has_sidedata("matroska_block_additional"):
            return
        data = bytes(packet.get_sidedata("matroska_block_additional"))
        if data[:8] != _ALPHA:
            return
        hidden: Packet[Any] = Packet(data[8:])
        hidden.pts, hidden.dts, hidden.time_base = packet.pts, packet.dts, packet.time_base
        try:
            for frame in self._decoder.decode(hidden):
                self._waiting[frame.pts] = frame
        except av.FFmpegError:
            self._tell()
        while len(self._waiting) > _WAITING:
            del self._waiting[next(iter(self._waiting))]

    def added(self, colours: VideoFrame) -> VideoFrame:
        """The frame with its alpha; as it is, opaque, if there is none for it."""
        alpha = self._waiting.pop(colours.pts, None)
        if alpha is None:
            return colours
        same = (alpha.width, alpha.height, alpha.format.name) == (colours.width, colours.height, colours.format.name)
        if not same or not colours.format.name.startswith("yuv4"):
            self._tell()
            return colours
        try:
            whole = colours.reformat(format=colours.format.name.replace("yuv", "yuva"))
        except ValueError:  # FFmpeg has no such format, of 12 bits say
            self._tell()
            return colours
        size = 1 if alpha.format.components[0].bits == 8 else 2
        _samples(whole.planes[3], size)[:] = _samples(alpha.planes[0], size)
        return whole

    def _tell(self) -> None:
        if not self._has_told:
            self._has_told = True
            _log.warning("%s: its transparency is damaged; parts of it are ignored", self._path)


def _samples(plane: VideoPlane, size: int) -> NDArray[np.uint8]:
    """The bytes of a plane without those that fill up its lines, (height, width * size), to be read or written.

    Args:
        size: bytes per sample.
    """
    data: NDArray[np.uint8] = np.frombuffer(cast(Any, plane), np.uint8)  # a buffer, which PyAV's stub does not say
    return data.reshape(-1, plane.line_size)[: plane.height, : plane.width * size]
