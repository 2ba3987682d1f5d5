"""What optimising pixels reaches, kept as JSON: the standard for networks, which must do it in one pass.

A reference is the loss curve of L-BFGS (train/paint/optimize.py) from the content picture, on content + S * style as
trained and the penalty that keeps pixels in 0..1, with the appearance of the best picture. Making one takes minutes, so
they are made once and told apart by the bytes of painting and picture, their sizes and S.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import Box, Measures, appearance, range_of
from nstcam.export.evaluate.faces import faces_in
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import digest, sized
from nstcam.media.own_files import create_anew, read_at_most
from nstcam.media.shown import shown
from nstcam.train.content.paintings import read_painting
from nstcam.train.files import part_of
from nstcam.train.loss.objective import Objective, ObjectiveConfig
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network import checked
from nstcam.train.paint.optimize import Method, optimize
from nstcam.train.picture import Picture, read_rgb, shrink_to, to_picture, to_tensor

EVALUATIONS: Final = 150
_LEAST: Final = 5e-5
"""The least loss in a curve, whose values are rounded to four places."""
_MOST_BYTES: Final = 1 << 26
"""The largest file that is read; a reference of 150 evaluations takes 2 kB."""


Key = tuple[str, str, str, int, float]
"""Identifies a task without file names, which may change."""


@dataclass(frozen=True)
class Task:
    """One picture in one style: what a reference is the reference of."""

    painting: str
    """The name of its file, for people."""
    painting_sha256: str
    """The first 16 digits of the file's digest."""
    picture: str
    picture_sha256: str
    size: str
    """The size of the picture: its shorter side ("256") or WIDTHxHEIGHT ("640x480")."""
    style_size: int
    """Shorter side of the painting in pixels."""
    style_strength: float
    """S, the weight of style against a content weight of 1."""

    @property
    def key(self) -> Key:
        return self.painting_sha256, self.picture_sha256, self.size, self.style_size, self.style_strength


@dataclass(frozen=True)
class Reference:
    task: Task
    curve: Sequence[float]
    """The lowest loss so far after 1, 2, ... evaluations; the first is that of the content picture itself."""
    content: float
    """Content error of the best picture."""
    style: dict[str, float]
    """Relative Gram error of the best picture, by layer."""
    appearance: Measures
    """Figures of `nstcam.export.evaluate.appearance` of the best picture, by name."""


References = Mapping[Key, Reference]


def loss_ratio(total: float, curve: Sequence[float]) -> float:
    """rho: a network's loss over the lowest of the reference; 1 is as good, more is worse."""
    return total / max(min(curve), _LEAST)


def equivalent_evaluation(total: float, curve: Sequence[float]) -> float:
    """How many evaluations of L-BFGS reach this loss, interpolated; 1 where the content picture itself does, and the
    length of the curve where all of it does not."""
    reached = np.minimum.accumulate(curve)
    if total >= reached[0]:
        return 1.0
    if total < reached[-1]:
        return float(len(reached))
    after = int(np.argmax(reached <= total))
    high, low = reached[after - 1], reached[after]
    return float(after + (high - total) / (high - low))


def task_of(painting: Path, picture: Path, size: str, settings: LossSettings) -> Task:
    digests = digest(painting), digest(picture)
    return Task(painting.name, digests[0], picture.name, digests[1], size, settings.style_size, settings.style_strength)


def make_reference(
    task: Task,
    painting: Picture,
    content: Picture,
    loss_network: VggFeatures,
    evaluations: int = EVALUATIONS,
    faces: Sequence[Box] = (),
) -> Reference:
    """Minutes at 256 px on two CPU cores. `content` is the picture at the task's size, with its faces; RGB, both."""
    scaled = shrink_to(painting, task.style_size)
    style = to_tensor(scaled, torch.device("cpu"))
    start = to_tensor(content, torch.device("cpu"))
    objective = Objective(loss_network, start, [(style, 1.0)], ObjectiveConfig(style_weight=task.style_strength))
    totals: list[float] = []
    done = optimize(
        objective, start, Method(evaluations=evaluations), report=lambda step: totals.append(step.errors.total)
    )
    curve = [round(float(value), 4) for value in np.minimum.accumulate(totals)]
    errors = {name: round(error, 5) for name, error in done.errors.layers.items()}
    looks = appearance(to_picture(done.image), content, faces, range_of(scaled))
    looks = {name: round(value, 4) for name, value in looks.items()}
    return Reference(task, curve, round(done.errors.content, 4), errors, looks)


def complete_references(
    file: Path,
    painting: Path,
    pictures: Sequence[Path],
    sizes: Sequence[str],
    settings: LossSettings,
    loss_network: VggFeatures,
    evaluations: int = EVALUATIONS,
) -> dict[Key, Reference]:
    """All references of `file`, after making and keeping those that it lacks; each is kept as soon as it is made, so
    that a later call goes on where this one was stopped, and several may work at one file. Says what it makes.

    Raises:
        ExportError: the file cannot be read or written.
        TrainError: the painting cannot be read, or is too small.
    """
    known, style = read_references(file), read_painting(painting)
    tasks = [(picture, task_of(painting, picture, size, settings)) for size in sizes for picture in pictures]
    missing = [(picture, task) for picture, task in tasks if task.key not in known]
    if missing:
        write_references(file, list(known.values()))  # if it cannot be written, now is the time to say so
    for number, (picture, task) in enumerate(missing, 1):
        known |= read_references(file)  # of another run at the same file
        if task.key in known:
            continue
        print(f"reference {number} of {len(missing)}: {shown(task.picture)} at {task.size}", flush=True)
        whole = read_rgb(picture)
        faces = faces_in(picture, (whole.shape[1], whole.shape[0]), task.size)
        made = make_reference(task, style, sized(whole, task.size), loss_network, evaluations, faces)
        known |= {**read_references(file), task.key: made}
        write_references(file, list(known.values()))
    return known


def read_references(path: Path) -> dict[Key, Reference]:
    """The references of a file by `Task.key`; empty if it does not exist.

    Raises:
        ExportError: the file contains something else.
    """
    if not path.exists():
        return {}
    try:
        found = [_reference(entry) for entry in json.loads(read_at_most(path, _MOST_BYTES))]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ExportError(
            f"{path} cannot be read as references ({str(error)[:200]!r}); give another file to compute them again"
        ) from error
    return {reference.task.key: reference for reference in found}


def _reference(entry: Any) -> Reference:
    """Raises KeyError, TypeError or ValueError unless the values are those of a Reference."""
    made = Reference(**{**entry, "task": Task(**entry["task"])})
    task = made.task
    for value in (task.painting, task.painting_sha256, task.picture, task.picture_sha256, task.size):
        checked.text(value, "task")
    checked.whole(task.style_size, "style_size", 1, 65536)
    checked.number(task.style_strength, "style_strength", 0)
    if not isinstance(made.curve, list) or not made.curve:
        raise TypeError("curve is not a list of losses")
    if not isinstance(made.style, dict) or not isinstance(made.appearance, dict):
        raise TypeError("style or appearance is not a table of figures")
    for loss in made.curve:
        checked.number(loss, "a loss", 0)
    for error in (made.content, *made.style.values()):
        checked.number(error, "an error", 0)
    for figure in made.appearance.values():
        checked.number(figure, "a figure of appearance")
    return made


def write_references(path: Path, references: Sequence[Reference]) -> None:
    """Writes one line for each, in a stable order; first under a temporary name."""
    ordered = sorted(references, key=lambda r: (r.task.painting, r.task.picture, r.task.size, r.task.key))
    text = "[\n" + ",\n".join(json.dumps(asdict(r)) for r in ordered) + "\n]\n"
    part = part_of(path)
    try:
        with create_anew(part) as file:
            file.write(text.encode())
        part.replace(path)
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}; choose another file") from error
    finally:
        part.unlink(missing_ok=True)
