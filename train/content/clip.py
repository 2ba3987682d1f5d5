"""Frames of a video file, read through PyAV, which can be told to open no other file; OpenCV follows playlists.

PyAV is imported when a clip is opened: training on pictures does without.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from nstcam.media.plain_formats import not_plain, plain_options
from nstcam.media.size_limit import FRAMES_AT_ONCE, decoder_options, too_large
from nstcam.media.video_tracks import listing, main_video
from nstcam.train.errors import TrainError

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from nstcam.train.picture import Picture  # imports PyTorch

_FALLBACK_RATE: Final = 25.0


class RefusedClipError(TrainError):
    """The file is whole, but is not opened unasked: it leads to other files, or its frames are too large."""


class Clip:
    """A video file, read once from beginning to end: the track that nstcam video reads. A context manager.

    Attributes:
        rate: frames per second; 25 if the file does not say.
        told: how many frames the file says there are; 0 if it does not say.
    """

    def __init__(self, path: Path) -> None:
        """Raises TrainError if it cannot be read; RefusedClipError if it leads to other files or is too large."""
        import av

        try:
            self._container = av.open(str(path.absolute()), options=plain_options(), metadata_errors="replace")
        except (av.FFmpegError, OSError) as error:
            if refusal := not_plain(path, by_format=isinstance(error, av.ArgumentError)):
                raise RefusedClipError(f"{path} {refusal}") from error
            raise TrainError(f"{path} is neither a picture nor a video that can be read") from error
        try:
            stream = main_video(self._container, listing(self._container))
            if stream is None:
                raise TrainError(f"{path} has no video that can be decoded")
            self._stream = stream
            try:
                refusal = too_large((self._stream.width, self._stream.height), FRAMES_AT_ONCE) or ""
                self._stream.codec_context.options = decoder_options()
            except ValueError as error:  # what the environment says about the limit
                raise TrainError(str(error)) from error
            if refusal:
                raise RefusedClipError(f"{path} {refusal}")
        except BaseException:
            self._container.close()
            raise
        self._stream.thread_type = "AUTO"
        self.rate = float(self._stream.average_rate or _FALLBACK_RATE)
        seconds = (self._container.duration or 0) / av.time_base
        self.told = self._stream.frames or max(round(seconds * self.rate), 0)

    def __iter__(self) -> Iterator[VideoFrame]:
        """The frames up to the end, or to where the file is damaged."""
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                yield from self._stream.decode(packet)
            except av.InvalidDataError:  # a damaged packet; the next may be whole
                continue
            except av.FFmpegError:
                return
            if packet is None or not packet.size:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._container.close()


def upright(frame: VideoFrame) -> Picture:
    """The frame as BGR, turned as its file says."""
    bgr = frame.to_ndarray(format="bgr24")
    return np.ascontiguousarray(np.rot90(bgr, round(frame.rotation / 90)), dtype=np.uint8)
