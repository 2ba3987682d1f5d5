"""What a picture or a video from a stranger may do: open no other file or host, and take so much memory.

train/untrusted.py has the same text: neither package imports the other.
"""

from __future__ import annotations

import math
import mmap
import os
import re
import struct
from pathlib import Path
from typing import Final

PLAYLISTS: Final = "NSTCAM_PLAYLISTS"
"""The environment variable that lets FFmpeg open whatever it knows."""
LIMIT: Final = "NSTCAM_MAX_MEGAPIXELS"
"""The environment variable that holds the largest picture."""
DEFAULT_LIMIT: Final = 200
"""Megapixels: the largest that phones take. A picture of that size takes some 2 GB."""
FRAMES_AT_ONCE: Final = 10
"""How much smaller a frame of a video has to be, because several are in memory at once: 20 megapixels take 3 GB."""

_BYTES_PER_PIXEL: Final = 8
_METADATA: Final = 1 << 26
"""Bytes that a file may have beside its pixels."""

PLAIN_FORMATS: Final = frozenset(
    {"aac", "aiff", "amv", "apng", "asf", "av1", "avi", "cavsvideo", "dhav", "dirac", "dnxhd", "dv", "flac", "flic"}
    | {"flv", "gif", "gxf", "h261", "h263", "h264", "hevc", "ivf", "jpegxl_anim", "kux", "live_flv", "m4v", "matroska"}
    | {"mjpeg", "mjpeg_2000", "mov", "mp3", "mpeg", "mpegts", "mpegvideo", "mpjpeg", "mxf", "nsv", "nut", "nuv", "obu"}
    | {"ogg", "pva", "rm", "smjpeg", "ty", "vc1", "vvc", "wav", "webp_anim", "wtv", "yuv4mpegpipe"}
    | {f"{name}_pipe" for name in ("bmp", "dpx", "exr", "gif", "hdr", "j2k", "jpeg", "jpegls", "jpegxl", "pam", "pbm")}
    | {f"{name}_pipe" for name in ("pgm", "png", "ppm", "psd", "qoi", "tiff", "webp")}
)
"""FFmpeg's names of the formats that hold all of their content. Playlists (hls, concat, dash, sdp), numbered pictures
(image2) and text shown as pictures (tty) are recognised by content whatever the file's name, and are not among them."""


def as_address(path: Path) -> str:
    """What to say of a path that is really an address, of which Path has taken a slash; "" if it is none.

    Everything that may hold a password is left out.
    """
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):[/\\]+([^/\\?#]*)", str(path))
    if not found:
        return ""
    host = found[2].rpartition("@")[2].partition(":")[0]
    return f"{found[1]}://{host}/... is an address, not a file"


def plain_options() -> dict[str, str]:
    """Options for FFmpeg to open a local file that can lead to no other; none if the user allows playlists."""
    if os.environ.get(PLAYLISTS):
        return {}
    return {"format_whitelist": ",".join(sorted(PLAIN_FORMATS)), "protocol_whitelist": "file"}


def not_plain(path: Path) -> str:
    """Why a file that FFmpeg did not open with `plain_options` is refused, and what to do; "" if it is no playlist."""
    with path.open("rb") as file:
        begins = file.read(4096).lstrip(b"\xef\xbb\xbf \r\n")
    kinds = {
        b"#EXTM3U": "a playlist (HLS)",
        b"ffconcat": "a playlist (ffconcat)",
        b"v=0": "a session description (SDP)",
    }
    kind = next((name for start, name in kinds.items() if begins.startswith(start)), "")
    kind = "a playlist (DASH)" if b"<MPD" in begins else kind
    return kind and f"is {kind}, which leads to other files; give the video itself, or set {PLAYLISTS}=1 to follow it"


NOT_PLAIN: Final = (
    f"is of a format that is not opened unasked; convert it to MP4 first, or set {PLAYLISTS}=1 to open it"
)


def most_pixels(frames: int = 1) -> int:
    """How many pixels each of so many pictures in memory may have.

    Raises:
        ValueError: the environment holds something else than a number above 0; the text says so.
    """
    text = os.environ.get(LIMIT) or str(DEFAULT_LIMIT)
    try:
        megapixels = float(text)
    except ValueError:
        megapixels = math.nan
    if not 0 < megapixels <= 1e6:
        raise ValueError(f"{LIMIT}={text} is not a number above 0; give megapixels, like {LIMIT}=400")
    return int(megapixels * 1e6) // frames


def too_large(size_wh: tuple[int, int], frames: int = 1) -> str | None:
    """Why a picture of (width, height) is refused, and what to do; None if it is not.

    Args:
        frames: how many are in memory at once.

    Raises:
        ValueError: as `most_pixels`.
    """
    pixels, most = size_wh[0] * size_wh[1], most_pixels(frames)
    if pixels <= most:
        return None
    what, needed = "a picture" if frames == 1 else "a video", math.ceil(pixels * frames / 1e6)
    return (
        f"is {size_wh[0]}x{size_wh[1]}, {pixels / 1e6:.1f} megapixels, and the limit for {what} is {most / 1e6:g}; "
        f"make it smaller, or set {LIMIT}={needed} if there is the memory"
    )


def too_large_a_picture(path: Path) -> str | None:
    """Why a picture file is refused, and what to do, judged by its header; None if it is not.

    Raises:
        OSError: the file cannot be read.
        ValueError: as `most_pixels`.
    """
    length = path.stat().st_size
    if length > (most := _BYTES_PER_PIXEL * most_pixels() + _METADATA):
        return f"is {length:,} bytes long, and a picture may have {most:,}; make it smaller, or set {LIMIT} higher"
    if not length:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        size = stated_size(data)
    return size and too_large(size)


def stated_size(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """(width, height) as the file's header states them, before anything is decoded; None for formats not known here.

    Args:
        data: the whole file.
    """
    if data[:4] == b"\x89PNG":
        return _numbers(">II", data, 16)
    if data[:4] == b"GIF8":
        return _numbers("<HH", data, 6)
    if data[:2] == b"BM":
        size = _numbers("<HH" if data[14:15] == b"\x0c" else "<ii", data, 18)
        return size and (abs(size[0]), abs(size[1]))
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:2] in (b"II", b"MM") and data[2:4] in (b"*\0", b"\0*", b"+\0", b"\0+"):
        return _tiff(data)
    if data[4:8] == b"ftyp" or data[4:8] == b"jP  ":
        return _boxes(data[: 1 << 20])
    netpbm = re.match(rb"P[1-6](?:\s+(?:#[^\n]*\n\s*)*)(\d{1,10})(?:\s+(?:#[^\n]*\n\s*)*)(\d{1,10})\s", data[:4096])
    return (int(netpbm[1]), int(netpbm[2])) if netpbm else None


def _numbers(form: str, data: bytes | mmap.mmap, at: int) -> tuple[int, int] | None:
    return struct.unpack_from(form, data, at) if at + struct.calcsize(form) <= len(data) else None


def _jpeg(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """From the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xFF:  # a byte that fills up
            at += 1
            continue
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in (0xC4, 0xC8, 0xCC):  # tables and extensions
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _webp(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """RFC 9649, 2.6 and 2.7; RFC 6386, 9.1."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _tiff(data: bytes | mmap.mmap) -> tuple[int, int] | None:
    """From ImageWidth and ImageLength of the first directory (TIFF 6.0, section 2; BigTIFF)."""
    order: Final = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    try:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
        found = {}
        for entry in range(min(count, 4096)):
            place = at + (8 + 20 * entry if big else 2 + 12 * entry)
            tag, kind = struct.unpack_from(order + "HH", data, place)
            if tag in (256, 257):
                form = {3: "H", 4: "I", 16: "Q"}.get(kind, "I")
                (found[tag],) = struct.unpack_from(order + form, data, place + (12 if big else 8))
        return found[256], found[257]
    except (struct.error, KeyError):
        return None


def _boxes(data: bytes) -> tuple[int, int] | None:
    """The largest picture of an AVIF or HEIF (ISO/IEC 23008-12, 6.5.3), or that of a JPEG 2000 (15444-1, I.5.3.1)."""
    sizes = [_numbers(">II", data, found.start() + 8) for found in re.finditer(rb"ispe", data)]
    for found in re.finditer(rb"ihdr", data[:4096]):
        size = _numbers(">II", data, found.start() + 4)
        sizes.append(size and (size[1], size[0]))
    return max((size for size in sizes if size), key=lambda size: size[0] * size[1], default=None)
