"""Addresses that live pictures can be sent to, and the form in which each kind takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from nstcam.media.shown import redacted
from nstcam.realtime.errors import SinkError

_FORMS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "rtmp": ("flv", {"flvflags": "no_duration_filesize"}),
    "rtmps": ("flv", {"flvflags": "no_duration_filesize"}),
    "srt": ("mpegts", {}),
    "udp": ("mpegts", {}),
    "tcp": ("mpegts", {}),
    "rtsp": ("rtsp", {"rtsp_transport": "tcp"}),
}
"""By scheme, FFmpeg's container format and its options."""
_KEYED: Final = ("rtmp", "rtmps")
_UDP_PACKET: Final = "pkt_size=1316"
"""Seven packets of MPEG-TS, as receivers expect, and small enough not to be split on the way."""
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True)
class Destination:
    """Where a stream goes.

    Attributes:
        url: with all its secrets; never to be shown.
        name: what is shown of it: scheme and host, for the path ends in a stream key.
        format: container format of FFmpeg.
        options: those of the format.
        needs_sound: whether services refuse a stream there that has no sound.
    """

    url: str = field(repr=False)
    name: str
    format: str
    options: Mapping[str, str]
    needs_sound: bool


def destination_of(url: str, key: str = "") -> Destination:
    """The destination that a user means by an address.

    Args:
        key: the stream key, appended to the path of an RTMP address; "": the address has it.

    Raises:
        SinkError: it is not an address that can be streamed to.
    """
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), parts.hostname
    except ValueError:  # brackets without an IPv6 address
        scheme, host = "", None
    if scheme not in _FORMS or not host or _UNPRINTABLE.search(url):
        kinds = ", ".join(f"{kind}://" for kind in _FORMS)
        raise SinkError(f"cannot stream to {_place(redacted(url))[:100]}; give an address that begins with {kinds}")
    form, options = _FORMS[scheme]
    if key and scheme in _KEYED:
        url = f"{url.rstrip('/')}/{key}"
    if scheme == "udp" and not parts.query:
        url = f"{url}?{_UDP_PACKET}"
    return Destination(url, _place(redacted(url)), form, options, needs_sound=form == "flv")


def _place(address: str) -> str:
    """Scheme, host and port of an address that is redacted already."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    host, slash, _ = rest.partition("/")
    return f"{scheme}://{host}{'/...' if slash else ''}"
