"""Makes tiny video clips, and reads back what a file holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from nstcam.realtime.frame import Frame
from nstcam.realtime.video.encoding.priority import usual_priority

NTSC = Fraction(30000, 1001)
AUDIO_RATE = 16000

RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 160, 0), (255, 0, 0), (255, 255, 255)
COLOURS = {"r": RED, "g": GREEN, "b": BLUE, "w": WHITE}


def quadrants(height: int = 48, width: int = 64) -> Frame:
    """A picture with red and green above, blue and white below."""
    frame = np.empty((height, width, 3), np.uint8)
    frame[: height // 2, : width // 2], frame[: height // 2, width // 2 :] = RED, GREEN
    frame[height // 2 :, : width // 2], frame[height // 2 :, width // 2 :] = BLUE, WHITE
    return frame


def texture(height: int, width: int) -> Frame:
    """A picture full of soft blots, in which a camera's motion can be found; always the same."""
    noise = np.random.default_rng(3).integers(0, 256, (height, width, 3)).astype(np.float32)
    blots = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.float32)
    return np.asarray(255 * (blots - blots.min()) / np.ptp(blots), np.uint8)


def corner_names(frame: Frame) -> str:
    """The colours of the corners in reading order, by first letter."""
    height, width = frame.shape[:2]
    names = ""
    for y, x in ((6, 6), (6, width - 7), (height - 7, 6), (height - 7, width - 7)):
        distance = {n: np.abs(frame[y, x].astype(int) - c).sum() for n, c in COLOURS.items()}
        names += min(distance, key=lambda name: distance[name])
    return names


# One parameter per property of a file that tests ask for.
def write_clip(
    path: Path,
    *,
    frames: int = 12,
    picture: Frame | None = None,
    rate: Fraction = NTSC,
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    audio: str | None = None,
    matrix: Sequence[int] | None = None,
    aspect: Fraction = Fraction(1),
    noise: bool = False,
    grain: int = 0,
    pan: int = 0,
    start: float = 0,
) -> Path:
    """Writes H.264 of `picture`, darker with each frame, and a tone in codec `audio` of the same length.

    Args:
        aspect: width / height of a stored pixel.
        noise: writes noise instead of the picture.
        grain: the amplitude of random noise on each pixel, in levels.
        pan: by how many pixels the picture moves to the left with each frame, around the edge, instead of getting
            darker.
    """
    picture = quadrants() if picture is None else picture
    height, width = picture.shape[:2]
    time_base = time_base or 1 / rate
    first = round(start / time_base)
    pts = range(frames) if pts is None else pts
    rng = np.random.default_rng(7)
    with av.open(str(path), "w", container_options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "qp": "4"})
        assert isinstance(video, VideoStream)
        video.width, video.height = width, height
        video.pix_fmt = "yuv444p" if width % 2 or height % 2 else "yuv420p"
        video.codec_context.time_base = time_base
        video.codec_context.sample_aspect_ratio = aspect
        video.codec_context.color_range, video.codec_context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        if matrix is not None:
            video.set_display_matrix(matrix)
        sound = out.add_stream(audio, rate=AUDIO_RATE, layout="stereo") if audio else None
        to_yuv = VideoReformatter()
        for index, at in enumerate(pts):
            bgr = (
                rng.integers(0, 255, picture.shape, np.uint8)
                if noise
                else np.roll(picture, -pan * index, 1)
                if pan
                else (picture * (1 - index / 256)).astype(np.uint8)
            )
            if grain:
                grains = rng.integers(-grain, grain + 1, picture.shape)
                bgr = np.clip(bgr.astype(int) + grains, 0, 255).astype(np.uint8)
            yuv = to_yuv.reformat(
                av.VideoFrame.from_ndarray(bgr, "bgr24"),
                format=video.pix_fmt,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            yuv.pts, yuv.time_base = at + first, time_base
            out.mux(video.encode(yuv))
        if isinstance(sound, AudioStream):
            samples = round(AUDIO_RATE * float((pts[-1] + 1) * time_base))
            tone = np.round(8000 * np.sin(np.arange(samples) * 0.2)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(np.repeat(tone, 2)[None], "s16", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = (
                AUDIO_RATE,
                round(start * AUDIO_RATE),
                Fraction(1, AUDIO_RATE),
            )
            out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
        out.mux(video.encode(None))
    return path


def write_tracks(
    path: Path,
    tracks: list[tuple[str, tuple[int, int], int, Disposition]],
    *,
    sound: str | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Writes videos of (codec, size, frames, disposition), each grey, at 10 frames per second, and silence."""
    # SVT-AV1 would leave the process of the tests with real-time priority.
    with usual_priority(), av.open(str(path), "w", container_options=options or {}) as out:
        streams = []
        for codec, (width, height), _, disposition in tracks:
            stream = out.add_stream(codec, rate=10)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = disposition
            streams.append(stream)
        silence = out.add_stream(sound, rate=AUDIO_RATE, layout="mono") if sound else None
        for stream, (_, (width, height), frames, _) in zip(streams, tracks, strict=True):
            for index in range(frames):
                frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), 40 + 10 * index, np.uint8), "bgr24")
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        if isinstance(silence, AudioStream):
            samples = av.AudioFrame.from_ndarray(np.zeros((1, AUDIO_RATE), np.int16), "s16", "mono")
            samples.sample_rate = AUDIO_RATE
            out.mux(silence.encode(samples))
            out.mux(silence.encode(None))
    return path


def write_tone(path: Path) -> Path:
    """Writes a second of AAC with a cover picture, as music shops sell it."""
    with av.open(str(path), "w", format="mp4") as out:
        cover = out.add_stream("png")
        assert isinstance(cover, VideoStream)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "rgb24"
        cover.disposition = Disposition.attached_pic
        sound = out.add_stream("aac", rate=AUDIO_RATE)
        assert isinstance(sound, AudioStream)
        out.mux(cover.encode(av.VideoFrame.from_ndarray(quadrants(), "rgb24")))
        out.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, AUDIO_RATE * 2), np.int16), "s16", "stereo")
        frame.sample_rate = AUDIO_RATE
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return path


@dataclass(frozen=True)
class Seen:
    """The content of a video file; times are in seconds."""

    times: list[Fraction]
    end: Fraction
    size_wh: tuple[int, int]
    rate: Fraction | None
    first: Frame
    yuv: tuple[int, int, int]
    """The pixel at 8, 8 of the first frame, as coded; zeros if it is not coded in three planes."""
    codecs: list[str]
    audio_packets: list[bytes]
    audio_span: tuple[float, float]
    """Start of the first packet, end of the last."""
    tags: tuple[int, int, int, int]
    """Range, matrix, primaries, transfer."""


def look(path: Path) -> Seen:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        decoded, rate = list(container.decode(stream)), stream.average_rate
        base = stream.time_base
        assert base is not None
        times = [Fraction(frame.pts or 0) * base for frame in decoded]
        planes = decoded[0].planes
        chroma = 8 if context.pix_fmt == "yuv444p" else 4
        coded = zip(planes, (8, chroma, chroma), strict=True) if len(planes) == 3 else ()
        y, u, v = (bytes(p)[r * p.line_size + r] for p, r in coded) if coded else (0, 0, 0)
        first = decoded[0].to_ndarray(format="bgr24").astype(np.uint8, copy=False)
        tags = (context.color_range, context.colorspace, context.color_primaries, context.color_trc)
        codecs = [
            s.codec_context.codec.canonical_name for s in container.streams if s.type != "data"
        ]  # chapters of mp4
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(*container.streams.audio) if p.size] if container.streams.audio else []
        moments = [float(((p.pts or 0) + edge) * p.time_base) for p in packets for edge in (0, p.duration or 0)]
        size_wh = (first.shape[1], first.shape[0])
        end = times[-1] + (decoded[-1].duration or 0) * base
        span = (min(moments), max(moments)) if moments else (0.0, 0.0)
        packed = [bytes(p) for p in packets]
    return Seen(times, end, size_wh, rate, first, (y, u, v), codecs, packed, span, tags)


def opencv_first(path: Path) -> Frame:
    """The first frame as OpenCV shows it: an independent opinion on rotation."""
    capture = cv2.VideoCapture(str(path))
    frame = capture.read()[1]
    capture.release()
    return frame.astype(np.uint8, copy=False)


def packets(path: Path) -> list[tuple[str, int | None, int | None, bytes]]:
    """The packets of all tracks in the order of the file: kind of track, display time, decoding time, content."""
    with av.open(str(path)) as container:
        return [(p.stream.type, p.pts, p.dts, bytes(p)) for p in container.demux() if p.size]
