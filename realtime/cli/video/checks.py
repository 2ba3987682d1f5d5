"""Checks of the command lines of nstcam video and nstcam image.

Whatever is wrong with a command line alone, whichever files there are, raises typer.BadParameter: exit code 2.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import typer

from nstcam.media.shown import counted, is_address, redacted
from nstcam.realtime.cli.options.usage import as_usage_error
from nstcam.realtime.cli.video.cluster_options import check_cluster
from nstcam.realtime.cli.video.options import ALL_STYLES, FileOptions, ImageOptions, VideoOptions
from nstcam.realtime.cli.video.pipe_options import check_pipes
from nstcam.realtime.people.words import ALL, CLEAR, OFF


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
        raise typer.BadParameter(
            f"{counted(count, 'path')} given; give IN OUT, or any number of inputs and --output-dir FOLDER"
        )
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
