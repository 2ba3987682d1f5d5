"""The encoding of a run: that of its journal if an interrupted run is resumed, else one chosen now."""

from __future__ import annotations

from pathlib import Path

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.encoding.encoders import Encoding, choose_encoding, holds_16_bits, holds_alpha
from nstcam.realtime.video.journal import AGAIN, Values, check_same, read_journal, settings_values
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.work_folder import WorkFolder, fingerprint


def begin_or_resume(
    work: WorkFolder,
    reader: Frames,
    settings: VideoSettings,
    codec: str,
    target: Path,
    part: str = "1/1",
    source: Values | None = None,
) -> Encoding:
    """The encoding of the run: from the journal of the run that is resumed, else chosen now and written to a new one.

    Args:
        codec: one of CODECS.
        part: I/N.
        source: the fingerprint of the source; None: that of a file at `reader.path`.

    Raises:
        SinkError: no encoder works, the interrupted run had another source or settings, or nothing can be written.
    """
    source = fingerprint(reader.path) if source is None else source
    values = settings_values(settings, codec, part)
    if work.resuming:
        journal = read_journal(work.journal_path)
        check_same(journal, source, values, f"the interrupted run of {target}")
        reader.keep_alpha = journal.encoding.has_alpha
        if not fits(journal.encoding, reader):
            raise SinkError(f"the interrupted run of {target} has frames of another size or clock; {AGAIN}")
        return journal.encoding
    encoding = encoding_for(reader, settings, codec)
    try:
        work.begin(source, values, encoding)
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error
    return encoding


def encoding_for(reader: Frames, settings: VideoSettings, codec: str) -> Encoding:
    """The encoding of the frames; alpha and 16 bits are kept if the codec holds them. Tells the reader to keep alpha.

    Raises:
        SinkError: no encoder works.
    """
    reader.keep_alpha = keeps_alpha(reader, settings, codec)
    deep = settings.bits == 16 or (settings.bits is None and reader.is_deep and holds_16_bits(codec))
    return choose_encoding(
        codec, settings.encoder, settings.quality,
        size_wh=reader.size_wh, rate=reader.rate, time_base=reader.time_base, pixel_aspect=reader.pixel_aspect,
        alpha=reader.keep_alpha, deep=deep,
    )  # fmt: skip


def keeps_alpha(reader: Frames, settings: VideoSettings, codec: str) -> bool:
    """Whether the frames are written with their alpha."""
    return reader.has_alpha and settings.matte is None and holds_alpha(codec)


def fits(encoding: Encoding, reader: Frames) -> bool:
    """Whether an encoding from a journal is for the frames of `reader`; a damaged or forged one may be of any size."""
    kept = encoding.size_wh, encoding.time_base, encoding.pixel_aspect
    return kept == (reader.size_wh, reader.time_base, reader.pixel_aspect)
