"""nstcam video --cluster: the same plan, lines and report as alone, with the work done by the workers of a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import typer

from nstcam.media.shown import shown
from nstcam.realtime.cli.batch import Job
from nstcam.realtime.cli.convert_files import KEPT, plan_of, run_jobs
from nstcam.realtime.cli.interrupt import INTERRUPTED, stop_on_interrupt
from nstcam.realtime.cli.scene_options import identity
from nstcam.realtime.cli.terminal import progress_bar, warnings_once
from nstcam.realtime.cli.video_options import VideoOptions
from nstcam.realtime.cluster.engine import Engine, connected
from nstcam.realtime.cluster.film import FilmProgress, paint_film
from nstcam.realtime.cluster.job import Film
from nstcam.realtime.engine.style import find_style
from nstcam.realtime.people.words import PICTURE, STYLE
from nstcam.realtime.video.convert import VideoReport
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.formats import FORMATS, READ


def convert_videos_on_cluster(options: VideoOptions) -> None:
    """Converts the videos.

    Raises:
        NstError: Ray is missing, the cluster cannot be reached, or the only file failed.
        typer.Exit: with 1 when one of several files failed, with 130 after an interrupt.
    """
    assert options.cluster is not None
    plan = plan_of(options, tuple(FORMATS), read=READ)
    film = film_of(options)
    scene = identity(options.paint, options.behind, film.behind.path if film.behind is not None else None)
    with connected(options.cluster, options.workers) as engine:
        try:
            with stop_on_interrupt(kept=KEPT, end_stuck=False) as stop, warnings_once():

                def work(job: Job) -> VideoReport:
                    return _whole(options, replace(film, source=job.source), job, engine, scene, stop)

                run_jobs(options, plan, work, skip_existing=options.resume)
        except Stopped as stopped:
            print(f"nstcam: {shown(str(stopped))}", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


def _whole(
    options: VideoOptions, film: Film, job: Job, engine: Engine, scene: str | None, stop: Callable[[], bool]
) -> VideoReport:
    size = engine.size(options.device, options.workers, options.threads)
    with progress_bar(job.target.name) as update:

        def report(done: FilmProgress) -> None:
            update(done.frames, done.total, done.fps, done.beside)

        return paint_film(
            film, job.target, engine, size,
            scene=scene, overwrite=options.overwrite, resume=options.resume, progress=report, stop=stop,
        )  # fmt: skip


def film_of(options: VideoOptions) -> Film:
    """What the options ask for, but for the source. Encoders are those of the CPU unless one is named: workers with
    different hardware would make parts that do not fit.

    Raises:
        StyleError: there is no such style.
    """
    styles = tuple((at, find_style(name)) for at, name in options.styles)
    behind = find_style(options.behind.name) if options.behind.kind == STYLE else None
    has_canvas = any(style.has_canvas for _, style in styles) or (behind is not None and behind.has_canvas)
    settings = options.settings
    return Film(
        source=Path(),
        settings=replace(
            settings,
            follow=settings.follow and has_canvas,
            encoder="software" if settings.encoder == "auto" else settings.encoder,
        ),
        styles=styles,
        fade=options.fade,
        paint=options.paint,
        background=options.behind.kind,
        picture=Path(options.behind.name) if options.behind.kind == PICTURE else None,
        behind=behind,
        device=options.device,
    )
