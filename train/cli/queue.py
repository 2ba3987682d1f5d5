"""Several paintings on one command line: one training after the other, or each on a worker of a cluster, in run folders
of their own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from nstcam.media.shown import shown
from nstcam.train.cli.on_cluster import check_cluster, train_on_cluster
from nstcam.train.cli.start_training import start
from nstcam.train.cli.train_options import TrainOptions
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.fit.loop import CHECKPOINT_NAME

_FOR_ONE = {
    "name": "--name", "run": "--run", "title": "--title", "artist": "--artist", "year": "--year",
    "processes": "--processes",
}  # fmt: skip


def start_all(styles: Sequence[Path], given: Mapping[str, Any], settings_given: tuple[str, ...] = ()) -> None:
    """Trains on each of the paintings; one that fails does not stop the rest.

    With --resume, runs that were interrupted go on with their own settings, finished ones are passed over, and those
    that have not begun start with the settings given.

    Args:
        given: the options of nst-train by name, with values as typed.
        settings_given: those that --resume does not allow, if there is but one style.

    Raises:
        UsageError: options that cannot be meant for all, or two paintings of one name.
        TrainError: a training failed; the others were done.
        typer.Exit: 130 when interrupted; what is left is not begun.
    """
    for name, option in _FOR_ONE.items():
        if given[name] and len(styles) > 1:
            raise UsageError(
                f"{option} is for one style, and {len(styles)} are given; leave it out, or train each alone"
            )
    queue = [_of_one(style, given, settings_given if len(styles) == 1 else ()) for style in styles]
    for options in queue:
        check_cluster(options)
    seen: dict[str, Path] = {}
    for options in queue:
        assert options.style is not None
        before = seen.setdefault(options.style_name, options.style)
        if before is not options.style:
            raise UsageError(
                f"{before} and {options.style} would both be trained in {options.folder}; rename one of them"
            )
    if given["cluster"] is not None:
        train_on_cluster(queue)
        return
    failed = []
    for number, options in enumerate(queue, 1):
        print(f"{number} of {len(queue)}: {shown(str(options.style))}", file=sys.stderr, flush=True)
        try:
            start(options)
        except TrainError as error:
            print(f"nst-train: {shown(str(error))}", file=sys.stderr)
            failed.append(options.style_name)
        except typer.Exit:
            left = [each.style_name for each in queue[number:]]
            if left:
                print(
                    f"not started: {shown(', '.join(left))}; to continue, run the same command with --resume",
                    file=sys.stderr,
                )
            raise
    if failed:
        raise TrainError(f"{len(failed)} of {len(queue)} styles failed: {', '.join(failed)}")


def _of_one(style: Path, given: Mapping[str, Any], settings_given: tuple[str, ...]) -> TrainOptions:
    options = TrainOptions(**{**given, "style": style, "resume": False}, settings_given=())
    if given["resume"] and (options.folder / CHECKPOINT_NAME).exists():
        return TrainOptions(**{**given, "style": style}, settings_given=settings_given)
    return options
