"""Damaged video files, through nstcam video, its contact sheet and parts, the live window, and nst-train."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from tests.support.damage.bytes import damage
from tests.support.damage.case import SENTINEL, Case, Kind
from tests.support.media.clips import AUDIO_RATE, texture

FORMATS: Final = {
    "mp4": ("libx264", "aac"), "mov": ("libx264", "pcm_s16le"), "mkv": ("libx264", "mp3"),
    "webm": ("libvpx", "libopus"), "avi": ("mpeg4", "mp3"), "ts": ("libx264", "aac"), "mpg": ("mpeg2video", "mp2"),
    "gif": ("gif", None),
    "flv": ("flv", "mp3"), "wmv": ("wmv2", "mp3"), "png": ("apng", None), "nut": ("ffv1", "pcm_s16le"),
}  # fmt: skip
"""Codecs of pictures and sound by suffix. The .png is an animation."""
_NAMES: Final = {"mpg": "mpeg", "png": "apng", "ts": "mpegts", "wmv": "asf", "mkv": "matroska"}
_MOV_FIELDS: Final = (
    b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"stsd", b"stts", b"stss", b"ctts", b"stsc", b"stsz", b"stco", b"elst",
    b"avc1", b"avcC", b"esds", b"mp4a", b"ftyp", b"moov", b"mdat", b"colr", b"pasp",
)  # fmt: skip
_EBML_FIELDS: Final = (
    b"\x15\x49\xa9\x66", b"\x2a\xd7\xb1", b"\x44\x89", b"\x16\x54\xae\x6b", b"\xb0", b"\xba", b"\x86", b"\x63\xa2",
    b"\x1f\x43\xb6\x75", b"\xe7", b"\x1c\x53\xbb\x6b", b"\x23\xe3\x83", b"\x54\xb0", b"\x54\xba", b"\x53\xb8",
)  # fmt: skip
"""Identifiers of elements: Info, TimestampScale, Duration, Tracks, sizes in pixels, Cluster, Cues and so on."""
FIELDS: Final[dict[str, tuple[bytes, ...]]] = {
    "mp4": _MOV_FIELDS, "mov": _MOV_FIELDS, "mkv": _EBML_FIELDS, "webm": _EBML_FIELDS,
    "avi": (b"avih", b"strh", b"strf", b"idx1", b"movi", b"hdrl", b"vids", b"auds"),
    "ts": (b"\x47\x40\x00", b"\x47\x50\x00", b"\x00\x00\x01\xe0", b"\x00\x00\x01\xc0"),
    "mpg": (b"\x00\x00\x01\xba", b"\x00\x00\x01\xbb", b"\x00\x00\x01\xb3", b"\x00\x00\x01\xe0"),
    "gif": (b"GIF89a", b"\x21\xf9\x04", b"\x2c\x00\x00"),
    "flv": (b"FLV\x01", b"onMetaData", b"duration", b"width", b"height", b"framerate"),
    "png": (b"IHDR", b"acTL", b"fcTL", b"fdAT", b"IDAT"),
    "nut": (b"N\x4d", b"N\x53", b"N\x4b"),
}  # fmt: skip


def _prepare(folder: Path) -> None:
    from benchmarks.tools.stand_in import write_negative_style

    write_negative_style(folder / "negative.onnx")
    for suffix, (video_codec, audio_codec) in FORMATS.items():
        write_whole(folder / f"clip.{suffix}", _NAMES.get(suffix, suffix), video_codec, audio_codec)


def write_whole(path: Path, container: str, video_codec: str, audio_codec: str | None, frames: int = 10) -> None:
    """Writes a clip of a moving texture, 64x48 at 10 frames per second, with a tone."""
    picture = texture(48, 64)
    with av.open(str(path), "w", format=container) as out:
        rate = Fraction(25 if video_codec == "mpeg2video" else 10)
        video = out.add_stream(video_codec, rate=rate)
        assert isinstance(video, VideoStream)
        video.width, video.height = 64, 48
        video.pix_fmt = {"gif": "bgr8", "apng": "rgb24"}.get(video_codec, "yuv420p")
        video.codec_context.thread_count = 1
        sound = out.add_stream(audio_codec, rate=48000 if audio_codec == "libopus" else 44100) if audio_codec else None
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, -3 * index, 1), "bgr24")
            frame = frame.reformat(format=video.pix_fmt)
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(video.encode(frame))
        if isinstance(sound, AudioStream):
            resampler = av.AudioResampler(
                sound.codec_context.format, "stereo", sound.rate, sound.codec_context.frame_size
            )
            tone = np.round(8000 * np.sin(np.arange(AUDIO_RATE * frames // 10) * 0.2)).astype(np.int16)
            heard = av.AudioFrame.from_ndarray(np.repeat(tone, 2)[None], "s16", "stereo")
            heard.sample_rate = AUDIO_RATE
            for part in [*resampler.resample(heard), *resampler.resample(None)]:
                out.mux(sound.encode(part))
            out.mux(sound.encode(None))
        out.mux(video.encode(None))


def _make(wholes: Path, number: int, dice: random.Random) -> Case:
    suffix = list(FORMATS)[number % len(FORMATS)]
    way = number // len(FORMATS) % 10
    what, data = damage((wholes / f"clip.{suffix}").read_bytes(), dice, FIELDS.get(suffix, ()))
    clip = f"clip.{suffix}"
    files = {clip: data, "negative.onnx": (wholes / "negative.onnx").read_bytes(), SENTINEL: b"mine\n"}
    style = ("--style", "negative.onnx", "--device", "cpu", "--threads", "1")
    if way == 9:
        live = ("nstcam", "--camera", clip, "--no-window", *style)
        return Case(f"{suffix}: live, {what}", files, live, typed="status\nquit\n")
    target, more = "out.mp4", tuple[str, ...](("--encoder", "software"))
    if way == 7:
        target, more = "out.png", ("--preview", "3")
    elif way == 8:
        target, more = "out.nstpart", ("--segment", "1/1", *more)
    elif way == 6:
        target = "out.mkv"
    command = ("nstcam", "video", clip, target, *style, *more)
    return Case(f"{suffix}: {what}", files, command, (target,))


def _ready() -> None:
    from nstcam.realtime.cli.live import start as start_live
    from nstcam.realtime.cli.video import convert_files

    assert convert_files
    assert start_live


CONTAINERS: Final = Kind("containers", 480, _prepare, _make, _ready)
