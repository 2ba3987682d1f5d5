"""nst-train --cluster: what the command line asks for, as work for the workers of a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import typer

from nstcam.media.cluster import ClusterError, Engine, Size, connected, told_address
from nstcam.media.shown import shown
from nstcam.train.cli.start_training import named_start
from nstcam.train.cli.train_options import TrainOptions
from nstcam.train.cluster.order import Order
from nstcam.train.cluster.styles import Studio
from nstcam.train.console import stopping_on_signals
from nstcam.train.content.paintings import read_painting
from nstcam.train.cores import available_cores
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import check_run_folder, interrupted_run
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.progress import Stop

_SETTINGS: Final = (
    "preset", "steps", "minutes", "stroke", "style_size", "style_strength", "calm", "patches", "batch", "crop",
    "learning_rate", "loss_network", "seed", "name", "title", "artist", "year", "licence",
)  # fmt: skip
"""Options of nst-train that a run keeps, given as texts and numbers."""
_Connect = Callable[[str, int], AbstractContextManager[Engine]]


def check_cluster(options: TrainOptions) -> None:
    """Raises UsageError for what --cluster cannot do, and for --workers without it."""
    if options.cluster is None:
        if options.workers is not None:
            raise UsageError("--workers is for --cluster; add --cluster local or the address of a Ray cluster")
        return
    wrong = told_address(options.cluster)
    if wrong is not None:
        raise UsageError(wrong)
    for option, value in (("--processes", options.processes), ("--preview", options.preview)):
        if value is not None:
            raise UsageError(f"--cluster trains each style on one worker; leave out {option}")
    if options.style is None:
        raise UsageError("--cluster needs to know the styles; add --style PICTURE, also to --resume")


def train_on_cluster(
    queue: Sequence[TrainOptions], connect: _Connect = connected, studio: Callable[[Engine, Size], Studio] = Studio
) -> None:
    """Trains each of the paintings on a worker.

    Args:
        queue: checked, and with run folders of their own.
        connect: as `nstcam.media.cluster.connected`.
        studio: makes what does the work.

    Raises:
        TrainError: a training failed; the others were done.
        typer.Exit: 130 when interrupted.
    """
    first = queue[0]
    assert first.cluster is not None
    failed: list[str] = []
    orders: list[Order] = []
    for options in queue:
        check_cluster(options)
    stop = Stop()
    try:
        with connect(first.cluster, max(available_cores(), first.workers or 0)) as engine:
            size = engine.size(first.device, first.workers, first.threads)
            for options in queue:
                try:
                    order = order_of(options, size.threads)
                except TrainError as error:
                    print(f"nst-train: {shown(str(error))}", file=sys.stderr)
                    failed.append(options.style_name)
                    continue
                if order is not None:
                    orders.append(order)
            at_work = studio(engine, size)
            with stopping_on_signals(stop):
                at_work.train(orders, lambda: stop.asked)
    except ClusterError as error:
        raise TrainError(str(error)) from error
    if at_work.left:
        print(
            f"not finished: {shown(', '.join(at_work.left))}; to continue, run the same command with --resume",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    failed += at_work.failed
    if failed:
        raise TrainError(f"{len(failed)} of {len(queue)} styles failed: {', '.join(failed)}")


def order_of(options: TrainOptions, threads: int) -> Order | None:
    """What a worker is to train; None if that has finished.

    Raises:
        TrainError: the painting or the start cannot be read, or the run folder holds something else.
    """
    assert options.style is not None
    folder = options.folder
    free = ["--device", options.device, "--threads", str(threads), "--preview-every", str(options.preview_every)]
    for path in options.content_paths:
        free += ["--content", path]
    if options.loss_weights is not None and not options.resume:
        free += ["--loss-weights", str(options.loss_weights.resolve())]
    if options.resume:
        run = interrupted_run(folder, options.content_paths)
        assert run.resume is not None
        if run.resume.finished:
            print(f"{shown(str(folder))} has already finished, at step {run.resume.step}")
            return None
        return Order(options.style_name, folder, {"arguments": free}, resume=True, step=run.resume.step)
    if (folder / CHECKPOINT_NAME).exists():
        raise TrainError(
            f"{folder} already holds a trained style; continue it with --resume, or choose another --name or --run"
        )
    check_run_folder(folder)
    read_painting(options.style)
    named_start(options.init, options.preset)
    start, by_name = _start_of(options.init)
    arguments = [*free, *by_name, *_settings(options)]
    try:
        painting = options.style.name, options.style.read_bytes()
    except OSError as error:
        raise TrainError(f"{options.style} cannot be read ({error.strerror}); check the path") from error
    return Order(options.style_name, folder, {"arguments": arguments, "painting": painting, "start": start})


def _start_of(init: str | None) -> tuple[tuple[str, bytes] | None, list[str]]:
    """A checkpoint of the user's, which travels, or the words that name one which all machines have."""
    if init is None:
        return None, []
    found = None if init == "none" else find_warm_start(init)
    if found is None or found.stem == init:
        return None, ["--init", init]
    return (CHECKPOINT_NAME, found.read_bytes()), []


def _settings(options: TrainOptions) -> list[str]:
    words: list[str] = []
    for name in _SETTINGS:
        value: Any = options.style_name if name == "name" else getattr(options, name)
        if value not in (None, ""):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words
