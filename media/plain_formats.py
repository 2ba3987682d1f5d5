"""Video files that open no other file or host: which formats FFmpeg may open, and what is said about the others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

PLAYLISTS: Final = "NSTCAM_PLAYLISTS"
"""The environment variable that lets FFmpeg open whatever it knows."""

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

NOT_PLAIN: Final = (
    f"is of a format that is not opened unasked; convert it to MP4 first, or set {PLAYLISTS}=1 to open it"
)


def plain_options() -> dict[str, str]:
    """Options for FFmpeg to open a local file that can lead to no other; none if the user allows playlists."""
    if os.environ.get(PLAYLISTS):
        return {}
    return {"format_whitelist": ",".join(sorted(PLAIN_FORMATS)), "protocol_whitelist": "file"}


def not_plain(path: Path, *, by_format: bool) -> str:
    """Why a file that FFmpeg did not open with `plain_options` is refused, and what to do; "" if it is just no video.

    Args:
        by_format: whether FFmpeg knows its format, and it is none of PLAIN_FORMATS.
    """
    with path.open("rb") as file:
        begins = file.read(4096).lstrip(b"\xef\xbb\xbf \r\n")
    kinds = {
        b"#EXTM3U": "a playlist (HLS)",
        b"ffconcat": "a playlist (ffconcat)",
        b"v=0": "a session description (SDP)",
    }
    kind = next((name for start, name in kinds.items() if begins.startswith(start)), "")
    kind = "a playlist (DASH)" if b"<MPD" in begins else kind
    if kind:
        return f"is {kind}, which leads to other files; give the video itself, or set {PLAYLISTS}=1 to follow it"
    return NOT_PLAIN if by_format else ""
