"""The command lines of nstcam video and nstcam image: their option types, and how texts become checked values.

Whatever is wrong with a command line alone, whichever files there are, raises typer.BadParameter: exit code 2.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from nstcam.media.shown import is_address, redacted
from nstcam.realtime.cli.options.common import finite
from nstcam.realtime.cli.options.scene import Behind
from nstcam.realtime.cli.options.usage import as_usage_error
from nstcam.realtime.cli.video.cluster_options import check_cluster
from nstcam.realtime.cli.video.pipe_options import check_pipes
from nstcam.realtime.people.words import ALL, CLEAR, OFF
from nstcam.realtime.video.reading.formats import LONGEST_SECONDS

if TYPE_CHECKING:
    from nstcam.realtime.video.painting import VideoSettings


PathsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="IN... [OUT]",
        help="IN OUT; with --output-dir, any number of files and folders.",
        readable=False,  # otherwise one unreadable file makes typer refuse them all
    ),
]
OutputDirOption = Annotated[
    Path | None,
    typer.Option("--output-dir", "-o", help="Write one output per input to this folder; made if missing."),
]
StrengthOption = Annotated[float, typer.Option(min=0, max=1, callback=finite, help="1 is the style, 0 the original.")]
KeepColorsOption = Annotated[
    bool, typer.Option("--keep-colors", help="Keep the original colours; take only the brightness from the style.")
]
BrightenOption = Annotated[
    bool, typer.Option("--brighten/--no-brighten", help="Paint what is dark as if there were more light, or as it is.")
]

ALL_STYLES: Final = "all"
"""The value of --style with which nstcam image makes a sheet of all styles."""

_TIME: Final = r"(?:\d+:){0,2}\d+(?:\.\d+)?"


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The options that nstcam video and nstcam image share.

    Attributes:
        paths: the inputs; without `output_dir`, one input and one output.
        device: name of the device, as `--device` takes it.
        threads: CPU threads of the network; None: all cores.
        learn: seconds for which pictures that are styles are learnt first; None: not at all.
        resume: continue interrupted runs and skip finished files.
        cluster: the address of a Ray cluster; None: paint here.
        workers: how many of its workers to use; None: all.
    """

    paths: tuple[Path, ...]
    output_dir: Path | None
    device: str
    threads: int | None
    overwrite: bool
    as_json: bool
    learn: float | None = None
    resume: bool = False
    cluster: str | None = None
    workers: int | None = None

    @property
    def target(self) -> Path | None:
        """The one output; None if `output_dir` takes them."""
        return self.paths[-1] if self.output_dir is None else None


@dataclass(frozen=True, kw_only=True)
class VideoOptions(FileOptions):
    """A command line of nstcam video.

    Attributes:
        styles: (seconds, name), the seconds strictly rising.
        fade: seconds of cross-fade between styles.
        settings: as asked for; `styles` and `follow` are settled when the styles have been opened.
        preview: number of frames of a contact sheet; None: convert the video.
        paint, behind: see cli/options/scene.py.
        part: (I, N), the I-th of N parts; None: the whole video.
        max_size: bytes that an animation may have; None: any number.
        pipe: one of pipes.KINDS, if the output is standard output; None: the usual one.
    """

    styles: tuple[tuple[float, str], ...]
    fade: float
    settings: VideoSettings
    preview: int | None
    paint: str
    behind: Behind
    part: tuple[int, int] | None
    max_size: int | None
    pipe: str | None


@dataclass(frozen=True, kw_only=True)
class ImageOptions(FileOptions):
    """A command line of nstcam image; `strength` is 0 (the original) to 1 (the style), `stroke_scale` 0.1 to 10.

    Attributes:
        paint, behind: see cli/options/scene.py.
    """

    style: str
    strength: float
    keep_colors: bool
    brighten: bool
    stroke_scale: float
    paint: str
    behind: Behind


def check_image(options: ImageOptions) -> None:
    """Raises typer.BadParameter for options that contradict each other or that no file can satisfy."""
    from nstcam.realtime.picture.file import KEEP_ALPHA, SUFFIXES

    parted = options.paint != ALL or options.behind.kind != OFF
    if options.style == ALL_STYLES and options.learn is not None:
        raise typer.BadParameter("--style all has no picture to learn; leave out --learn")
    if options.style == ALL_STYLES and parted:
        raise typer.BadParameter("--style all shows whole pictures; leave out --paint and --background")
    all_styles = ALL_STYLES if options.style == ALL_STYLES else None
    others = {f"--style {ALL_STYLES}": all_styles, "--learn": options.learn}
    check_cluster(options.cluster, options.workers, "paints pictures in one style that is there", others)
    check_paths_given(options, SUFFIXES)
    clear, target = options.behind.kind == CLEAR, options.target
    if clear and target is not None and target.suffix.lower() not in KEEP_ALPHA:
        raise typer.BadParameter(
            f"--background {CLEAR}: {target} cannot hold transparency; write a {', '.join(KEEP_ALPHA)}"
        )


def check_video(options: VideoOptions) -> None:
    """Raises typer.BadParameter for options that contradict each other or that no file can satisfy."""
    from nstcam.realtime.files import is_folder
    from nstcam.realtime.numbered import numbered
    from nstcam.realtime.picture.file import SUFFIXES
    from nstcam.realtime.video.encoding.encoders import CODECS, KINDS, encoders_for, holds_16_bits
    from nstcam.realtime.video.parts import PART_CODEC, SUFFIX
    from nstcam.realtime.video.places import format_of, parse_rate
    from nstcam.realtime.video.reading.formats import ANIMATIONS, FORMATS
    from nstcam.realtime.video.reading.matte import matte_of
    from nstcam.realtime.video.reading.pipes import PIPE

    settings = options.settings
    codec, encoder = settings.codec, settings.encoder
    others = {
        "--segment": options.part, "--preview": options.preview, "--fps": settings.fps, "--size": settings.size,
        "--pixel-format": settings.pixels, "--max-size": options.max_size, "--bits": settings.bits,
        "--learn": options.learn,
    }  # fmt: skip
    check_cluster(options.cluster, options.workers, "converts video files to video files", others)
    if options.learn is not None and (options.resume or options.part):
        raise typer.BadParameter(
            "--learn makes another style each time, so that --resume and --segment would not fit together; "
            "keep the style first: nstcam styles add PICTURE --learn SECONDS"
        )
    if options.part and (options.preview or options.output_dir):
        raise typer.BadParameter("--segment takes one IN and one OUT.nstpart; leave out --preview and --output-dir")
    if options.part and settings.fps:
        raise typer.BadParameter("--segment takes a video file, no pictures; leave out --fps")
    if options.part and (numbered(options.paths[0]) is not None or is_folder(options.paths[0])):
        raise typer.BadParameter(
            "--segment takes a video file, no pictures; give each machine a folder of its own, for pictures that are "
            "written keep their numbers"
        )
    if codec is not None and codec not in CODECS:
        raise typer.BadParameter(f"--codec {codec} is unknown; choose one of {', '.join(CODECS)}")
    if encoder not in KINDS:
        raise typer.BadParameter(f"--encoder {encoder} is unknown; choose one of {', '.join(KINDS)}")
    if settings.bits not in (None, 8, 16):
        raise typer.BadParameter(f"--bits {settings.bits} is not 8 or 16")
    try:
        matte_of(settings.matte)
        if settings.fps is not None:
            parse_rate(settings.fps)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    needing_files = {
        "--output-dir": options.output_dir, "--preview": options.preview, "--segment": options.part,
        "--resume": options.resume, "--cluster": options.cluster,
    }  # fmt: skip
    check_pipes(options.paths, settings, options.pipe, as_json=options.as_json, needing_files=needing_files)
    if options.target == PIPE:
        return
    if options.preview or options.part or options.cluster or options.target is None:
        check_paths_given(options, SUFFIXES if options.preview else (SUFFIX,) if options.part else tuple(FORMATS))
    else:
        check_paths_given(options)
    if options.preview:
        return
    with as_usage_error():
        if options.part:
            codec = codec or PART_CODEC
        elif options.target is not None:
            codec = format_of(options.target).choose_codec(codec, options.target)
            if options.max_size is not None and options.target.suffix.lower() not in ANIMATIONS:
                raise typer.BadParameter(f"--max-size is for .gif, .apng and .webp, not for {options.target}")
            if settings.bits == 16 and not holds_16_bits(codec):
                raise typer.BadParameter(f"--bits 16 is for numbered .png and .tif, not for {options.target}")
        if codec is not None:  # with --output-dir, the format of each file decides
            encoders_for(codec, encoder)


def check_paths_given(options: FileOptions, suffixes: Collection[str] | None = None) -> None:
    """Raises typer.BadParameter for a wrong number of paths, an address, or an output of another suffix than these.

    Args:
        suffixes: None: any.
    """
    from nstcam.realtime.files import check_suffix

    check_no_addresses(options.paths)

    count = len(options.paths)
    if options.output_dir is None and count != 2:
        paths = "1 path" if count == 1 else f"{count} paths"
        raise typer.BadParameter(f"{paths} given; give IN OUT, or any number of inputs and --output-dir FOLDER")
    if options.target is not None and suffixes is not None:
        with as_usage_error():
            check_suffix(options.target, suffixes)


def check_no_addresses(paths: Sequence[Path]) -> None:
    """Raises typer.BadParameter for a URL, unless a file is called so: only live video comes from addresses."""
    for path in paths:
        if is_address(str(path)) and not os.path.lexists(path):
            raise typer.BadParameter(
                f"{redacted(str(path))} is an address; give the path of a file, read it with nstcam video - OUT --url "
                "URL, or play it live: nstcam --camera URL"
            )


def with_sheet_named(paths: Sequence[Path], output_dir: Path | None) -> tuple[Path, ...]:
    """The paths of `nstcam image --style all`: without OUT and --output-dir, the sheet is PHOTO-styles.jpg."""
    if output_dir is not None or len(paths) != 1:
        return tuple(paths)
    return paths[0], paths[0].with_name(f"{paths[0].stem or 'photo'}-styles.jpg")


def parse_part(text: str) -> tuple[int, int]:
    """I/N -> (I, N)."""
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise typer.BadParameter(f"--segment {text} is not a part; write I/N with I from 1 to N, like 2/3")
    return int(match[1]), int(match[2])


def parse_bytes(text: str) -> int:
    """8MB, 500kB, 2MiB or a number of bytes -> bytes."""
    match = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)\s*(?:([kMG])(i?))?B?", text, re.ASCII | re.IGNORECASE)
    power = "kmg".index(match[2].lower()) + 1 if match and match[2] else 0
    size = int(float(match[1]) * (1024 if match[3] else 1000) ** power) if match else 0
    if not size:
        raise typer.BadParameter(f"--max-size {text} is not a size; write bytes, or 500kB or 8MB")
    return size


def parse_time(text: str) -> float:
    """Seconds, mm:ss or hh:mm:ss -> seconds."""
    seconds = math.inf
    if re.fullmatch(_TIME, text, re.ASCII):
        seconds = 0.0
        for part in text.split(":"):
            seconds = seconds * 60 + float(part)
    if seconds > LONGEST_SECONDS:
        raise typer.BadParameter(f"{text} is not a time; write seconds or hh:mm:ss, like 4.5 or 1:02:03")
    return seconds


def parse_cut(start: str | None, end: str | None) -> tuple[float, float | None]:
    """The texts of --from and --to -> seconds; without them, 0 and None."""
    begins = parse_time(start) if start is not None else 0.0
    ends = parse_time(end) if end is not None else None
    if ends is not None and ends <= begins:
        raise typer.BadParameter(f"--to {end} is not after --from {start or 0}; give a later time to --to")
    return begins, ends


def parse_styles(texts: Sequence[str]) -> tuple[tuple[float, str], ...]:
    """The texts of --style, STYLE once or SECONDS:STYLE with rising times -> (seconds, style)."""
    entries = []
    for text in texts:
        match = re.fullmatch(rf"({_TIME}):(.+)", text, re.ASCII)
        entries.append((parse_time(match[1]), match[2]) if match else (0.0, text))
    times = [at for at, _ in entries]
    if times != sorted(set(times)):
        raise typer.BadParameter(
            f"the times of --style are {', '.join(f'{at:g}' for at in times)} and must increase; "
            "write one style, or --style 0:starry --style 4.5:wave"
        )
    return tuple(entries)
