"""What a video carries beside its pictures: audio, subtitles, chapters and fonts, copied from file to file."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

import av
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from nstcam.realtime.video.clock import Clock
from nstcam.realtime.video.formats import FileFormat
from nstcam.realtime.video.rates import MILLISECONDS

BITS_PER_CHANNEL: Final = 96_000
AAC_RATES: Final = (48000, 44100, 32000, 24000, 22050, 16000, 96000, 88200, 64000, 12000, 11025, 8000)
LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1"}
"""By channels: PCM files often name no layout, and encoders know few. Others are mixed down to stereo."""
_OF_THE_FILE: Final = frozenset(
    {"duration", "bps", "number_of_frames", "number_of_bytes", "source_id", "encoder", "handler_name", "vendor_id"}
    | {"_statistics_writing_app", "_statistics_writing_date_utc", "_statistics_tags"}
)
"""Tags that tell of a track as it lies in that file; mkvmerge appends a language, as in BPS-eng."""
DAMAGED: Final = (av.InvalidDataError, av.ArgumentError, av.PatchWelcomeError)
"""What libavformat says of packets that it cannot write. A full disk is another error."""
OPUS_RATES: Final = (48000, 24000, 16000, 12000, 8000)
RUN_UP: Final = Fraction(1, 20)
"""Seconds of sound before its start that are kept where they are not to be heard: decoders run up on them."""

PLAIN_TEXT: Final = frozenset({"mov_text", "subrip", "webvtt"})
"""Subtitles that are turned into each other."""
_OWN_ORDER: Final = re.compile(r"Stream #0:(\d+)\S*: Audio: .* Hz, \d+ channels \(")
_TAGS: Final = re.compile(r"<[^>]*>")

_log = logging.getLogger(__name__)


class Tracks:
    """The audio, subtitles, chapters and fonts of `source`, on their way into `output`; closed by `with`.

    A codec that the format copies is copied bit for bit; other audio is encoded anew, other text subtitles are
    rewritten, subtitles that are pictures are left out, each with one warning. Streams must all be there before the
    first packet: open it before writing.

    Attributes:
        copied, encoded: how many audio tracks went which way.
        subtitles: how many subtitle tracks there are in the output.
    """

    def __init__(
        self, source: Path, output: OutputContainer, form: FileFormat, offset: Fraction, length: Fraction | None = None
    ) -> None:
        """Reads `source` a second time, beside the decoder, so that neither has to wait for the other.

        Args:
            offset: seconds to take off all times.
            length: seconds of the output where it is cut out of the source: the rest is left out.
        """
        self.copied = self.encoded = self.subtitles = 0
        self._output, self._form, self._offset, self._length = output, form, offset, length
        self._source = av.open(str(source.absolute()), "r", metadata_errors="replace")
        self._copies: dict[int, Stream] = {}
        self._texts: dict[int, Stream] = {}
        self._encoders: dict[int, AudioStream] = {}
        self._last_dts: dict[int, int] = {}
        self._clock = Clock()
        self._is_damaged = False
        self._orders = _orders_of_their_own(self._source)
        for stream in (*self._source.streams.audio, *self._source.streams.subtitles):
            self._add(source, stream)
        self._add_chapters()
        self._add_fonts()
        index_of = {**self._copies, **self._texts, **self._encoders}
        chosen = [s for s in self._source.streams if s.index in index_of]
        if length is not None:
            with suppress(av.FFmpegError):  # then it is read from its beginning
                self._source.seek(int(offset * av.time_base))
        self._packets: Iterator[Packet[Stream]] = self._source.demux(*chosen) if chosen else iter(())
        self._ahead = self._next()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

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

    def _add(self, source: Path, stream: Stream) -> None:
        if stream.codec_context is None:
            _log.warning("a %s track of %s is in an unknown codec and is left out", stream.type, source)
            return
        has_order = stream.index in self._orders
        if isinstance(stream, AudioStream) and not has_order and not (stream.rate and stream.channels):
            _log.warning("an audio track of %s is damaged and is left out", source)
            return
        codec, form = stream.codec_context.codec.canonical_name, self._form
        names = {codec, stream.codec_context.name}  # dts is in one list, dca in the other
        out: Stream
        if codec in form.copies and names & self._output.supported_codecs:
            out = self._copies[stream.index] = self._output.add_stream_from_template(stream)
            self.copied += stream.type == "audio"
        elif has_order:
            _log.warning(
                "audio of %s is %s with its channels in an unusual order and is left out; a .mkv or .mov keeps PCM",
                source, codec,
            )  # fmt: skip
            return
        elif isinstance(stream, AudioStream):
            out = self._encoders[stream.index] = self._add_encoder(stream, form.audio_codec)
            self.encoded += 1
            _log.warning(
                "audio of %s is %s, not for %s files: encoded anew as %s", source, codec, form.name, form.audio_codec
            )
        elif codec in PLAIN_TEXT:
            out = self._texts[stream.index] = self._output.add_mux_stream(form.text_codec)
            out.time_base = MILLISECONDS
        else:
            _log.warning("subtitles of %s are %s and are left out; a .mkv keeps them", source, codec)
            return
        self.subtitles += stream.type == "subtitle"
        metadata = {k: v for k, v in stream.metadata.items() if k.lower().split("-")[0] not in _OF_THE_FILE}
        if "name" in metadata:  # so libavformat reads what it writes to MP4 for a title
            metadata.setdefault("title", metadata.pop("name"))
        out.metadata.update(metadata)
        out.disposition = stream.disposition

    def _add_chapters(self) -> None:
        chapters = []
        for chapter in self._source.chapters():
            base = chapter["time_base"] or Fraction(1, av.time_base)
            start = max(chapter["start"] * base - self._offset, Fraction(0))
            end = chapter["end"] * base - self._offset
            end = end if self._length is None else min(end, self._length)
            if end > start:
                chapter["start"], chapter["end"] = round(start * 1000), round(end * 1000)
                chapter["time_base"] = MILLISECONDS
                chapters.append(chapter)
        if chapters:
            self._output.set_chapters(chapters)

    def _add_fonts(self) -> None:
        """Of styled subtitles; only Matroska holds them."""
        if self._form.name == "matroska":
            for stream in self._source.streams.attachments:
                if stream.name and stream.mimetype and stream.data:
                    self._output.add_attachment(stream.name, stream.mimetype, stream.data)

    def _add_encoder(self, stream: AudioStream, codec: str) -> AudioStream:
        rates = OPUS_RATES if codec == "libopus" else AAC_RATES
        out = self._output.add_stream(codec, rate=stream.rate if stream.rate in rates else rates[0])
        assert isinstance(out, AudioStream)
        out.layout = LAYOUTS.get(stream.channels, "stereo")
        out.bit_rate = BITS_PER_CHANNEL * out.channels
        return out

    def _next(self) -> Packet[Stream] | None:
        while True:
            try:
                packet = next(self._packets, None)
            except av.FFmpegError:  # a file that is cut short; the reader of its pictures says so
                return None
            if packet is not None and packet.dts is not None:
                # What an edit list of MP4 hides, where a film was trimmed without encoding: not a clock set back.
                if packet.is_discard and (packet.dts + (packet.duration or 0)) * packet.time_base < -RUN_UP:
                    continue
                self._clock.mend(packet)
            if packet is None or self._length is None or self._is_within(packet, self._length):
                return packet

    def _is_within(self, packet: Packet[Stream], length: Fraction) -> bool:
        """Whether the packet belongs to the cut; a subtitle that began before is shortened."""
        if packet.pts is None or packet.dts is None:
            return False
        starts = packet.pts * packet.time_base - self._offset
        if starts < 0 and packet.stream.type == "subtitle":
            late = round(-starts / packet.time_base)
            packet.pts, packet.dts = packet.pts + late, packet.dts + late
            packet.duration = max((packet.duration or 0) - late, 0)
            return packet.duration > 0
        return 0 <= starts < length

    def _carry(self, packet: Packet[Stream]) -> None:
        index, time_base = packet.stream.index, packet.time_base
        if index in self._encoders:
            self._encode(packet, self._encoders[index])
        elif packet.dts is not None:  # None: the empty packet at the end, which is for decoders
            ticks = round(self._offset / time_base)
            dts = max(packet.dts - ticks, self._last_dts.get(index, packet.dts - ticks - 1) + 1)
            packet.pts = dts if packet.pts is None else max(packet.pts - ticks, dts)
            packet.dts = self._last_dts[index] = dts
            if index in self._texts:
                text = _rewritten(packet, self._form.text_codec)
                if text is None:
                    return
                packet = text
                packet.stream = self._texts[index]
            else:
                packet.stream = self._copies[index]
            try:
                self._output.mux(packet)
            except DAMAGED as error:  # one packet of sound must not cost the film
                self._tell_damage(error)

    def _encode(self, packet: Packet[Stream], encoder: AudioStream) -> None:
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            self._tell_damage(error)  # a gap in the sound
            return
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(self._offset / frame.time_base)
            self._output.mux(encoder.encode(frame))

    def _tell_damage(self, error: av.FFmpegError) -> None:
        if not self._is_damaged:
            _log.warning("damaged sound or subtitles are left out (%s)", error.strerror)
        self._is_damaged = True


def _orders_of_their_own(source: InputContainer) -> set[int]:
    """Indices of audio streams whose channels stand in no usual order, as in 7.1 of QuickTime.

    PyAV 18.1 frees such a layout twice, once it is asked for or a frame is decoded, and the process dies of that. So it
    is read out of what libavformat prints.
    """
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        streams: str = cast(Any, source).dumps_format()  # PyAV's stub does not know it
    finally:
        av.logging.set_level(level)
    return {int(found[1]) for found in _OWN_ORDER.finditer(streams)}


def _rewritten(packet: Packet[Stream], codec: str) -> Packet[Stream] | None:
    """The same text at the same time in another codec; without its mark-up, which each writes in another way.

    None where it is empty, as between the lines of MP4: readers of WebM stop at such a one.
    """
    data = bytes(packet)
    if packet.stream.codec_context.codec.canonical_name == "mov_text":  # two bytes of length, then text, then boxes
        data = data[2 : 2 + int.from_bytes(data[:2], "big")]
    text = _TAGS.sub("", data.decode("utf-8", "replace")).strip().encode()
    if not text:
        return None
    out: Packet[Stream] = Packet(len(text).to_bytes(2, "big") + text if codec == "mov_text" else text)
    out.pts, out.dts, out.duration, out.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    return out
