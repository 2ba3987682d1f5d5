"""Addresses: which formats and protocols may be opened unasked, and how long a server may be silent."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

import av
from av.container import InputContainer

from nstcam.media.plain_formats import NOT_PLAIN, PLAIN_FORMATS, PLAYLISTS
from nstcam.media.shown import redacted
from nstcam.realtime.errors import SourceError

FORMATS: Final = ",".join(sorted(PLAIN_FORMATS | {"rtsp", "rtp"}))
PROTOCOLS: Final = "crypto,ftp,http,httpproxy,https,mmsh,mmst,rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts,rtp,srt,tcp,tls,udp"
"""Neither local files nor protocols that lead to other addresses."""
SILENCE: Final = 5.0
"""Seconds."""
CURE: Final = "check the address, user and password, and the network"


def limits(url: str) -> dict[str, str]:
    """How long a server may be silent, in microseconds. PyAV's own limit would call Python from a thread that may
    outlive the program."""
    silence = str(round(SILENCE * 1e6))
    if urlsplit(url).scheme.startswith("rtsp"):
        return {"timeout": silence, "rtsp_flags": "prefer_tcp"}
    return {"rw_timeout": silence}


def open_address(url: str) -> InputContainer:
    """Opens an address for reading once, as its frames come. No playlists, unless NSTCAM_PLAYLISTS is set.

    Raises:
        SourceError: nothing answers, or what answers is not a video. The text contains no credentials.
    """
    name = redacted(url)
    try:
        options = limits(url)
        if not os.environ.get(PLAYLISTS):
            options |= {"format_whitelist": FORMATS, "protocol_whitelist": PROTOCOLS}
        return av.open(url, "r", options=options, metadata_errors="replace")
    except av.ArgumentError as error:  # "Format not on whitelist"
        raise SourceError(f"{name} {NOT_PLAIN}") from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise not_opened(name, error) from error


def not_opened(name: str, error: Exception) -> SourceError:
    """What to tell about an address that could not be opened.

    Args:
        name: the address without its secrets.
    """
    if isinstance(error, av.ProtocolNotFoundError):
        return SourceError(
            f"{name} could not be opened: this PyAV was built without {name.partition(':')[0]}://; "
            "use rtsp://, rtmp://, "
            "udp:// or http://, or build PyAV with an FFmpeg that has it (pip install av --no-binary av)"
        )
    return SourceError(f"{name} could not be opened; {CURE}")
