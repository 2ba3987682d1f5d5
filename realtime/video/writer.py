"""VideoWriter encodes BGR frames into segments.

Pixels are converted with the BT.709 matrix in limited range, and the file is tagged accordingly.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.encoding.encoders import Encoding
from nstcam.realtime.video.encoding.segments import SEGMENT_FRAMES, Segment
from nstcam.realtime.video.encoding.with_alpha import matroska_of
from nstcam.realtime.video.reading.upright import EXACT_COLOUR
from nstcam.realtime.video.work_folder import WorkFolder


class VideoWriter:
    """Encodes frames into the segments of a work folder: call `converted` and `encode` for each frame, then `finish`.

    `converted` and `encode` may run in two different threads, each in one at a time; converting takes a fifth of the
    encoder's time. A context manager: on leaving it, its threads have ended, whatever happened.
    """

    def __init__(
        self, work: WorkFolder, encoding: Encoding, *, target: Path, segment_frames: int = SEGMENT_FRAMES
    ) -> None:
        """Continues after the segments that the folder already holds.

        Args:
            target: names the output in messages.
            segment_frames: frames per segment.
        """
        self.time_base, self.size_wh = encoding.time_base, encoding.size_wh
        self._work, self._encoding, self._target = work, encoding, target
        self._segment_frames = segment_frames
        self._to_yuv = VideoReformatter()
        self._encoder: VideoCodecContext | None = None
        self._packets: list[Packet[VideoStream]] = []
        self._count = self._end = 0
        # At the end of a segment an encoder still holds some forty frames. A thread drains them while the next encoder
        # already takes frames; otherwise painting would have to wait.
        self._drain = ThreadPoolExecutor(1, "drain")
        self._draining: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._drain.shutdown()

    def converted(self, frame: NDArray[Any], pts: int, duration: int, alpha: NDArray[Any] | None = None) -> VideoFrame:
        """Converts a frame for `encode`.

        Args:
            frame: (height, width, 3) BGR of the size of the encoding; uint16 if that is deep, else uint8.
            pts, duration: in ticks of `time_base`.
            alpha: (height, width) of the same dtype; None: opaque. It is dropped if the encoding holds none.

        Raises:
            ValueError: the frame has another size.
            SinkError: it cannot be converted.
        """
        if (frame.shape[1], frame.shape[0]) != self.size_wh:
            raise ValueError(
                f"frame is {frame.shape[1]}x{frame.shape[0]}, expected {self.size_wh[0]}x{self.size_wh[1]}"
            )
        with output_errors(self._target):
            yuv = converted(self._encoding, frame, alpha, self._to_yuv)
        yuv.pts, yuv.duration, yuv.time_base = pts, duration, self.time_base
        return yuv

    def encode(self, yuv: VideoFrame) -> None:
        """Appends a frame, whose time must be later than that of the frame before.

        Raises:
            SinkError: this segment or the one before it cannot be written; the disk may be full.
        """
        with output_errors(self._target):
            self._encoder = self._encoder or self._encoding.open()
            self._packets += self._encoder.encode(yuv)
            assert yuv.pts is not None
            self._count, self._end = self._count + 1, yuv.pts + yuv.duration
            if self._count == self._segment_frames:
                self._end_segment()

    def finish(self) -> None:
        """Ends the last segment.

        Raises:
            SinkError: it cannot be written; the disk may be full.
        """
        with output_errors(self._target):
            if self._count:
                self._end_segment()
            self._wait_for_last()

    def _end_segment(self) -> None:
        assert self._encoder is not None
        self._wait_for_last()  # one at a time keeps the order, and memory to the frames of two encoders
        self._draining = self._drain.submit(self._save, self._encoder, self._packets, self._count, self._end)
        self._encoder, self._packets, self._count = None, [], 0

    def _wait_for_last(self) -> None:
        if self._draining is not None:
            self._draining.result()

    def _save(self, encoder: VideoCodecContext, packets: list[Packet[VideoStream]], count: int, end: int) -> None:
        packets += encoder.encode(None)
        Segment(
            pts=np.array([packet.pts for packet in packets], np.int64),
            keyframes=np.array([packet.is_keyframe for packet in packets], np.bool_),
            sizes=np.array([packet.size for packet in packets], np.int64),
            data=np.frombuffer(b"".join(bytes(packet) for packet in packets), np.uint8),
            end=end,
            beside=matroska_of(packets, self._encoding),
        ).save(self._work.next_path)
        self._work.added(count)


def converted(
    encoding: Encoding, frame: NDArray[Any], alpha: NDArray[Any] | None, reformatter: VideoReformatter
) -> VideoFrame:
    """A frame in the pixel format and colours of an encoding; arrays as in VideoWriter.converted."""
    form = "bgr24"
    if encoding.has_alpha:
        opaque = np.full(frame.shape[:2], np.iinfo(frame.dtype).max, frame.dtype)
        frame, form = np.dstack((frame, opaque if alpha is None else alpha)), "bgra"
    if encoding.is_rgb:  # libswscale would round 16 bits
        order = ["bgra".index(letter) for letter in encoding.pix_fmt[: frame.shape[2]]]
        return VideoFrame.from_ndarray(np.ascontiguousarray(frame[:, :, order]), encoding.pix_fmt)
    whole = VideoFrame.from_ndarray(np.ascontiguousarray(frame), form)
    is_jpeg = encoding.pix_fmt.startswith("yuvj")
    return reformatter.reformat(
        whole,
        format=encoding.pix_fmt,
        dst_colorspace=Colorspace.ITU601 if is_jpeg else Colorspace.ITU709,
        dst_color_range=ColorRange.JPEG if is_jpeg else ColorRange.MPEG,
        interpolation=EXACT_COLOUR,
        threads=1,
    )


@contextmanager
def output_errors(target: Path) -> Iterator[None]:
    """What can go wrong in writing, as a SinkError that names the output `target`."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise SinkError(
            f"cannot write {target} ({error.strerror}); check the free space, or choose another format"
        ) from error
    except ValueError as error:
        if "damaged" not in str(error):
            raise
        raise SinkError(f"{error}; start again with --overwrite instead of --resume") from error
