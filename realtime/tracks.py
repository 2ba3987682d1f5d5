"""What a video carries beside its pictures: audio and subtitles, copied packet by packet from file to file."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

BITS_PER_CHANNEL: Final = 96_000
AAC_RATES: Final = (48000, 44100, 32000, 24000, 22050, 16000, 96000, 88200, 64000, 12000, 11025, 8000)
LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1"}
"""By channels: PCM files often name no layout, and encoders know few. Others are mixed down to stereo."""
OPUS_RATES: Final = (48000, 24000, 16000, 12000, 8000)

_log = logging.getLogger(__name__)


class Tracks:
    """The audio and subtitle streams of `source`, on their way into `output`.

    A codec in `copies` is copied bit for bit; other audio is encoded anew as `audio_codec`, other subtitles are left
    out, each with one warning. Streams must all be there before the first packet: open it before writing.

    Attributes:
        copied, encoded: how many audio tracks went which way.
    """

    def __init__(
        self, source: Path, output: OutputContainer, copies: Collection[str], audio_codec: str, offset: Fraction
    ) -> None:
        """Reads `source` a second time, beside the decoder, so that neither has to wait for the other.

        Args:
            offset: seconds to take off all times.
        """
        self.copied = self.encoded = 0
        self._output, self._offset = output, offset
        self._source = av.open(str(source.absolute()), "r", metadata_errors="replace")
        self._copies: dict[int, Stream] = {}
        self._encoders: dict[int, AudioStream] = {}
        self._last_dts: dict[int, int] = {}
        for stream in (*self._source.streams.audio, *self._source.streams.subtitles):
            self._add(source, stream, copies, audio_codec)
        chosen = [s for s in self._source.streams if s.index in self._copies or s.index in self._encoders]
        self._packets: Iterator[Packet[Stream]] = self._source.demux(*chosen) if chosen else iter(())
        self._ahead = self._next()

    def carry_until(self, seconds: Fraction) -> None:
        """Writes what belongs before that time of the output, so that pictures and sound lie side by side."""
        while self._ahead is not None:
            packet = self._ahead
            if packet.dts is not None and packet.dts * packet.time_base - self._offset > seconds:
                return
            self._carry(packet)
            self._ahead = self._next()

    def finish(self) -> None:
        """Writes the rest."""
        self.carry_until(Fraction(1 << 62))
        for encoder in self._encoders.values():
            self._output.mux(encoder.encode(None))

    def close(self) -> None:
        self._source.close()

    def _add(self, source: Path, stream: Stream, copies: Collection[str], audio_codec: str) -> None:
        if stream.codec_context is None:
            _log.warning("a %s track of %s is in an unknown codec and is left out", stream.type, source)
            return
        codec = stream.codec_context.codec.canonical_name
        out: Stream
        if codec in copies and codec in self._output.supported_codecs:
            out = self._copies[stream.index] = self._output.add_stream_from_template(stream)
            self.copied += stream.type == "audio"
        elif isinstance(stream, AudioStream):
            out = self._encoders[stream.index] = self._add_encoder(stream, audio_codec)
            self.encoded += 1
            form = self._output.format.name
            _log.warning("audio of %s is %s, not for %s files: encoded anew as %s", source, codec, form, audio_codec)
        else:
            _log.warning("subtitles of %s are %s and are left out; a .mkv keeps them", source, codec)
            return
        out.metadata.update(stream.metadata)
        out.disposition = stream.disposition

    def _add_encoder(self, stream: AudioStream, codec: str) -> AudioStream:
        rates = OPUS_RATES if codec == "libopus" else AAC_RATES
        out = self._output.add_stream(codec, rate=stream.rate if stream.rate in rates else rates[0])
        assert isinstance(out, AudioStream)
        out.layout = LAYOUTS.get(stream.channels, "stereo")
        out.bit_rate = BITS_PER_CHANNEL * out.channels
        return out

    def _next(self) -> Packet[Stream] | None:
        try:
            return next(self._packets, None)
        except av.FFmpegError:  # a file that is cut short; the reader of its pictures says so
            return None

    def _carry(self, packet: Packet[Stream]) -> None:
        index, time_base = packet.stream.index, packet.time_base
        if index in self._encoders:
            self._encode(packet, self._encoders[index])
        elif packet.dts is not None:  # None: the empty packet at the end, which is for decoders
            ticks = round(self._offset / time_base)
            dts = max(packet.dts - ticks, self._last_dts.get(index, packet.dts - ticks - 1) + 1)
            packet.pts = dts if packet.pts is None else max(packet.pts - ticks, dts)
            packet.dts = self._last_dts[index] = dts
            packet.stream = self._copies[index]
            self._output.mux(packet)

    def _encode(self, packet: Packet[Stream], encoder: AudioStream) -> None:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            return  # damaged: a gap in the sound
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(self._offset / frame.time_base)
            self._output.mux(encoder.encode(frame))
