"""nstcam video and nstcam image at work: opens the styles, converts file after file, prints what became of each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

import typer

from nstcam.media.shown import counted, shown
from nstcam.realtime.cli.options import scene as scene_options
from nstcam.realtime.cli.options.scene import identity, scene_of
from nstcam.realtime.cli.running.interrupt import INTERRUPTED, stop_on_interrupt
from nstcam.realtime.cli.running.learn_first import LearnFirst
from nstcam.realtime.cli.running.opening import open_style, stylizer_opener
from nstcam.realtime.cli.running.terminal import Notices, progress_bar, warnings_once
from nstcam.realtime.cli.video.batch import Job
from nstcam.realtime.cli.video.job_report import plan_of, plan_of_pictures, run_jobs
from nstcam.realtime.cli.video.options import ALL_STYLES, FileOptions, ImageOptions, VideoOptions
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.people.words import STYLE
from nstcam.realtime.picture.convert import Behind, stylize_image
from nstcam.realtime.picture.style_sheet import Opener, style_sheet
from nstcam.realtime.style_files.library import list_styles
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.video.contact_sheet import contact_sheet
from nstcam.realtime.video.convert import VideoReport, stylize_to_pipe, stylize_video
from nstcam.realtime.video.encoding.pipe_writer import ReaderGoneError
from nstcam.realtime.video.painting import People, VideoSettings
from nstcam.realtime.video.parts import stylize_part
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.formats import FORMATS, READ
from nstcam.realtime.video.reading.pipes import PIPE
from nstcam.realtime.video.timeline import Timeline, identity_of

_BROKEN_PIPE: Final = 141
"""The exit code of programs that end because nobody reads what they write: that of SIGPIPE."""
KEPT: Final = "finished parts are kept, --resume continues"


def convert_videos(options: VideoOptions) -> None:
    """Converts the videos, or makes a preview or a part.

    Raises:
        NstError: a style or device cannot be used, or the only file failed.
        typer.Exit: with 1 when one of several files failed, with 130 after an interrupt.
    """
    plan = plan_of(options, tuple(FORMATS), suffix=".jpg" if options.preview else None, read=READ)
    notices = Notices()
    out = _own_standard_output() if options.target == PIPE else None
    scene = scene_of(options.paint, options.behind)
    with _opened_styles(options, notices) as timeline, _opened_behind(options, options.behind, notices) as behind:
        has_canvas = any(stylizer.style.has_canvas for _, stylizer in timeline.entries)
        has_canvas |= behind is not None and behind.style.has_canvas
        follow = options.settings.follow and has_canvas
        named = identity(options.paint, options.behind, behind.path if behind is not None else None)
        settings = replace(options.settings, styles=identity_of(timeline), follow=follow, scene=named)
        try:
            kept = "" if options.preview or options.learn else KEPT  # nothing continues with a style that is gone
            with stop_on_interrupt(kept=kept) as stop, warnings_once():
                converter = _VideoConverter(options, timeline, settings, People(scene, behind), notices, stop, out)
                work = converter.work()
                run_jobs(options, plan, work, skip_existing=options.resume)
        except Stopped as stopped:
            print(f"nstcam: {shown(str(stopped))}", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        except ReaderGoneError:
            raise typer.Exit(_BROKEN_PIPE) from None


def _own_standard_output() -> BinaryIO:
    """Standard output for the video alone: what is printed from now on goes to standard error."""
    out = os.fdopen(os.dup(1), "wb")
    sys.stdout.flush()
    os.dup2(2, 1)
    return out


def convert_images(options: ImageOptions) -> None:
    """Converts the pictures.

    Raises:
        NstError: the style or device cannot be used, or the only file failed.
        typer.Exit: with 1 when one of several files failed.
    """
    plan = plan_of_pictures(options)
    notices = Notices()
    if options.style == ALL_STYLES:
        run_jobs(options, plan, _sheet_work(options, notices), skip_existing=options.resume)
        return
    scene = scene_of(options.paint, options.behind)
    with (
        ExitStack() as learning,
        closing(_opened_for_pictures(options, notices, learning)) as stylizer,
        _opened_behind(options, options.behind, notices) as second,
    ):
        behind = Behind(second, second.style.is_local) if second is not None else None

        def work(job: Job) -> str:
            stylize_image(
                job.source, job.target, stylizer,
                local=stylizer.style.is_local, strength=options.strength, keep_colors=options.keep_colors,
                brighten=options.brighten, stroke_scale=options.stroke_scale, scene=scene, behind=behind,
                overwrite=options.overwrite,
            )  # fmt: skip
            notices.tell()
            return stylizer.style.name

        run_jobs(options, plan, work, skip_existing=options.resume)


def _opened_for_pictures(options: ImageOptions, notices: Notices, learning: ExitStack) -> Stylizer:
    learnt = LearnFirst(options.learn, notices, learning).learnt
    return open_style(options.style, options.device, options.threads, notices, prepare=learnt)


def _sheet_work(options: ImageOptions, notices: Notices) -> Callable[[Job], str]:
    """A function that makes a sheet of all styles. They are opened again for each file, because all of them at once
    would take too much memory."""
    open_stylizer = stylizer_opener(options.device, options.threads, notices)
    styles = list_styles()

    def opener(style: Style) -> Opener:
        return lambda: closing(open_stylizer(style))

    def work(job: Job) -> str:
        count = style_sheet(
            job.source, job.target, [(style.name, opener(style)) for style in styles],
            strength=options.strength, keep_colors=options.keep_colors, brighten=options.brighten,
            stroke_scale=options.stroke_scale, overwrite=options.overwrite,
        )  # fmt: skip
        notices.tell()
        return counted(count, "style")

    return work


@dataclass(frozen=True)
class _VideoConverter:
    """The things that can be made of a video; each returns what is to be printed about it."""

    options: VideoOptions
    timeline: Timeline[Stylizer]
    settings: VideoSettings
    people: People
    notices: Notices
    stop: Callable[[], bool]
    out: BinaryIO | None

    def work(self) -> Callable[[Job], VideoReport | str]:
        """What the options ask for."""
        if self.out is not None:
            return self.piped
        return self.preview if self.options.preview else self.part if self.options.part else self.whole

    def piped(self, job: Job) -> VideoReport:
        assert self.out is not None
        with self._progress(job) as progress:
            return stylize_to_pipe(
                job.source, self.out, self.timeline, self.settings,
                kind=self.options.pipe or ("rawvideo" if self.options.settings.pixels else "y4m"), people=self.people,
                progress=progress, stop=self.stop,
            )  # fmt: skip

    def whole(self, job: Job) -> VideoReport:
        with self._progress(job) as progress:
            return stylize_video(
                job.source, job.target, self.timeline, self.settings, people=self.people,
                overwrite=self.options.overwrite, resume=self.options.resume, max_size=self.options.max_size,
                progress=progress, stop=self.stop,
            )  # fmt: skip

    def part(self, job: Job) -> str:
        assert self.options.part is not None
        part, parts = self.options.part
        with self._progress(job) as progress:
            count = stylize_part(
                job.source, job.target, self.timeline, self.settings, part=part, parts=parts, people=self.people,
                overwrite=self.options.overwrite, resume=self.options.resume, progress=progress, stop=self.stop,
            )  # fmt: skip
        return f"{counted(count, 'frame')}, part {part} of {parts}"

    def preview(self, job: Job) -> str:
        assert self.options.preview is not None
        count = contact_sheet(
            job.source, job.target, self.timeline, self.settings,
            frames=self.options.preview, people=self.people, overwrite=self.options.overwrite, stop=self.stop,
        )  # fmt: skip
        return f"{count} frames"

    @contextmanager
    def _progress(self, job: Job) -> Iterator[Callable[[Progress], None]]:
        with progress_bar(job.target.name) as update:

            def report(progress: Progress) -> None:
                self.notices.tell()
                update(progress.frames, progress.total, progress.fps)

            yield report


@contextmanager
def _opened_styles(options: VideoOptions, notices: Notices) -> Iterator[Timeline[Stylizer]]:
    """The styles over time, each opened once; closed when the block ends."""
    opened: dict[str, Stylizer] = {}
    with ExitStack() as stack:
        learnt = LearnFirst(options.learn, notices, stack).learnt
        for _, name in options.styles:
            if name not in opened:
                opened[name] = open_style(name, options.device, options.threads, notices, 2, learnt)
                stack.callback(opened[name].close)
        yield Timeline([(at, opened[name]) for at, name in options.styles], options.fade)


@contextmanager
def _opened_behind(options: FileOptions, wanted: scene_options.Behind, notices: Notices) -> Iterator[Stylizer | None]:
    """The second style, if the background is to be in one; closed when the block ends."""
    if wanted.kind != STYLE:
        yield None
        return
    opened = stylizer_opener(options.device, options.threads, notices, at_once=2)
    with closing(opened(scene_options.style_behind(wanted.name))) as stylizer:
        yield stylizer
