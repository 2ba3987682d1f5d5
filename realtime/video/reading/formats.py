"""Video containers by suffix: which codecs each of them holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nstcam.media.kinds import VIDEOS
from nstcam.realtime.errors import SinkError

LONGEST_SECONDS: Final = 10_000_000
"""Times beyond it do not fit the clocks of all containers; no video is that long."""


@dataclass(frozen=True)
class FileFormat:
    """A container format.

    Attributes:
        name: its name in libavformat.
        video_codecs: codecs it may hold, the default first.
        audio_codec: encoder for audio that cannot be copied.
        text_codec: codec for text subtitles that cannot be copied.
        copies: audio and subtitle codecs that the format holds and players play from it.
        mux_options: options of the muxer.
        tags: codec tags that differ from libavformat's choice.
    """

    name: str
    video_codecs: tuple[str, ...]
    audio_codec: str
    text_codec: str
    copies: frozenset[str]
    mux_options: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def choose_codec(self, asked: str | None, target: Path) -> str:
        """The codec asked for, or the default.

        Args:
            asked: one of encoders.CODECS; None: the default.
            target: names the file, for the message.

        Raises:
            SinkError: the format cannot hold that codec.
        """
        if asked is None:
            return self.video_codecs[0]
        if asked not in self.video_codecs:
            known = ", ".join(self.video_codecs)
            raise SinkError(f"cannot write {asked} to {target}: {target.suffix} files hold {known}; choose one of them")
        return asked


_FASTSTART: Final = {"movflags": "+faststart"}
_QUICKTIME: Final = {"hevc": "hvc1"}
"""QuickTime does not play HEVC with hev1, the tag that libavformat chooses."""
_PCM: Final = frozenset({"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8"})
_IN_MP4: Final = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "mov_text"})
_OPEN: Final = frozenset({"opus", "flac"})
_IN_MKV: Final = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "mp2", "vorbis", "dts", "truehd"})
_MKV_TEXT: Final = frozenset({"subrip", "ass", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle"})
_CODECS: Final = ("h264", "hevc", "av1")

_MP4: Final = FileFormat("mp4", _CODECS, "aac", "mov_text", _IN_MP4 | _OPEN, _FASTSTART, _QUICKTIME)
_MOV: Final = FileFormat(
    "mov", ("h264", "hevc", "prores", "qtrle"), "aac", "mov_text", _IN_MP4 | _PCM, _FASTSTART, _QUICKTIME
)
_MKV_CODECS: Final = (*_CODECS, "vp9", "prores")
_MKV: Final = FileFormat("matroska", _MKV_CODECS, "aac", "subrip", _IN_MKV | _MKV_TEXT | _PCM | _OPEN)
_WEBM: Final = FileFormat("webm", ("vp9", "av1"), "libopus", "webvtt", frozenset({"opus", "vorbis", "webvtt"}))

FORMATS: Final = {".mp4": _MP4, ".m4v": _MP4, ".mov": _MOV, ".mkv": _MKV, ".webm": _WEBM}

_NONE: Final[frozenset[str]] = frozenset()
ANIMATIONS: Final = {f".{name}": FileFormat(name, ("png",), "", "", _NONE) for name in ("gif", "apng", "webp")}
"""Animations by suffix. Their frames are kept as PNG, and encoded when all are there."""

SEQUENCES: Final = {
    suffix: FileFormat(codec, (codec,), "", "", _NONE)
    for suffix, codec in (
        (".png", "png"), (".jpg", "mjpeg"), (".jpeg", "mjpeg"), (".webp", "webp"), (".tif", "tiff"), (".tiff", "tiff"),
        (".bmp", "bmp"),
    )
}  # fmt: skip
"""Numbered pictures by suffix."""

READ: Final = frozenset({*FORMATS, *VIDEOS})
"""Suffixes of the files that are converted when a folder is given. A file given by name may have any."""
