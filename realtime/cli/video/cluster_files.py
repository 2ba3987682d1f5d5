"""nstcam video and nstcam image with --cluster: the same plan, lines and report as alone, with the work done by the
workers of a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import typer

from nstcam.media.shown import shown
from nstcam.realtime.cli.options.scene import Behind, identity, style_behind
from nstcam.realtime.cli.running.interrupt import INTERRUPTED, stop_on_interrupt
from nstcam.realtime.cli.running.terminal import progress_bar, warnings_once
from nstcam.realtime.cli.video.batch import Job, Outcome, outcome_of
from nstcam.realtime.cli.video.convert_files import KEPT
from nstcam.realtime.cli.video.job_report import plan_of, plan_of_pictures, report_on
from nstcam.realtime.cli.video.options import FileOptions, ImageOptions, VideoOptions
from nstcam.realtime.cluster.engine import connected
from nstcam.realtime.cluster.film import make_film
from nstcam.realtime.cluster.job import Film, Look
from nstcam.realtime.cluster.picture_work import PictureSettings
from nstcam.realtime.cluster.pictures import Group, groups_of
from nstcam.realtime.cluster.shop import Shop
from nstcam.realtime.cluster.tally import Progress
from nstcam.realtime.files import is_complete
from nstcam.realtime.people.words import PICTURE, STYLE
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.video.convert import VideoReport
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.formats import FORMATS, READ

_Made = TypeVar("_Made")


def convert_videos_on_cluster(options: VideoOptions) -> None:
    """Converts the videos, several at a time where they are short.

    Raises:
        NstError: Ray is missing, the cluster cannot be reached, or the only file failed.
        typer.Exit: with 1 when one of several files failed, with 130 after an interrupt.
    """
    plan = plan_of(options, tuple(FORMATS), read=READ)
    film = film_of(options)
    scene = identity(options.paint, options.behind, film.behind.path if film.behind is not None else None)

    def run(told: Callable[[Outcome], None]) -> list[Outcome]:
        left = _left(plan.jobs, options, told)
        if not left:
            return _in_order(plan.jobs, [])
        with _opened(options, film, [job.target for job in left], KEPT) as (shop, serve):

            def make(job: Job) -> VideoReport:
                return make_film(
                    shop, replace(film, source=job.source), job.target,
                    scene=scene, overwrite=options.overwrite, resume=options.resume, films=len(left),
                )  # fmt: skip

            made = serve([lambda job=job: outcome_of(job, make) for job in left], told)  # type: ignore[misc]
        return _in_order(plan.jobs, made)

    report_on(options, plan, run)


def convert_images_on_cluster(options: ImageOptions) -> None:
    """Converts the pictures, in groups.

    Raises:
        NstError, typer.Exit: as convert_videos_on_cluster.
    """
    plan = plan_of_pictures(options)
    look = look_of(((0.0, options.style),), options.paint, options.behind, options.device)
    name = look.styles[0][1].name
    settings = PictureSettings(
        strength=options.strength,
        keep_colors=options.keep_colors,
        brighten=options.brighten,
        stroke_scale=options.stroke_scale,
    )

    def run(told: Callable[[Outcome], None]) -> list[Outcome]:
        left = _left(plan.jobs, options, told)
        if not left:
            return _in_order(plan.jobs, [])
        with _opened(options, look, [job.target for job in left], "finished pictures are kept") as (shop, serve):
            jobs = {(job.source, job.target): job for job in left}
            shop.tally.opened(len(left))
            groups = list(groups_of(list(jobs), shop.size.workers))
            shop.orders.want(len(groups))

            def make(group: Group) -> list[Outcome]:
                errors = group.make(shop)
                return [
                    Outcome(jobs[pair], report=None if error else name, error=error)
                    for pair, error in zip(group.pictures, errors, strict=True)
                ]

            def tell_all(outcomes: list[Outcome]) -> None:
                for outcome in outcomes:
                    told(outcome)

            each = [Group(pictures, settings, options.overwrite) for pictures in groups]
            made = serve([lambda group=group: make(group) for group in each], tell_all)  # type: ignore[misc]
        return _in_order(plan.jobs, [outcome for outcomes in made for outcome in outcomes])

    report_on(options, plan, run)


def _left(jobs: Sequence[Job], options: FileOptions, told: Callable[[Outcome], None]) -> list[Job]:
    """The jobs that are to be done; the others are told of."""
    left = []
    for job in jobs:
        if options.resume and is_complete(job.target):
            told(Outcome(job))
        else:
            left.append(job)
    return left


def _in_order(jobs: Sequence[Job], made: Sequence[Outcome]) -> list[Outcome]:
    found = {outcome.job: outcome for outcome in made}
    return [found.get(job, Outcome(job)) for job in jobs]


_Serve = Callable[[Sequence[Callable[[], _Made]], Callable[[_Made], None]], list[_Made]]


@contextmanager
def _opened(options: FileOptions, look: Look, targets: Sequence[Path], kept: str) -> Iterator[tuple[Shop, _Serve]]:  # type: ignore[type-arg]
    """Yields a shop on the cluster, and what calls functions in its threads, tells of each result, and returns all.

    Raises:
        NstError: the cluster cannot be used.
        typer.Exit: 130 after an interrupt.
    """
    assert options.cluster is not None
    name = targets[0].name if len(targets) == 1 else f"{len(targets)} files"
    with connected(options.cluster, options.workers) as engine:
        size = engine.size(options.device, options.workers, options.threads)
        shop = Shop(engine, size, replace(look, threads=size.threads).as_job(), len(targets))
        try:
            with (
                stop_on_interrupt(kept=kept, end_stuck=False) as stop,
                warnings_once(),
                progress_bar(name) as update,
            ):

                def report(done: Progress) -> None:
                    update(done.frames, done.total, done.fps, done.beside)

                def serve(callers: Sequence[Callable[[], _Made]], told: Callable[[_Made], None]) -> list[_Made]:
                    futures = shop.serve(
                        callers, told=lambda _, future: told(future.result()), stop=stop, progress=report
                    )
                    return [future.result() for future in futures]

                yield shop, serve
        except Stopped:
            what = f"{targets[0]} was" if len(targets) == 1 else "unfinished files were"
            print(f"nstcam: stopped; {shown(what)} not written", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


def look_of(styles: Sequence[tuple[float, str]], paint: str, behind: Behind, device: str, fade: float = 1.0) -> Look:
    """What the options ask for.

    Raises:
        StyleError: there is no such style.
    """
    return Look(
        styles=tuple((at, find_style(name)) for at, name in styles),
        fade=fade,
        paint=paint,
        background=behind.kind,
        picture=Path(behind.name) if behind.kind == PICTURE else None,
        behind=style_behind(behind.name) if behind.kind == STYLE else None,
        device=device,
    )


def film_of(options: VideoOptions) -> Film:
    """What the options ask for, but for the source. Encoders are those of the CPU unless one is named: workers with
    different hardware would make parts that do not fit.

    Raises:
        StyleError: there is no such style.
    """
    look = look_of(options.styles, options.paint, options.behind, options.device, options.fade)
    has_canvas = any(style.has_canvas for _, style in look.styles) or (
        look.behind is not None and look.behind.has_canvas
    )
    settings = options.settings
    return Film(
        **vars(look),
        source=Path(),
        settings=replace(
            settings,
            follow=settings.follow and has_canvas,
            encoder="software" if settings.encoder == "auto" else settings.encoder,
        ),
    )
