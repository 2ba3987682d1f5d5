"""Shared by the benchmarks that train networks for some minutes: arguments, photographs, errors, timing."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nstcam.train.fit.evaluate import Fit
from nstcam.train.picture import Picture, read_rgb, shrink_to


def arguments(description: str | None, steps: int = 250, crop: int = 128) -> argparse.ArgumentParser:
    """A parser for PAINTING, TRAIN_PHOTOS, HELD_OUT_PHOTOS and the size of the training, with these defaults."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("painting", type=Path)
    parser.add_argument("train_photos", type=Path)
    parser.add_argument("held_out_photos", type=Path)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--crop", type=int, default=crop)
    parser.add_argument("--batch", type=int, default=3)
    return parser


def read_every(step: int, folder: Path) -> list[Picture]:
    """Every `step`-th photograph of a folder, by name."""
    return [read_rgb(path) for path in sorted(folder.glob("*.jpg"))[::step]]


def at_256(photos: Sequence[Picture]) -> list[Picture]:
    """The photographs for evaluation: 256 px on the shorter side, both sides cropped to multiples of 4."""
    small = [shrink_to(photo, 256) for photo in photos]
    return [picture[: picture.shape[0] // 4 * 4, : picture.shape[1] // 4 * 4].copy() for picture in small]


def errors(result: Fit, style_strength: float) -> dict[str, float]:
    """One row of a table: total, content error, and the Gram error of each layer."""
    return {"total": result.total(style_strength), "content": result.content, **result.style}


def fastest(calls: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The least processor time of each, in milliseconds, over `rounds` rounds in which they take turns."""
    least = [float("inf")] * len(calls)
    for _ in range(rounds):
        for number, call in enumerate(calls):
            start = time.process_time()
            call()
            least[number] = min(least[number], 1000 * (time.process_time() - start))
    return least
