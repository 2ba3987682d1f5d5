"""VideoWriter encodes BGR frames into segments; assemble() makes one file of all segments and the source's tracks.

Pixels are converted with the BT.709 matrix in limited range, and the file is tagged accordingly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import numpy as np
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.encoders import Encoding, acceleration
from nstcam.realtime.video.formats import FileFormat
from nstcam.realtime.video.priority import usual_priority
from nstcam.realtime.video.reader import VideoReader
from nstcam.realtime.video.segments import SEGMENT_FRAMES, Segment, all_pts, decoding_times
from nstcam.realtime.video.tracks import Tracks
from nstcam.realtime.video.upright import EXACT_COLOUR
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

    def converted(self, frame: Frame, pts: int, duration: int) -> VideoFrame:
        """Converts a frame for `encode`.

        Args:
            frame: of the size of the encoding.
            pts, duration: in ticks of `time_base`.

        Raises:
            ValueError: the frame has another size.
            SinkError: it cannot be converted.
        """
        if (frame.shape[1], frame.shape[0]) != self.size_wh:
            raise ValueError(
                f"frame is {frame.shape[1]}x{frame.shape[0]}, expected {self.size_wh[0]}x{self.size_wh[1]}"
            )
        with _errors(self._target):
            yuv = self._to_yuv.reformat(
                VideoFrame.from_ndarray(frame, "bgr24"),
                format=self._encoding.pix_fmt,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=EXACT_COLOUR,
                threads=1,
            )
        yuv.pts, yuv.duration, yuv.time_base = pts, duration, self.time_base
        return yuv

    def encode(self, yuv: VideoFrame) -> None:
        """Appends a frame, whose time must be later than that of the frame before.

        Raises:
            SinkError: this segment or the one before it cannot be written; the disk may be full.
        """
        with _errors(self._target):
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
        with _errors(self._target):
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
        ).save(self._work.next_path)
        self._work.added(count)


def assemble(
    part: Path, like: VideoReader, encoding: Encoding, segments: Sequence[Path], form: FileFormat, *, target: Path
) -> tuple[Tracks, Fraction]:
    """Writes the segments as one file with the sound, subtitles, chapters and metadata of `like`.

    Args:
        part: the file to write.
        segments: in order; all made with `encoding`.
        target: names the output in messages.

    Returns:
        The tracks, which say how many there are, and the seconds that the pictures last.

    Raises:
        SinkError: the file cannot be written, because the disk is full for example, or a segment is damaged.
    """
    with (
        _errors(target),
        av.open(str(part.absolute()), "w", format=form.name, container_options=form.mux_options) as out,
    ):
        out.metadata.update(like.metadata)
        hwaccel = acceleration(encoding.encoder)
        if hwaccel is None:  # PyAV 17 and older lack the argument
            stream = out.add_stream(encoding.encoder, rate=encoding.rate)
        else:
            stream = out.add_stream(encoding.encoder, rate=encoding.rate, hwaccel=hwaccel)
        assert isinstance(stream, VideoStream)
        encoding.configure(stream.codec_context)
        stream.time_base = encoding.time_base
        if encoding.codec in form.tags:
            stream.codec_context.codec_tag = form.tags[encoding.codec]
        stream.metadata.update(like.stream_metadata)
        pts, end = all_pts(segments)
        seconds = end * encoding.time_base
        length = seconds if like.is_cut else None
        with Tracks(like.path, out, form, like.offset, length, seek=like.sought) as tracks:
            with usual_priority():
                out.start_encoding()
            dts = iter(decoding_times(pts))
            ends = dict(zip(np.sort(pts), [*np.sort(pts)[1:], end], strict=True))
            for path in segments:
                segment = Segment.load(path)
                for at, keyframe, data in zip(segment.pts, segment.keyframes, segment.packets(), strict=True):
                    packet: Packet[Stream] = Packet(data)
                    packet.stream, packet.time_base = stream, encoding.time_base
                    packet.pts, packet.dts = int(at), int(next(dts))
                    packet.duration, packet.is_keyframe = int(ends[at] - at), bool(keyframe)
                    tracks.carry_until(packet.dts * encoding.time_base)
                    out.mux(packet)
            tracks.finish()
    return tracks, seconds


@contextmanager
def _errors(target: Path) -> Iterator[None]:
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
