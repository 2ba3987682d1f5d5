"""write_animation(): the frames of all segments as a GIF, APNG or animated WebP."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import av
from av.filter import Graph
from av.packet import Packet
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.encoding.encoder import webp_quality
from nstcam.realtime.video.encoding.encoders import Encoding
from nstcam.realtime.video.encoding.segments import Segment, all_pts
from nstcam.realtime.video.encoding.webp_durations import set_last_duration

SMALLEST: Final = 32
"""Pixels of the shorter side, below which a file is not made smaller."""
_TRIALS: Final = 12
_GIF_TICK: Final = Fraction(1, 100)
_SHORTEST: Final = 2
"""Ticks that a frame of a GIF lasts at least; browsers slow shorter ones down to a tenth of a second."""
_LARGEST_16: Final = 65535
"""The largest number that GIF and APNG have room for."""
_MUXER: Final = {"gif": {"loop": "0"}, "apng": {"plays": "0"}, "webp": {"loop": "0"}}
"""Options of the muxers: played over and over."""

Frames = Callable[[], Iterator[VideoFrame]]
"""Begins to decode the frames anew."""


class _Ending(NamedTuple):
    """When the last frame begins and ends, in seconds."""

    begins: Fraction
    ends: Fraction


_Write = Callable[[Path, Frames, Encoding, tuple[int, int], _Ending], None]


def write_animation(
    part: Path, encoding: Encoding, segments: Sequence[Path], kind: str, quality: int, most: int | None, *, target: Path
) -> tuple[int, int]:
    """Encodes the frames; if there is a limit, smaller and smaller until the file keeps it.

    A GIF has one palette of 256 colours for all frames, made of all of them, and at most 50 frames per second: of
    those that come sooner than a fiftieth of a second after another, it has none. How long the last frame lasts is told
    apart, since neither muxers nor libwebp take it from the frame.

    Args:
        part: the file to write.
        encoding: of the segments, which hold PNG pictures.
        kind: gif, apng or webp.
        quality: 0 (best) to 51 (smallest), for webp.
        most: bytes that the file may have; None: any number.
        target: names the output in messages.

    Returns:
        (width, height) of the animation.

    Raises:
        SinkError: it cannot be written, or would still be too large at the smallest size.
    """
    writers: dict[str, _Write] = {
        "gif": _write_gif, "apng": _write_apng, "webp": partial(_write_webp, quality=quality),
    }  # fmt: skip
    write = writers[kind]
    width, height = encoding.size_wh
    scale = 1.0
    try:
        pts, end = all_pts(segments[-1:])
        ending = _Ending(int(pts[-1]) * encoding.time_base, end * encoding.time_base)
        for _ in range(_TRIALS):
            size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
            write(part, partial(_frames, encoding, segments, size_wh), encoding, size_wh, ending)
            size = part.stat().st_size
            if most is None or size <= most:
                return size_wh
            if min(size_wh) <= SMALLEST:
                break
            scale = max(scale * min(0.95 * math.sqrt(most / size), 0.9), SMALLEST / min(width, height))
    except (av.FFmpegError, OSError) as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error
    except ValueError as error:
        raise SinkError(f"{error}; start again with --overwrite instead of --resume") from error
    raise SinkError(
        f"cannot write {target} in {most:,} bytes: it has {size:,} at {size_wh[0]}x{size_wh[1]}; "
        "shorten it with --from and --to, or raise --max-size"
    )


def _frames(encoding: Encoding, segments: Sequence[Path], size_wh: tuple[int, int]) -> Iterator[VideoFrame]:
    """The frames, scaled to `size_wh`, in ticks of the encoding, each with its duration."""
    decoder = av.CodecContext.create("png", "r")
    for number, path in enumerate(segments):
        segment = Segment.load(path)
        following = Segment.load(segments[number + 1]).pts[0] if number + 1 < len(segments) else segment.end
        ends = [*segment.pts[1:], following]
        for pts, end, data in zip(segment.pts, ends, segment.packets(), strict=True):
            packet: Packet[Any] = Packet(data)
            packet.is_keyframe = True  # or the picture before would be added to it
            for frame in decoder.decode(packet):
                scaled = frame
                if (frame.width, frame.height) != size_wh:
                    scaled = frame.reformat(size_wh[0], size_wh[1], interpolation=Interpolation.AREA)
                scaled.pts, scaled.duration, scaled.time_base = int(pts), int(end - pts), encoding.time_base
                yield scaled


def _write_apng(part: Path, frames: Frames, encoding: Encoding, size_wh: tuple[int, int], ending: _Ending) -> None:
    form = "rgba" if encoding.has_alpha else "rgb24"
    lasts = ending.ends - ending.begins
    whole = lasts.limit_denominator(max(min(int(_LARGEST_16 / lasts), 1000), 1))  # numerator and denominator in 16 bits
    last = {"final_delay": str(min(whole, Fraction(_LARGEST_16)))}
    _encode(part, "apng", "apng", {"pred": "mixed"}, form, frames(), encoding, encoding.time_base, size_wh, last)


def _write_webp(
    part: Path, frames: Frames, encoding: Encoding, size_wh: tuple[int, int], ending: _Ending, *, quality: int
) -> None:
    options = {"quality": str(webp_quality(quality)), "compression_level": "4"}
    milliseconds = (_retimed(frame, encoding.time_base, Fraction(1, 1000)) for frame in frames())
    _encode(part, "webp", "libwebp_anim", options, "bgra", milliseconds, encoding, Fraction(1, 1000), size_wh)
    set_last_duration(part, round(ending.ends * 1000))


def _write_gif(part: Path, frames: Frames, encoding: Encoding, size_wh: tuple[int, int], ending: _Ending) -> None:
    reserve = "1" if encoding.has_alpha else "0"
    form = "bgra" if encoding.has_alpha else "bgr0"
    gather = Graph()
    pictures = gather.add_buffer(width=size_wh[0], height=size_wh[1], format=VideoFormat(form), time_base=_GIF_TICK)
    maker = gather.add("palettegen", f"reserve_transparent={reserve}:stats_mode=full")
    found = gather.add("buffersink")
    pictures.link_to(maker)
    maker.link_to(found)
    gather.configure()
    begins = 0
    for frame in _gif_times(frames(), encoding, form):
        begins = frame.pts or 0
        pictures.push(frame)
    pictures.push(None)
    palette = found.pull()
    assert isinstance(palette, VideoFrame)

    use = Graph()
    pictures = use.add_buffer(width=size_wh[0], height=size_wh[1], format=VideoFormat(form), time_base=_GIF_TICK)
    colours = use.add_buffer(width=palette.width, height=palette.height, format=palette.format, time_base=_GIF_TICK)
    painter = use.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle:alpha_threshold=128")
    sink = use.add("buffersink")
    pictures.link_to(painter, 0, 0)
    colours.link_to(painter, 0, 1)
    painter.link_to(sink)
    use.configure()
    palette.pts, palette.time_base = 0, _GIF_TICK
    colours.push(palette)
    colours.push(None)

    def painted() -> Iterator[VideoFrame]:
        for frame in [*_gif_times(frames(), encoding, form), None]:
            pictures.push(frame)
            while True:
                try:
                    out = sink.pull()
                except (av.BlockingIOError, av.EOFError):
                    break
                assert isinstance(out, VideoFrame)
                yield out

    lasts = min(max(round(ending.ends / _GIF_TICK) - begins, _SHORTEST), _LARGEST_16)
    last = {"final_delay": str(lasts)}
    _encode(part, "gif", "gif", {}, "pal8", painted(), encoding, _GIF_TICK, size_wh, last)


def _gif_times(frames: Iterator[VideoFrame], encoding: Encoding, form: str) -> Iterator[VideoFrame]:
    last = -_SHORTEST
    for frame in frames:
        retimed = _retimed(frame, encoding.time_base, _GIF_TICK)
        assert retimed.pts is not None
        if retimed.pts - last >= _SHORTEST:
            last = retimed.pts
            converted = retimed.reformat(format=form)
            converted.pts, converted.duration, converted.time_base = retimed.pts, retimed.duration, _GIF_TICK
            yield converted


def _retimed(frame: VideoFrame, ticks: Fraction, tick: Fraction) -> VideoFrame:
    assert frame.pts is not None
    end = round((frame.pts + (frame.duration or 0)) * ticks / tick)
    frame.pts, frame.time_base = round(frame.pts * ticks / tick), tick
    frame.duration = max(end - frame.pts, 1)
    return frame


def _encode(
    part: Path,
    muxer: str,
    codec: str,
    options: dict[str, str],
    form: str,
    frames: Iterator[VideoFrame],
    encoding: Encoding,
    tick: Fraction,
    size_wh: tuple[int, int],
    last: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Writes the frames; `last` are options of the muxer beside those in _MUXER, for the last frame."""
    with av.open(str(part.absolute()), "w", format=muxer, container_options={**_MUXER[muxer], **last}) as out:
        stream = out.add_stream(codec, rate=encoding.rate, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size_wh, form
        stream.codec_context.time_base = tick
        for frame in frames:
            whole = frame if frame.format.name == form else frame.reformat(format=form)
            whole.pts, whole.duration, whole.time_base = frame.pts, frame.duration, tick
            out.mux(stream.encode(whole))
        out.mux(stream.encode(None))
