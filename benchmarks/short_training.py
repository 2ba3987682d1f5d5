"""What the benchmarks that train networks for some minutes share: their arguments, their photographs, their clock."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from train.scenes import Picture


def arguments(description: str | None, steps: int = 250, crop: int = 128) -> argparse.ArgumentParser:
    """PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS, and the size of the training with these defaults."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("painting", type=Path)
    parser.add_argument("train_photos", type=Path)
    parser.add_argument("held_out_photos", type=Path)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--crop", type=int, default=crop)
    parser.add_argument("--batch", type=int, default=3)
    return parser


def crop_to_fours(picture: Picture) -> Picture:
    return picture[: picture.shape[0] // 4 * 4, : picture.shape[1] // 4 * 4].copy()


def fastest(calls: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Milliseconds of processor time of each, the least of `rounds` in turn."""
    least = [float("inf")] * len(calls)
    for _ in range(rounds):
        for number, call in enumerate(calls):
            start = time.process_time()
            call()
            least[number] = min(least[number], 1000 * (time.process_time() - start))
    return least
