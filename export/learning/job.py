"""What the process that learns a painting is asked to do: one line of JSON from the program that shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nstcam.export.errors import ExportError
from nstcam.realtime.palette.basis import basis
from nstcam.train.fit.colour_map import ColourMap


@dataclass(frozen=True, kw_only=True)
class Job:
    """A painting to learn. realtime/learning/learner.py writes the line."""

    picture: Path
    name: str
    """The name of the style."""
    title: str
    shares: tuple[float, ...]
    """Of the changes of realtime's `palette.basis`, in the network that the learning begins with."""
    colours: ColourMap
    """Takes the colours that this network paints in to those of the picture; RGB, 0..1."""
    folder: Path
    """Exists, belongs to the parent and to nobody else, and is removed when the parent ends."""
    threads: int
    seconds: float | None
    """Ends after so many seconds of learning, with one network, the last. None: at the end of the schedule, and
    networks are handed over on the way."""
    start: Path | None
    """A checkpoint of an earlier learning of the picture to begin with, instead of `shares`."""
    steps: int | None = None
    """Length of the schedule instead of the usual one, for tests."""
    crop: int | None = None
    """Side of the crops in pixels instead of the usual one, for tests."""


def job_of(line: bytes) -> Job:
    """The job in a line.

    Raises:
        ExportError: it is none.
    """
    try:
        values: dict[str, Any] = json.loads(line)
        # realtime counts colours from blue, in levels of 0..255.
        matrix = torch.tensor(values.pop("matrix"), dtype=torch.float64).reshape(3, 3).flip(0, 1)
        offset = torch.tensor(values.pop("offset"), dtype=torch.float64).reshape(3).flip(0) / 255
        start = values.pop("start")
        shares = tuple(float(share) for share in values.pop("shares"))
        if not np.isfinite([*shares, *matrix.flatten(), *offset]).all() or len(shares) != basis().count:
            raise ValueError(f"shares {shares} or colours that cannot be")
        return Job(
            **{**values, "picture": Path(values["picture"]), "folder": Path(values["folder"])},
            shares=shares,
            colours=ColourMap(matrix, offset),
            start=None if start is None else Path(start),
        )
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        raise ExportError(f"not a job of learning ({error!r}); nstcam gives them itself") from error
