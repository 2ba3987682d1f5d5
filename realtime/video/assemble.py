"""One file of all segments of a video, with the sound and subtitles of its source."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from nstcam.realtime.video.encoding.encoders import Encoding, acceleration
from nstcam.realtime.video.encoding.priority import usual_priority
from nstcam.realtime.video.encoding.segments import Segment, all_pts, decoding_times
from nstcam.realtime.video.encoding.tracks import Tracks
from nstcam.realtime.video.encoding.with_alpha import packets_of
from nstcam.realtime.video.reading.formats import FileFormat
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.writer import output_errors


def assemble(
    part: Path, like: Frames, encoding: Encoding, segments: Sequence[Path], form: FileFormat, *, target: Path
) -> tuple[Tracks | None, Fraction]:
    """Writes the segments as one file with the sound, subtitles, chapters and metadata of `like`, if it is a file.

    Args:
        part: the file to write.
        segments: in order; all made with `encoding`.
        target: names the output in messages.

    Returns:
        The tracks, which say how many there are (None: the source is not a file), and the seconds that the pictures
        last.

    Raises:
        SinkError: the file cannot be written, because the disk is full for example, or a segment is damaged.
    """
    with (
        output_errors(target),
        av.open(str(part.absolute()), "w", format=form.name, container_options=form.mux_options) as out,
    ):
        file = like if isinstance(like, VideoReader) and not like.is_piped else None
        if file:
            out.metadata.update(file.metadata)
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
        if file:
            stream.metadata.update(file.stream_metadata)
        if encoding.has_alpha and encoding.codec == "vp9":
            stream.metadata["alpha_mode"] = "1"
        pts, end = all_pts(segments)
        seconds = end * encoding.time_base
        with ExitStack() as stack:
            tracks: Tracks | None = None
            if file:
                length = seconds if file.is_cut else None
                tracks = stack.enter_context(Tracks(file.path, out, form, file.offset, length, seek=file.sought))
            with usual_priority():
                out.start_encoding()
            dts = iter(decoding_times(pts))
            ends = dict(zip(np.sort(pts), [*np.sort(pts)[1:], end], strict=True))
            for path in segments:
                segment = Segment.load(path)
                for at, keyframe, packet in zip(segment.pts, segment.keyframes, _packets(segment, path), strict=True):
                    packet.stream, packet.time_base = stream, encoding.time_base
                    packet.pts, packet.dts = int(at), int(next(dts))
                    packet.duration, packet.is_keyframe = int(ends[at] - at), bool(keyframe)
                    if tracks:
                        tracks.carry_until(packet.dts * encoding.time_base)
                    out.mux(packet)
            if tracks:
                tracks.finish()
    return tracks, seconds


def _packets(segment: Segment, path: Path) -> list[Packet[Stream]]:
    """Raises ValueError: what lies beside the packets is damaged."""
    if not len(segment.beside):
        return [Packet(data) for data in segment.packets()]
    try:
        found = list(packets_of(segment.beside))
    except av.FFmpegError:
        found = []
    if [packet.size for packet in found] != segment.sizes.tolist():
        raise ValueError(f"{path} is damaged")
    return found


def length_of(segments: Sequence[Path], encoding: Encoding) -> Fraction:
    """The seconds that the pictures of all segments last."""
    return all_pts(segments)[1] * encoding.time_base
