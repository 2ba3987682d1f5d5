"""Measures how much --steady reduces flicker, how much of past frames it leaves in the picture, and what it costs.

    python -m benchmarks.quality.steady [--style starry] [--frames 45] [--size 480x360] [--json FILE] [CLIP ...]

The still scene is a photograph with the noise of a sensor. Clips must be from a camera that stands still; they have
noise of their own, and that of the codec. For each amount the table has

    flicker   RMS difference of neighbouring frames where the input stands still, as a share of that without smoothing
    trail     how much of the frame before is left where the input moves (0 none, 1 all), by least squares
    ms        milliseconds per frame on one thread
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.effects.steady import DEFAULT, Steady
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame, fit_within
from nstcam.realtime.style_files.library import find_style

SIGMAS: Final = (2.0, 4.0, 8.0)
AMOUNTS: Final = (0.5, DEFAULT, 0.9)
SETTLED: Final = 8
"""How many frames at the start do not count."""
PHOTOS: Final = Path(__file__).parents[2] / "train" / "photos"


def noisy(size_wh: tuple[int, int], count: int, sigma: float) -> list[Frame]:
    photo = cv2.resize(np.asarray(cv2.imread(str(PHOTOS / "coffee.jpg"))), size_wh, interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(1)
    return [np.clip(photo + rng.normal(0, sigma, photo.shape), 0, 255).round().astype(np.uint8) for _ in range(count)]


def clip_frames(path: Path, size_wh: tuple[int, int], count: int) -> Iterator[Frame]:
    capture = cv2.VideoCapture(str(path))
    for _ in range(count):
        ok, frame = capture.read()
        if not ok:
            return
        yield fit_within(np.asarray(frame, np.uint8), size_wh)


def softened(frames: Sequence[Frame], sigma: float) -> NDArray[np.float32]:
    """The brightness (frames, height, width) with its noise removed."""
    greys = (cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.float32) for frame in frames)
    return np.stack([cv2.GaussianBlur(grey, (0, 0), sigma) for grey in greys])


def still_parts(frames: Sequence[Frame]) -> NDArray[np.bool_]:
    """A mask (height, width) of the pixels around which brightness stays within 5 levels of its median all the time."""
    greys = softened(frames, 3)
    still: NDArray[np.bool_] = np.abs(greys - np.median(greys, axis=0)).max(axis=0) < 5
    return still


def flicker(frames: Sequence[Frame], where: NDArray[np.bool_]) -> float:
    """The RMS difference of neighbouring frames, in levels of 255."""
    late = np.stack(frames[SETTLED:]).astype(np.float32)[:, where]
    return float(np.sqrt(np.mean(np.diff(late, axis=0) ** 2)))


def trail(sources: Sequence[Frame], plain: Sequence[Frame], smooth: Sequence[Frame]) -> float:
    """The share of the frame before in the picture shown, where the input changes by more than 4 levels."""
    greys = softened(sources, 3)
    left, whole, share = 0.0, 0.0, 0.0
    for i in range(SETTLED, len(plain)):
        moving = np.abs(greys[i] - greys[i - 1]) > 4
        back = plain[i - 1][moving].astype(np.float32) - plain[i][moving]
        error = smooth[i][moving].astype(np.float32) - plain[i][moving]
        left, whole = left + float((error * back).sum()), whole + float((back * back).sum())
        share += float(moving.mean()) / (len(plain) - SETTLED)
    return left / whole if share > 0.002 else float("nan")  # less is noise


def rows(name: str, sources: Sequence[Frame], stylizer: Stylizer) -> Iterator[dict[str, Any]]:
    plain = [stylizer.stylize(frame) for frame in sources]
    still = still_parts(sources)
    for amount in AMOUNTS:
        steady = Steady()
        began = time.thread_time()
        smooth = [steady.smooth(source, paint, amount) for source, paint in zip(sources, plain, strict=True)]
        ms = 1000 * (time.thread_time() - began) / len(plain)
        share = flicker(smooth, still) / flicker(plain, still) if still.mean() > 0.01 else float("nan")
        yield {
            "scene": name,
            "still": round(float(still.mean()), 2),
            "amount": amount,
            "flicker": round(share, 2),
            "trail": round(trail(sources, plain, smooth), 3),
            "ms": round(ms, 2),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, metavar="CLIP")
    parser.add_argument("--style", default="starry")
    parser.add_argument("--frames", type=int, default=45)
    parser.add_argument("--size", default="480x360")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    width, height = (int(side) for side in arguments.size.split("x"))
    stylizer = Stylizer(find_style(arguments.style))
    scenes = [(f"noise {sigma:g}", noisy((width, height), arguments.frames, sigma)) for sigma in SIGMAS]
    scenes += [(clip.stem, list(clip_frames(clip, (width, height), arguments.frames))) for clip in arguments.clips]
    print(f"style {arguments.style}, {arguments.frames} frames within {arguments.size}")
    print(f"{'scene':20}{'still':>7}{'amount':>8}{'flicker':>9}{'trail':>8}{'ms':>7}")
    results = []
    for name, sources in scenes:
        for row in rows(name, sources, stylizer):
            results.append(row)
            figures = f"{row['still']:7.2f}{row['amount']:8.1f}{row['flicker']:9.2f}{row['trail']:8.3f}{row['ms']:7.1f}"
            print(f"{name:20}{figures}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
