"""One run of nst-paint, from the estimate of its memory to the finished file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import typer

from nstcam.media.shown import counted, shown
from nstcam.train.console import stopping_on_signals
from nstcam.train.errors import TrainError
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.paint.film import Film, check_film
from nstcam.train.paint.folder import PaintFolder, digest
from nstcam.train.paint.memory import available_bytes, largest_size, needed_bytes
from nstcam.train.paint.optimize import Evaluation, State
from nstcam.train.paint.pyramid import Level, PaintConfig, paint, plan
from nstcam.train.picture import Picture, write_picture
from nstcam.train.progress import Stop
from nstcam.train.progress_bar import reporting


@dataclass(frozen=True, kw_only=True)
class PaintJob:
    """What to paint, and where to."""

    content: Picture
    styles: tuple[tuple[Picture, float], ...]
    output: Path
    loss_network: str
    """Name, pooling and weights file of the loss network, for telling runs apart."""
    film: Path | None
    every: int | None
    """Evaluations between intermediate pictures."""


def run(inputs: PaintJob, config: PaintConfig, network: VggFeatures, device: torch.device, *, resume: bool) -> None:
    """Paints with a progress bar; Ctrl-C writes the best picture so far and keeps what --resume needs.

    Raises:
        TrainError: too large for the memory, nothing to resume, or an output cannot be written.
        typer.Exit: 130 when interrupted.
    """
    folder = PaintFolder(inputs.output, settings(inputs, config))
    with folder.held():
        _run(inputs, config, network, device, folder, resume=resume)


def _run(
    inputs: PaintJob,
    config: PaintConfig,
    network: VggFeatures,
    device: torch.device,
    folder: PaintFolder,
    *,
    resume: bool,
) -> None:
    network.check_layers([*config.loss.content_layers, *config.loss.style_layers])
    levels = plan(inputs.content.shape[0], inputs.content.shape[1], config)
    say_what_is_needed(inputs.content, levels, config, network, device)
    state: State | None = None
    notes: dict[str, Any] = {"done": 0, "work": 0}
    if resume:
        state, notes = folder.load()
    if inputs.film is not None:
        check_film(inputs.film)
    if not resume:
        folder.empty()
    film = Film(inputs.film, folder.frames, levels[-1].height, levels[-1].width) if inputs.film else None
    stop = Stop()
    total = sum(level.work for level in levels)
    with stopping_on_signals(stop), reporting(inputs.output.name, total, notes["work"]) as reporter:
        figures = ""

        def report(level: Level, evaluation: Evaluation, picture: Callable[[], Picture]) -> None:
            nonlocal figures
            notes["done"] += 1
            notes["work"] += level.height * level.width
            errors = evaluation.errors
            figures = f"{level.width}x{level.height} {evaluation.number}/{level.evaluations}  loss {errors.total:.4g}"
            figures += f"  content {errors.content:.3g}  style {errors.style:.3g}"
            reporter.update(notes["work"], figures)
            if film is not None:
                film.add(notes["done"], picture())
            if inputs.every and notes["done"] % inputs.every == 0:
                write_picture(intermediate(inputs.output, notes["done"]), picture())

        painted = paint(
            inputs.content,
            inputs.styles,
            network,
            config,
            device,
            state=state,
            stop=stop,
            report=report,
            keep=lambda s: folder.keep(s, notes),
        )
        if painted.outcome.finished:
            reporter.update(total, figures)
    if not notes["done"]:
        print("stopped before the first evaluation; nothing was written", file=sys.stderr)
        raise typer.Exit(130)
    write_picture(inputs.output, painted.picture)
    if film is not None:
        film.write()
    height, width = painted.picture.shape[:2]
    found = f"{shown(str(inputs.output))}: {width}x{height}, loss {painted.outcome.errors.total:.4g}"
    found += f" (content {painted.outcome.errors.content:.3g}, style {painted.outcome.errors.style:.3g})"
    if painted.outcome.finished:
        folder.empty()
        print(f"{found}, {counted(notes['done'], 'evaluation')}")
        return
    folder.save()
    print(
        f"stopped after {counted(notes['done'], 'evaluation')}; the best so far: {found}; "
        "continue with the same command and --resume",
        file=sys.stderr,
    )
    raise typer.Exit(130)


def intermediate(output: Path, evaluations: int) -> Path:
    """The file for the picture after so many evaluations."""
    return output.with_name(f"{output.stem}-{evaluations:05}{output.suffix}")


def is_intermediate(name: str, output: Path) -> bool:
    """Whether `intermediate` could return that name, ignoring case, as some file systems do."""
    pattern = re.escape(output.stem.lower()) + r"-\d{5,}" + re.escape(output.suffix.lower())
    return re.fullmatch(pattern, name.lower()) is not None


def say_what_is_needed(
    content: Picture, levels: list[Level], config: PaintConfig, network: VggFeatures, device: torch.device
) -> None:
    """Prints sizes and memory in one line, before hours of work.

    Raises:
        TrainError: there is not enough memory; the message says which size would fit.
    """
    height, width = content.shape[:2]
    last = levels[-1]
    need, there = needed_bytes(height, width, config, network), available_bytes(device)
    sizes = ", ".join(f"{level.width}x{level.height}" for level in levels)
    line = f"{sizes}; about {need / 1e9:.1f} GB of memory"
    if there is None:
        print(line, file=sys.stderr)
        return
    if need > there:
        fits = largest_size(height, width, config, network, there)
        cure = f"use --size {fits}" if fits else "close other programs"
        smaller = f", or --tile {config.tile // 2 // 16 * 16}" if last.height * last.width > config.tile**2 else ""
        raise TrainError(
            f"{last.width}x{last.height} needs about {need / 1e9:.1f} GB of memory and {there / 1e9:.1f} GB are "
            f"available; {cure}{smaller}"
        )
    print(f"{line}, {there / 1e9:.1f} available", file=sys.stderr)


def settings(inputs: PaintJob, config: PaintConfig) -> dict[str, str]:
    """The settings that a resumed run must share, by the names used in messages."""
    values = asdict(config)
    loss, method = values.pop("loss"), values.pop("method")
    flat = {**values, **{f"loss {k}": v for k, v in loss.items()}, **method}
    named = {name.replace("_", " "): str(value) for name, value in flat.items()}
    named["loss network"] = inputs.loss_network
    named["content"] = digest(inputs.content)
    named["styles"] = " ".join(f"{digest(picture)}:{weight:g}" for picture, weight in inputs.styles)
    return named
