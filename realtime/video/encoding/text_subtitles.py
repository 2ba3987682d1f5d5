"""Text subtitles rewritten from one codec to another."""

from __future__ import annotations

import re
from typing import Final

from av.packet import Packet
from av.stream import Stream

PLAIN_TEXT: Final = frozenset({"mov_text", "subrip", "webvtt"})
"""Subtitle codecs that are converted into each other."""

_MARK_UP: Final = re.compile(r"<[^>]*>")


def rewritten(packet: Packet[Stream], codec: str) -> Packet[Stream] | None:
    """A text subtitle in another codec, at the same time. Its mark-up is dropped: each codec writes it differently.

    Returns:
        None for an empty text, which MP4 stores between lines, and at which readers of WebM stop.
    """
    data = bytes(packet)
    if packet.stream.codec_context.codec.canonical_name == "mov_text":  # two bytes of length, then text, then boxes
        data = data[2 : 2 + int.from_bytes(data[:2], "big")]
    text = _MARK_UP.sub("", data.decode("utf-8", "replace")).strip().encode()
    if not text:
        return None
    out: Packet[Stream] = Packet(len(text).to_bytes(2, "big") + text if codec == "mov_text" else text)
    out.pts, out.dts, out.duration, out.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    return out
