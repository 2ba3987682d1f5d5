"""Tracks: the audio, subtitles, chapters and fonts of a video, carried over to another file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final, Self

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from nstcam.realtime.video.encoding.text_subtitles import PLAIN_TEXT, rewritten
from nstcam.realtime.video.reading.formats import FileFormat
from nstcam.realtime.video.reading.streams import chosen_tracks, open_video, origin
from nstcam.realtime.video.reading.timestamps import MILLISECONDS, ClockRepair

BITS_PER_CHANNEL: Final = 96_000
AAC_RATES: Final = (48000, 44100, 32000, 24000, 22050, 16000, 96000, 88200, 64000, 12000, 11025, 8000)
LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1"}
"""Layouts by number of channels; others become stereo. PCM files often name no layout, and encoders know few."""
_FILE_TAGS: Final = frozenset(
    {"duration", "bps", "number_of_frames", "number_of_bytes", "source_id", "encoder", "handler_name", "vendor_id"}
    | {"_statistics_writing_app", "_statistics_writing_date_utc", "_statistics_tags"}
)
"""Metadata that describes a track as stored in that file; mkvmerge appends a language, as in BPS-eng."""
DAMAGED: Final = (av.InvalidDataError, av.ArgumentError, av.PatchWelcomeError)
"""Errors of libavformat for packets that it cannot write. A full disk raises another one."""
OPUS_RATES: Final = (48000, 24000, 16000, 12000, 8000)
RUN_UP: Final = Fraction(1, 20)
"""Seconds of hidden sound before the start that are kept, because decoders need them to get going."""


_log = logging.getLogger(__name__)


class Tracks:
    """Carries the audio, subtitles, chapters and fonts of `source` over to `output`. A context manager.

    Tracks are copied bit for bit if the format holds their codec. Otherwise audio is encoded anew, text subtitles are
    rewritten, and subtitles that are pictures are left out, each with one warning. Create it before the first packet is
    written: all streams of the output must exist by then.

    Attributes:
        copied, encoded: number of audio tracks copied, and encoded anew.
        subtitles: number of subtitle tracks in the output.
    """

    def __init__(
        self,
        source: Path,
        output: OutputContainer,
        form: FileFormat,
        offset: Fraction,
        length: Fraction | None = None,
        *,
        seek: bool = False,
    ) -> None:
        """Opens `source` a second time, beside the decoder, so that neither waits for the other, and adds the streams.

        Args:
            offset: seconds to subtract from all times.
            length: seconds of the output if it is a cut of the source; None: the whole source.
            seek: go to `offset` at once, as VideoReader did, instead of reading from the beginning.
        """
        self.copied = self.encoded = self.subtitles = 0
        self._output, self._form, self._offset, self._length = output, form, offset, length
        self._source = open_video(source)
        self._copies: dict[int, Stream] = {}
        self._texts: dict[int, Stream] = {}
        self._encoders: dict[int, AudioStream] = {}
        self._last_dts: dict[int, int] = {}
        self._is_damaged = False
        choice = chosen_tracks(self._source, path=source)
        self._custom_orders = choice.custom_orders
        for stream in choice.others:
            self._add(source, stream)
        self._add_chapters()
        self._add_fonts()
        self._carried = self._copies.keys() | self._texts.keys() | self._encoders.keys()
        self._clock = ClockRepair(offset if seek else origin(self._source))
        if seek:
            with suppress(av.FFmpegError):  # it is then read from the beginning
                self._source.seek(int(offset * av.time_base))
        self._packets: Iterator[Packet[Stream]] = self._source.demux(*choice.timed) if self._carried else iter(())
        self._ahead = self._next()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def carry_until(self, seconds: Fraction) -> None:
        """Writes the packets up to that time of the output, so that pictures and sound are interleaved."""
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
            _log.warning("a %s track of %s uses an unknown codec and is left out", stream.type, source)
            return
        has_custom_order = stream.index in self._custom_orders
        if isinstance(stream, AudioStream) and not has_custom_order and not (stream.rate and stream.channels):
            _log.warning("an audio track of %s is damaged and is left out", source)
            return
        codec, form = stream.codec_context.codec.canonical_name, self._form
        names = {codec, stream.codec_context.name}  # one list says dts, the other dca
        out: Stream
        if codec in form.copies and names & self._output.supported_codecs:
            out = self._copies[stream.index] = self._output.add_stream_from_template(stream)
            self.copied += stream.type == "audio"
        elif has_custom_order:
            _log.warning(
                "the %s audio of %s has its channels in an unusual order and is left out; .mkv and .mov keep PCM",
                codec, source,
            )  # fmt: skip
            return
        elif isinstance(stream, AudioStream):
            out = self._encoders[stream.index] = self._add_encoder(stream, form.audio_codec)
            self.encoded += 1
            _log.warning(
                "the %s audio of %s cannot be stored in %s files and is encoded as %s",
                codec,
                source,
                form.name,
                form.audio_codec,
            )
        elif codec in PLAIN_TEXT:
            out = self._texts[stream.index] = self._output.add_mux_stream(form.text_codec)
            out.time_base = MILLISECONDS
        else:
            _log.warning("the %s subtitles of %s are left out; a .mkv keeps them", codec, source)
            return
        self.subtitles += stream.type == "subtitle"
        metadata = {k: v for k, v in stream.metadata.items() if k.lower().split("-")[0] not in _FILE_TAGS}
        if "name" in metadata:  # libavformat writes a title to MP4, but reads it back as a name
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
        """Copies the fonts of styled subtitles, if the output is Matroska; no other format holds them."""
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
            except av.FFmpegError:  # the file is cut short; VideoReader warns about it
                return None
            if packet is not None and packet.dts is not None:
                # An MP4 edit list hides these, where a film was trimmed without encoding; the clock was not set back.
                if packet.is_discard and (packet.dts + (packet.duration or 0)) * packet.time_base < -RUN_UP:
                    continue
                self._clock.repair(packet)
            if packet is not None and packet.stream.index not in self._carried:  # the pictures: only their times count
                continue
            if packet is None or self._length is None or self._is_within(packet, self._length):
                return packet

    def _is_within(self, packet: Packet[Stream], length: Fraction) -> bool:
        """Whether the packet belongs to the cut; a subtitle that begins before it is shortened."""
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
        elif packet.dts is not None:  # the empty packet at the end has None; it is for decoders
            ticks = round(self._offset / time_base)
            dts = max(packet.dts - ticks, self._last_dts.get(index, packet.dts - ticks - 1) + 1)
            packet.pts = dts if packet.pts is None else max(packet.pts - ticks, dts)
            packet.dts = self._last_dts[index] = dts
            if index in self._texts:
                text = rewritten(packet, self._form.text_codec)
                if text is None:
                    return
                packet = text
                packet.stream = self._texts[index]
            else:
                packet.stream = self._copies[index]
            try:
                self._output.mux(packet)
            except DAMAGED as error:  # one bad packet of sound must not cost the whole film
                self._tell_damage(error)

    def _encode(self, packet: Packet[Stream], encoder: AudioStream) -> None:
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            self._tell_damage(error)  # leaves a gap in the sound
            return
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(self._offset / frame.time_base)
            self._output.mux(encoder.encode(frame))

    def _tell_damage(self, error: av.FFmpegError) -> None:
        if not self._is_damaged:
            _log.warning("damaged parts of the sound or subtitles are left out (%s)", error.strerror)
        self._is_damaged = True
