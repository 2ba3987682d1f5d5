"""A video in parts: each is stylized on its own, perhaps on another machine, then joined without encoding again.

Parts end where segments end, so the joined file has the same packets as a single run. A part is a ZIP file of segments
and their journal. Sound and subtitles are taken from the source when the parts are joined.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.files import check_paths, part_file
from nstcam.realtime.stylizing import Stylizing
from nstcam.realtime.video.encoders import SQUARE_PIXELS, Encoding
from nstcam.realtime.video.formats import FORMATS
from nstcam.realtime.video.painting import VideoSettings, check_size
from nstcam.realtime.video.pipeline import Progress, begin_or_resume, stylize_segments
from nstcam.realtime.video.reader import VideoReader
from nstcam.realtime.video.timeline import Timeline
from nstcam.realtime.video.timestamps import packet_times
from nstcam.realtime.video.work_folder import fingerprint, read_journal, work_folder
from nstcam.realtime.video.writer import assemble

SUFFIX: Final = ".nstpart"
PART_CODEC: Final = "h264"
"""Video codec of a part unless another is asked for: a part does not know the format of the joined file."""
_NOT_A_PART: Final = "is not a part of a video, or is damaged; make it again with --segment"


def stylize_part(
    source: Path,
    target: Path,
    stylizer: Stylizing | Timeline[Stylizing],
    settings: VideoSettings,
    *,
    part: int,
    parts: int,
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Stylizes part number `part` (from 1) of `parts` parts of nearly equal length.

    Args:
        target: a path that ends in SUFFIX.
        overwrite, resume, progress, stop: as in stylize_video.

    Returns:
        The number of frames in the part.

    Raises:
        SourceError, SinkError, Stopped: as in stylize_video; SourceError also if the video is too short for that many
            parts.
    """
    check_paths(source, target, (SUFFIX,), overwrite=overwrite)
    codec = settings.codec or PART_CODEC
    with VideoReader(source, settings.start, settings.end, square=codec in SQUARE_PIXELS) as reader:
        check_size(reader, settings.work_size)
        first, last = _stretch(source, settings, part, parts)
        with work_folder(target, resume=resume, overwrite=overwrite, first=first) as work:
            encoding = begin_or_resume(work, reader, settings, codec, target, f"{part}/{parts}")
            timeline = stylizer if isinstance(stylizer, Timeline) else Timeline([(0, stylizer)])
            stylize_segments(
                work, reader, encoding, timeline, settings,
                target=target, progress=progress, stop=stop,
                first=first * settings.segment_frames, last=last * settings.segment_frames if last else None,
            )  # fmt: skip
            with part_file(target, work.path) as path:
                try:
                    with zipfile.ZipFile(path, "w") as archive:
                        for file in (work.journal_path, *work.segments):
                            archive.write(file, file.name)
                except OSError as error:
                    raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error
            return work.frames


def join_parts(source: Path, target: Path, parts: Sequence[Path], *, overwrite: bool = False) -> float:
    """Joins the parts, given in any order, into one video with the sound and subtitles of `source`.

    Returns:
        The seconds that the pictures last.

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
        journals = {path: _extract(path, folder, target) for path in parts}
        settings = _check_parts(source, journals)
        encoding = Encoding.from_json(next(iter(journals.values()))["encoding"])
        form.choose_codec(encoding.codec, target)
        segments = sorted(folder.glob("*.npz"))
        with VideoReader(source, settings["start"], settings["end"]) as reader, part_file(target, folder) as path:
            return float(assemble(path, reader, encoding, segments, form, target=target)[1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stretch(source: Path, settings: VideoSettings, part: int, parts: int) -> tuple[int, int | None]:
    """The numbers of the first segment and of the one after the last; None: up to the end of the video."""
    if not 1 <= part <= parts:
        raise SourceError(f"part {part} of {parts} does not exist; give 1/{parts} to {parts}/{parts}")
    # Damage may make this number inexact, but it is the same for all parts.
    segments = -(-len(packet_times(source, settings.start, settings.end)) // settings.segment_frames)
    if segments < parts:
        raise SourceError(f"{source} is too short for {parts} parts; make at most {max(segments, 1)}")
    return segments * (part - 1) // parts, None if part == parts else segments * part // parts


def _extract(part: Path, folder: Path, target: Path) -> dict[str, Any]:
    """Extracts the segments of a part into `folder` and returns its journal."""
    journal = folder / "journal.json"
    try:
        with zipfile.ZipFile(part) as archive:
            for name in archive.namelist():
                if name.endswith(".npz") and Path(name).name == name:  # no path that leads out of the folder
                    _save(folder / name, archive.read(name), target)
            _save(journal, archive.read(journal.name), target)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise SourceError(f"{part} cannot be read ({error.strerror}); check the path") from error
    except (OSError, zipfile.BadZipFile, KeyError, EOFError) as error:
        raise SourceError(f"{part} {_NOT_A_PART}") from error
    try:
        return read_journal(journal)
    except SinkError as error:
        raise SourceError(f"{part} {_NOT_A_PART}") from error


def _save(path: Path, data: bytes, target: Path) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:  # reported here; the caller would blame the part
        raise SinkError(f"cannot write {target} ({error.strerror}); check the free space in its folder") from error


def _check_parts(source: Path, journals: dict[Path, dict[str, Any]]) -> dict[str, Any]:
    """The settings that all parts share; refuses parts that do not fit together or are not all there."""
    paths, numbers, common = list(journals), [], ""
    for path, journal in journals.items():
        if journal["source"] != fingerprint(source):
            raise SourceError(f"{path} was made from another video than {source}; give the video it was made from")
        settings = dict(journal["settings"])
        numbers.append(settings.pop("part"))
        same = json.dumps([settings, journal["encoding"]], sort_keys=True)
        if common and same != common:
            raise SourceError(f"{path} was made with other settings or another encoder than {paths[0]}; make it again")
        common = same
    count = int(numbers[0].split("/")[1])
    missing = sorted({f"{number}/{count}" for number in range(1, count + 1)} - set(numbers))
    if missing or len(numbers) != count:
        fault = f"{', '.join(missing)} missing" if missing else "some are given twice"
        raise SourceError(f"{len(numbers)} of {count} parts given: {fault}; give each part once")
    chosen: dict[str, Any] = json.loads(common)[0]
    return chosen
