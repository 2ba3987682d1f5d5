"""nstcam video and nstcam image: files, one or many.

Imports of OpenCV, PyAV and ONNX Runtime wait until a command needs them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nstcam.realtime.cli.interrupt import INTERRUPTED, stop_on_interrupt
from nstcam.realtime.cli.opening import open_style
from nstcam.realtime.cli.options import (
    DEFAULT_STYLE,
    DeviceOption,
    JsonOption,
    OverwriteOption,
    ThreadsOption,
    parse_size,
)
from nstcam.realtime.cli.terminal import Notices, progress_bar, warnings_once
from nstcam.realtime.cli.video_options import (
    KeepColorsOption,
    OutputDirOption,
    PathsArgument,
    StrengthOption,
    parse_part,
    parse_styles,
    parse_time,
)
from nstcam.realtime.errors import NstError

if TYPE_CHECKING:
    from nstcam.realtime.cli.batch import Job, Outcome
    from nstcam.realtime.engine.stylizer import Stylizer
    from nstcam.realtime.video.timeline import Timeline


def register(app: typer.Typer) -> None:
    app.command()(video)
    app.command()(image)
    app.command()(join)


def video(
    paths: PathsArgument,
    style: Annotated[
        list[str] | None,
        typer.Option(help="Name or .onnx file; SECONDS:NAME, repeated, changes it on the way, like 4.5:wave."),
    ] = None,
    fade: Annotated[float, typer.Option(min=0, help="Seconds of cross-fade between styles.")] = 1.0,
    strength: StrengthOption = 1.0,
    keep_colors: KeepColorsOption = False,
    steady: Annotated[
        float | None, typer.Option(min=0, max=1, help="How much a still picture stays still; 0 off. Default: 0.8.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Strokes go with the scene, or stay on the screen.")
    ] = True,
    work_size: Annotated[
        str | None, typer.Option(help="Stylize at this size and scale back: faster, broader strokes.")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="Seconds or hh:mm:ss.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Seconds or hh:mm:ss.")] = None,
    codec: Annotated[str | None, typer.Option(help="h264, hevc, av1 or vp9. Default: h264, in .webm vp9.")] = None,
    quality: Annotated[int, typer.Option(min=0, max=51, help="0 is best, 51 smallest.")] = 18,
    encoder: Annotated[
        str,
        typer.Option(
            help="auto (hardware if it works), software, nvenc, qsv, amf, vaapi, videotoolbox, mediafoundation."
        ),
    ] = "auto",
    preview: Annotated[
        int | None, typer.Option(min=1, max=100, help="Only write a picture of that many frames to OUT.")
    ] = None,
    segment: Annotated[
        str | None, typer.Option(help="I/N: only the I-th of N parts, to OUT.nstpart; nstcam join puts them together.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with interrupted runs; skip finished ones.")] = False,
    output_dir: OutputDirOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Repaint video files; sound, subtitles, timing, size and rotation are kept."""
    size = parse_size(work_size) if work_size else None
    cut = parse_time(start) if start else 0.0, parse_time(end) if end else None
    entries = parse_styles(style or [DEFAULT_STYLE])
    part, parts = parse_part(segment) if segment else (0, 0)
    if part and (preview or output_dir):
        raise typer.BadParameter("--segment is for one IN and one OUT.nstpart, without --preview and --output-dir")
    from nstcam.realtime.effects.steady import DEFAULT
    from nstcam.realtime.video.contact_sheet import contact_sheet
    from nstcam.realtime.video.convert import Progress, Stopped, VideoReport, stylize_video
    from nstcam.realtime.video.formats import FORMATS, READ
    from nstcam.realtime.video.painting import VideoSettings
    from nstcam.realtime.video.parts import stylize_part
    from nstcam.realtime.video.timeline import Timeline

    jobs = _jobs(paths, output_dir, tuple(FORMATS), ".jpg" if preview else None, READ)
    notices = Notices()
    opened = _open_styles([name for _, name in entries], device, threads, notices)
    timeline = Timeline([(at, opened[name]) for at, name in entries], fade)
    settings = VideoSettings(
        styles=_identity(timeline),
        work_size=size,
        start=cut[0],
        end=cut[1],
        codec=codec,
        quality=quality,
        encoder=encoder,
        strength=strength,
        keep_colors=keep_colors,
        steady=DEFAULT if steady is None else steady,
        follow=follow and any(stylizer.style.has_canvas for stylizer in opened.values()),
    )

    def work(job: Job) -> VideoReport | str:
        with progress_bar(job.target.name) as update:

            def report(progress: Progress) -> None:
                notices.tell()
                update(progress.frames, progress.total, progress.fps)

            if part:
                count = stylize_part(
                    job.source, job.target, timeline, settings, part=part, parts=parts,
                    overwrite=overwrite, resume=resume, progress=report, stop=stop,
                )  # fmt: skip
                return f"{count} frames, part {part} of {parts}"
            return stylize_video(
                job.source, job.target, timeline, settings,
                overwrite=overwrite, resume=resume, progress=report, stop=stop,
            )  # fmt: skip

    def draw(job: Job) -> str:
        count = contact_sheet(
            job.source, job.target, timeline, settings, frames=preview or 1, overwrite=overwrite, stop=stop
        )
        return f"{count} frames"

    def line(job: Job, report: Any) -> str:
        if not isinstance(report, VideoReport):
            return f"{job.target}: {report}"
        width, height = report.size_wh
        tracks = report.audio_copied + report.audio_encoded
        sound = f"{tracks} audio" if tracks else "no sound"
        return (
            f"{job.target}: {report.frames} frames, {report.duration:.2f} s, {width}x{height}, {sound}; "
            f"took {report.elapsed:.1f} s on {timeline.entries[0][1].device}, encoded by {report.encoder}"
        )

    try:
        with stop_on_interrupt() as stop, warnings_once():
            _run(jobs, draw if preview else work, line, skip_existing=resume, as_json=as_json)
    except Stopped as stopped:
        print(f"nstcam: {stopped}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        for stylizer in opened.values():
            stylizer.close()


def image(
    paths: PathsArgument,
    style: Annotated[str | None, typer.Option(help="Name (see nstcam styles) or .onnx file.")] = None,
    strength: StrengthOption = 1.0,
    keep_colors: KeepColorsOption = False,
    output_dir: OutputDirOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Repaint pictures; size, transparency, colour profile and 16 bits are kept."""
    from nstcam.realtime.picture.convert import stylize_image
    from nstcam.realtime.picture.file import SUFFIXES

    jobs = _jobs(paths, output_dir, SUFFIXES)
    notices = Notices()
    stylizer = open_style(style or DEFAULT_STYLE, device, threads, notices)

    def work(job: Job) -> str:
        stylize_image(
            job.source, job.target, stylizer,
            local=stylizer.style.is_local, strength=strength, keep_colors=keep_colors, overwrite=overwrite,
        )  # fmt: skip
        notices.tell()
        return stylizer.style.name

    try:
        _run(jobs, work, lambda job, report: f"{job.target}: {report}", skip_existing=False, as_json=as_json)
    finally:
        stylizer.close()


def join(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The video that the parts are of: its sound is taken.")],
    target: Annotated[Path, typer.Argument(metavar="OUT")],
    parts: Annotated[list[Path], typer.Argument(metavar="PART...", help="All .nstpart files, in any order.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Put the parts of nstcam video --segment together, without encoding anything again."""
    from nstcam.realtime.video.parts import join_parts

    seconds = join_parts(source, target, parts, overwrite=overwrite)
    print(f"{target}: {seconds:.2f} s of {len(parts)} parts")


def _jobs(
    paths: list[Path],
    output_dir: Path | None,
    suffixes: Sequence[str],
    suffix: str | None = None,
    read: Collection[str] | None = None,
) -> list[Job]:
    from nstcam.realtime.cli.batch import Job, plan

    if output_dir is not None:
        return plan(paths, output_dir, suffixes, suffix, read=read)
    if len(paths) != 2:
        raise typer.BadParameter(f"{len(paths)} paths; give IN OUT, or any number of inputs and --output-dir FOLDER")
    return [Job(*paths)]


def _open_styles(names: Sequence[str], device: str, threads: int | None, notices: Notices) -> dict[str, Stylizer]:
    opened: dict[str, Stylizer] = {}
    try:
        for name in names:
            if name not in opened:
                opened[name] = open_style(name, device, threads, notices, at_once=2)
    except BaseException:
        for stylizer in opened.values():
            stylizer.close()
        raise
    return opened


def _identity(timeline: Timeline[Stylizer]) -> str:
    """Of the styles, for an interrupted run: retrained, they have another."""
    parts = []
    for at, stylizer in timeline.entries:
        digest = hashlib.sha256(stylizer.path.read_bytes()).hexdigest()[:12]
        parts.append(f"{at:g}:{stylizer.style.name} {digest}")
    return ", ".join(parts) + (f", fade {timeline.fade:g}" if len(parts) > 1 else "")


def _run(
    jobs: list[Job],
    work: Callable[[Job], object],
    line: Callable[[Job, Any], str],
    *,
    skip_existing: bool,
    as_json: bool,
) -> None:
    """Prints one line a job, or the report; exits with 1 when a job failed."""
    from nstcam.realtime.cli import batch

    def tell(outcome: Outcome) -> None:
        if outcome.error is not None:
            if len(jobs) > 1 or as_json:
                print(f"nstcam: {outcome.error}", file=sys.stderr)
        elif not as_json:
            there = f"{outcome.job.target} is there already"
            print(there if outcome.report is None else line(outcome.job, outcome.report))

    outcomes = batch.run(jobs, work, tell, skip_existing=skip_existing)
    if as_json:
        print(json.dumps(batch.as_json(outcomes), indent=1))
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if len(jobs) > 1 and not as_json:
        print(f"{len(jobs) - len(failed)} of {len(jobs)} done" + (f", {len(failed)} failed" if failed else ""))
    if failed and (len(jobs) > 1 or as_json):
        raise typer.Exit(1)
    if failed:
        raise NstError(failed[0].error)
