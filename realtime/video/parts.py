"""A video in parts: each is stylized on its own, perhaps on another machine, then joined without encoding again.

Parts end where segments end, so the joined file has the same packets as a single run. A part is a ZIP file of segments
and their journal. Sound and subtitles are taken from the source when the parts are joined.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, BinaryIO, Final, NamedTuple

from nstcam.media.own_files import create_anew, open_file
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.files import check_paths, part_file
from nstcam.realtime.stylizing import Stylizing
from nstcam.realtime.video.assemble import assemble
from nstcam.realtime.video.encoding.encoders import SQUARE_PIXELS, Encoding
from nstcam.realtime.video.encoding.segments import frame_count, segment_name, segment_number
from nstcam.realtime.video.encoding.tracks import Tracks
from nstcam.realtime.video.examined import Examined, segment_count, stretch
from nstcam.realtime.video.journal import Journal, read_journal
from nstcam.realtime.video.painting import PLAIN, People, VideoSettings, check_size
from nstcam.realtime.video.pipeline import Progress, stylize_segments
from nstcam.realtime.video.reading.formats import FORMATS
from nstcam.realtime.video.reading.matte import matte_of
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.run_encoding import begin_or_resume, fits
from nstcam.realtime.video.timeline import Timeline
from nstcam.realtime.video.work_folder import fingerprint, work_folder

SUFFIX: Final = ".nstpart"
PART_CODEC: Final = "h264"
"""Video codec of a part unless another is asked for: a part does not know the format of the joined file."""
_JOURNAL: Final = "journal.json"
_CHUNK_BYTES: Final = 1 << 20
_NAMED: Final = 10
"""Missing parts that a message names."""
_NOT_A_PART: Final = "is not a part of a video, or is damaged; make it again with --segment"


# What a video takes, handed on by name, and which part of it.
def stylize_part(
    source: Path,
    target: Path,
    stylizer: Stylizing | Timeline[Stylizing],
    settings: VideoSettings,
    *,
    part: int,
    parts: int,
    people: People = PLAIN,
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    examined: Examined | None = None,
) -> int:
    """Stylizes part number `part` (from 1) of `parts` parts of nearly equal length.

    Args:
        target: a path that ends in SUFFIX.
        people, overwrite, resume, progress, stop: as in stylize_video.
        examined: what is known of the film already; None: it is found out here.

    Returns:
        The number of frames in the part.

    Raises:
        SourceError, SinkError, Stopped: as in stylize_video; SourceError also if the video is too short for that many
            parts.
    """
    check_paths(source, target, (SUFFIX,), overwrite=overwrite)
    codec = settings.codec or PART_CODEC
    square, matte = codec in SQUARE_PIXELS, matte_of(settings.matte)
    with VideoReader(source, settings.start, settings.end, square=square, matte=matte) as reader:
        check_size(reader)
        segments = segment_count(source, settings) if examined is None else examined.segments
        first, last = stretch(source, segments, part, parts)
        with work_folder(target, resume=resume, overwrite=overwrite, first=first) as work:
            encoding = begin_or_resume(work, reader, settings, codec, target, f"{part}/{parts}")
            timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
            stylize_segments(
                work, reader, encoding, timeline, settings,
                target=target, progress=progress, stop=stop,
                first=first * settings.segment_frames, last=last * settings.segment_frames if last else None,
                people=people, canvas=None if examined is None else examined.canvas,
            )  # fmt: skip
            with part_file(target, work.path) as path:
                try:
                    with zipfile.ZipFile(path, "w") as archive:
                        for file in (work.journal_path, *work.segments):
                            archive.write(file, file.name)
                except OSError as error:
                    raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error
            return work.frames


class Joined(NamedTuple):
    """What parts became: the seconds that the pictures last, the encoding, and the sound and subtitles."""

    duration: float
    encoding: Encoding
    tracks: Tracks | None


def join_parts(source: Path, target: Path, parts: Sequence[Path], *, overwrite: bool = False) -> Joined:
    """Joins the parts, given in any order, into one video with the sound and subtitles of `source`.

    Raises:
        SourceError: a part is missing, damaged, from another source, or made with other settings.
        SinkError: the target exists, has a format that cannot hold the codec of the parts, or cannot be written.
    """
    check_paths(source, target, FORMATS, overwrite=overwrite)
    form = FORMATS[target.suffix.lower()]
    try:
        folder = Path(tempfile.mkdtemp(prefix=".nstcam.", dir=target.parent))
    except OSError as error:
        raise SinkError(f"cannot write in {target.parent} ({error.strerror}); choose another folder") from error
    try:
        journals, numbers = _extract_all(parts, folder, target)
        first = _check_parts(source, journals)
        encoding = first.encoding
        form.choose_codec(encoding.codec, target)
        if numbers != list(range(len(numbers))):
            raise SourceError(f"a segment of {parts[0]} or of the parts after it is missing; make them again")
        segments = [folder / segment_name(number) for number in numbers]
        with (
            VideoReader(source, first.start, first.end, square=encoding.codec in SQUARE_PIXELS) as reader,
            part_file(target, folder) as path,
        ):
            if not segments or not fits(encoding, reader):
                raise SourceError(f"{parts[0]} {_NOT_A_PART}")
            tracks, duration = assemble(path, reader, encoding, segments, form, target=target)
            return Joined(float(duration), encoding, tracks)
    except SinkError as error:
        if isinstance(error.__cause__, ValueError):  # in one of the segments
            raise SourceError(f"one of {len(parts)} parts is damaged; make them again with --segment") from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def frames_of_part(file: BinaryIO) -> int | None:
    """How many frames the file of a part holds, read in full; None if it is damaged or none."""
    try:
        with tempfile.TemporaryDirectory(prefix="nstcam.") as folder:
            numbers = _unpack(file, Path(folder), Path(folder))
            return sum(frame_count(Path(folder) / segment_name(number)) for number in numbers)
    except Exception:  # zipfile raises a dozen kinds for files that it did not write
        return None


def _extract_all(parts: Sequence[Path], folder: Path, target: Path) -> tuple[dict[Path, Journal], list[int]]:
    """Extracts all parts into `folder`; returns their journals and the numbers of their segments in order."""
    journals: dict[Path, Journal] = {}
    numbers: set[int] = set()
    for part in dict.fromkeys(parts):
        journals[part], found = _extract(part, folder, target)
        if numbers & found:
            raise SourceError(f"{part} has segments of another part; give each part once")
        numbers |= found
    return journals, sorted(numbers)


def _extract(part: Path, folder: Path, target: Path) -> tuple[Journal, set[int]]:
    """Extracts the segments of a part into `folder`; returns its journal and the numbers of its segments.

    No more bytes than the file has: `stylize_part` compresses nothing, and nothing compressed is taken.
    """
    try:
        file = open_file(part)
    except FileNotFoundError as error:
        raise SourceError(f"{part} not found; check the path") from error
    except OSError as error:
        raise SourceError(f"{part} cannot be read ({error.strerror}); check the path") from error
    with file:
        try:
            numbers = _unpack(file, folder, target)
        except SinkError:
            raise
        except Exception as error:  # zipfile raises a dozen kinds for files that it did not write
            raise SourceError(f"{part} {_NOT_A_PART}") from error
    try:
        return read_journal(folder / _JOURNAL), numbers
    except SinkError as error:
        raise SourceError(f"{part} {_NOT_A_PART}") from error


def _unpack(file: BinaryIO, folder: Path, target: Path) -> set[int]:
    """Extracts segments and journal into `folder`; nothing else that a stranger has put into the archive."""
    archive = zipfile.ZipFile(file)
    entries = archive.infolist()
    stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
    if not stored or sum(entry.file_size for entry in entries) > os.fstat(file.fileno()).st_size:
        raise ValueError("it would become larger")
    numbers: set[int] = set()
    for entry in entries:
        number = segment_number(entry.filename)
        if number in numbers:
            raise ValueError(f"segment {number} is there twice")
        if number is not None:
            _save(folder / segment_name(number), archive.open(entry), target)
            numbers.add(number)
    _save(folder / _JOURNAL, archive.open(_JOURNAL), target)
    return numbers


def _save(path: Path, data: IO[bytes], target: Path) -> None:
    try:
        with create_anew(path) as file:
            shutil.copyfileobj(data, file, _CHUNK_BYTES)
    except OSError as error:  # reported here; the caller would blame the part
        raise SinkError(f"cannot write {target} ({error.strerror}); check the free space in its folder") from error


def _check_parts(source: Path, journals: Mapping[Path, Journal]) -> Journal:
    """The journal of the first part; refuses parts that do not fit together or are not all there."""
    paths, numbers, common = list(journals), [], ""
    original = fingerprint(source)
    for path, journal in journals.items():
        if journal.source != original:
            raise SourceError(f"{path} was made from another video than {source}; give the video it was made from")
        numbers.append(journal.part[0])
        settings = {**journal.settings, "part": journal.part[1]}
        same = json.dumps([settings, journal.encoding.as_json()], sort_keys=True)
        if common and same != common:
            raise SourceError(f"{path} was made with other settings or another encoder than {paths[0]}; make it again")
        common = same
    count = journals[paths[0]].part[1]
    if sorted(numbers) != list(range(1, len(numbers) + 1)) or len(numbers) != count:
        given = set(numbers)
        missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in given]
        more = ", ..." if len(missing) > _NAMED else ""
        fault = f"{', '.join(missing[:_NAMED])}{more} missing" if missing else "some are given twice"
        raise SourceError(f"{len(numbers)} of {count} parts given: {fault}; give each part once")
    return journals[paths[0]]
