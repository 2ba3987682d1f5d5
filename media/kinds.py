"""Which files are pictures or videos, by suffix and by their first bytes; what others are called, and their cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from nstcam.media.brands import brands, is_avif

PICTURES: Final = frozenset(
    {".avif", ".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pam", ".pbm", ".pgm", ".png"}
    | {".pnm", ".ppm", ".ras", ".sr", ".tif", ".tiff", ".webp"}
    | ({".heic", ".heif"} if find_spec("pillow_heif") else set())
)
"""Suffixes of the pictures that are taken from folders. A file given by name may have any."""

VIDEOS: Final = frozenset(
    {".264", ".265", ".3g2", ".3gp", ".amv", ".apng", ".asf", ".av1", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif"}
    | {".gxf", ".h264", ".h265", ".hevc", ".insv", ".ivf", ".m1v", ".m2t", ".m2ts", ".m2v", ".m4v"}
    | {".mkv", ".mod", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".nut", ".obu", ".ogg", ".ogm"}
    | {".ogv", ".qt", ".rm", ".rmvb", ".tod", ".ts", ".vob", ".webm", ".wmv", ".wtv", ".y4m"}
)
"""Suffixes of the videos that are taken from folders. A file given by name may have any."""

_BEGINNINGS: Final = {
    b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"BM": "BMP", b"GIF8": "GIF",
    b"II*\0": "TIFF", b"II+\0": "TIFF", b"MM\0*": "TIFF", b"MM\0+": "TIFF",
    b"\0\0\0\x0cjP  ": "JPEG 2000", b"\xff\x4f\xff\x51": "JPEG 2000", b"\x59\xa6\x6a\x95": "Sun raster",
    **{b"P%d%c" % (kind, space): "PNM" for kind in range(1, 8) for space in b" \t\r\n"},
}  # fmt: skip
_FOREIGN: Final = {b"\xff\x0a": "JPEG XL", b"\0\0\0\x0cJXL ": "JPEG XL", b"8BPS": "Photoshop", b"%PDF": "PDF"}
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_HEIC_SEQUENCE: Final = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_VIDEO_BEGINNINGS: Final = (b"\x1aE\xdf\xa3", b"OggS", b"YUV4MPEG2", b"FLV\1", b"0&\xb2u\x8ef\xcf\x11")
"""The first bytes of Matroska and WebM, Ogg, .y4m, Flash and ASF files."""

HEIC_CURE: Final = (
    "convert HEIC to JPEG first (macOS: sips -s format jpeg IN --out OUT; elsewhere: heif-convert IN OUT), "
    "or set the phone's camera to Most Compatible"
)


def picture_kind(head: bytes) -> str | None:
    """The format of a picture with these first 64 bytes, whatever its suffix; None: it cannot be read."""
    if is_avif(head):
        return "AVIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), None)


def foreign_kind(head: bytes) -> str | None:
    """The format of a picture that cannot be read; None if it is not one of those that people have."""
    if head[4:8] == b"ftyp" and not is_avif(head) and (_HEIC | _HEIC_SEQUENCE).intersection(brands(head)):
        return "HEIC"
    return next((kind for beginning, kind in _FOREIGN.items() if head.startswith(beginning)), None)


def is_heic_still(head: bytes) -> bool:
    """Whether a file with these first 64 bytes is a HEIC photograph, not a sequence."""
    return foreign_kind(head) == "HEIC" and not _HEIC_SEQUENCE.intersection(brands(head))


def begins_like_video(head: bytes) -> bool:
    """Whether a file with these first 64 bytes is a video or a sound in one of the frequent containers."""
    if head[4:8] == b"ftyp":
        return not is_avif(head) and foreign_kind(head) is None and brands(head)[0] != b"crx "  # a camera's raw format
    return head.startswith(_VIDEO_BEGINNINGS) or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")


def counted_kinds(files: Iterable[Path]) -> str:
    """Files by the kind that their suffix stands for, like "2 HEIC, 1 TXT"; the most frequent first."""
    counts = Counter(kind_by_name(file) for file in files)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def kind_by_name(file: Path) -> str:
    """What the file's suffix stands for, like "HEIC"."""
    suffix = file.suffix[1:].upper()
    return {"HEIF": "HEIC", "": "without a suffix"}.get(suffix, suffix)
