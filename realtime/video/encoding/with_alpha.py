"""Packets of VP9 with the alpha that libvpx puts beside them, to be kept in a segment and read back.

PyAV hands out what lies beside a packet, but cannot put anything there. libavformat can: so these packets are kept as
a small Matroska file in memory, from which they come back whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from typing import Final

import av
import numpy as np
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from nstcam.realtime.video.encoding.encoders import Encoding

_ALPHA: Final = "matroska_block_additional"
_TICK: Final = Fraction(1, 1000)


def matroska_of(packets: Sequence[Packet[VideoStream]], encoding: Encoding) -> NDArray[np.uint8]:
    """The packets as a Matroska file, (bytes,); empty if nothing lies beside any of them."""
    if not any(packet.has_sidedata(_ALPHA) for packet in packets):
        return np.empty(0, np.uint8)
    file = BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream(encoding.encoder, rate=encoding.rate)
        assert isinstance(stream, VideoStream)
        encoding.configure(stream.codec_context)
        stream.time_base = _TICK
        for number, packet in enumerate(packets):
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, _TICK, number, number
            out.mux(packet)
    return np.frombuffer(file.getbuffer(), np.uint8)


def packets_of(matroska: NDArray[np.uint8]) -> Iterator[Packet[Stream]]:
    """The packets of `matroska_of`, in their order.

    Raises:
        av.FFmpegError: it is no Matroska file.
    """
    with av.open(BytesIO(matroska.tobytes()), "r", format="matroska") as container:
        for packet in container.demux():
            if packet.size:
                yield packet
