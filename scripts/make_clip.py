"""Makes docs/styles.webp, the moving picture of the README: docs/demo.mp4 through five styles in turn.

Run from the repository's root: python -m scripts.make_clip [STYLE]...

`nstcam video` paints the clip, with cross-fades and steadiness. This script keeps every second frame, sets the original
into its corner, and lowers the quality until the file has at most MOST_BYTES.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

SOURCE, TARGET = Path("docs/demo.mp4"), Path("docs/styles.webp")
STYLES = ("starry", "comic", "neon", "woodcut", "cafe")
"""One second each: with more styles the clip would be nothing but cross-fades."""
SECONDS, EVERY = 5.0, 2
SIZE_WH, INSET_WH = (400, 300), (100, 75)
MOST_BYTES = 700_000
QUALITIES = (70, 60, 50, 40, 30, 20)

Picture = NDArray[np.uint8]


def pictures(path: Path, size_wh: tuple[int, int]) -> Iterator[Picture]:
    """Every EVERYth frame, BGR."""
    with av.open(str(path)) as clip:
        for number, frame in enumerate(clip.decode(video=0)):
            if number % EVERY == 0:
                picture = frame.to_ndarray(format="bgr24")
                yield np.asarray(cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def inset(picture: Picture, original: Picture) -> Picture:
    """The picture with the original in its lower left corner, in a white frame."""
    height, width = original.shape[:2]
    framed = cv2.copyMakeBorder(original, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    picture[-height - 12 : -8, 8 : width + 12] = framed
    return picture


def painted(names: Sequence[str], folder: Path) -> Path:
    """The clip with each style for the same share of its length."""
    target = folder / "painted.mp4"
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "video", str(SOURCE), str(target), "--device", "cpu"]
    for number, name in enumerate(names):
        command += ["--style", f"{SECONDS * number / len(names):.2f}:{name}"]
    subprocess.run([*command, "--quality", "15"], check=True)
    return target


def write(frames: list[Picture], quality: int) -> int:
    """Writes TARGET; returns its size in bytes."""
    animation = cv2.Animation()
    animation.frames = frames
    with av.open(str(SOURCE)) as clip:
        rate = clip.streams.video[0].average_rate
    assert rate is not None
    animation.durations = np.full(len(frames), round(1000 * EVERY / rate))
    if not cv2.imwriteanimation(str(TARGET), animation, [cv2.IMWRITE_WEBP_QUALITY, quality]):
        raise SystemExit(f"{TARGET} cannot be written")
    return TARGET.stat().st_size


def main(names: Sequence[str]) -> None:
    names = names or STYLES
    with tempfile.TemporaryDirectory() as folder:
        pairs = zip(pictures(painted(names, Path(folder)), SIZE_WH), pictures(SOURCE, INSET_WH), strict=True)
        frames = [inset(picture, original) for picture, original in pairs]
    for quality in QUALITIES:
        size = write(frames, quality)
        print(f"{TARGET}: {size / 1000:.0f} kB at quality {quality}")
        if size <= MOST_BYTES:
            return
    raise SystemExit(f"{TARGET} is too large; show fewer frames")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("styles", nargs="*", metavar="STYLE")
    main(parser.parse_args().styles)
