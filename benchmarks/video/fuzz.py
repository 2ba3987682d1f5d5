"""Damages small clips byte by byte and stylizes them: python -m benchmarks.video.fuzz [COUNT] [SEED]

For each damaged file the result must be an NstError with nothing left behind, or a video that plays. The work runs in
separate processes, so that a crash or a hang of a decoder is counted and does not end the benchmark. Prints the
outcomes as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Final

BATCH: Final = 20
SECONDS_A_FILE: Final = 15
HEADER_BYTES: Final = 1500
KINDS: Final = ((".mp4", "aac"), (".mkv", "pcm_s16le"), (".ts", "aac"), (".avi", "mp3"), (".mov", None))


def mutate(data: bytes, dice: random.Random) -> bytes:
    """The data with 1 to 30 bytes changed, most of them near the ends, where headers are; sometimes also cut short."""
    out = bytearray(data)
    for _ in range(dice.randint(1, 30)):
        edge = min(HEADER_BYTES, len(out))
        at = dice.choice([dice.randrange(len(out)), dice.randrange(edge), len(out) - 1 - dice.randrange(edge)])
        out[at] = dice.randrange(256)
    return bytes(out[: dice.randrange(len(out))] if dice.random() < 0.2 else out)


def check(clip: Path, target: Path) -> str:
    """Stylizes a damaged clip. Returns "refused" or "played"; raises AssertionError for any other result."""
    import av

    from benchmarks.tools.stand_in import Negative
    from nstcam.realtime.errors import NstError
    from nstcam.realtime.video.convert import stylize_video
    from nstcam.realtime.video.painting import VideoSettings

    try:
        report = stylize_video(clip, target, Negative(), VideoSettings(encoder="software"))
    except NstError as error:
        left = [path.name for path in clip.parent.iterdir() if path != clip]
        if left or "\n" in str(error):
            raise AssertionError(f"left behind: {left}; {error}") from error
        return "refused"
    with av.open(str(target)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    if frames != report.frames:
        raise AssertionError(f"{report.frames} frames were written, {frames} play")
    target.unlink()
    return "played"


def worker(count: int, seed: int) -> None:
    """Damages and stylizes `count` clips in this process; prints one line for each."""
    import logging

    from benchmarks.video.long_clip import write

    logging.disable()
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "clips").mkdir()
        (folder / "run").mkdir()
        wholes = [folder / "clips" / f"a{suffix}" for suffix, _ in KINDS]
        for whole, (_, sound_codec) in zip(wholes, KINDS, strict=True):
            write(whole, 0.25, Fraction(24), sound_codec)
        for _ in range(count):
            whole = dice.choice(wholes)
            clip = folder / "run" / f"damaged{whole.suffix}"
            clip.write_bytes(mutate(whole.read_bytes(), dice))
            try:
                result = check(clip, folder / "run" / "out.mp4")
            except Exception as error:
                result = f"WRONG {type(error).__name__}: {error} ({whole.suffix}, seed {seed})"
                shutil.rmtree(folder / "run")
                (folder / "run").mkdir()
            clip.unlink(missing_ok=True)
            print(result, flush=True)


def fuzz(count: int, seed: int) -> Counter[str]:
    """How often each outcome occurred: refused, played, or a fault (hang, crash, or WRONG with its reason)."""
    outcomes: Counter[str] = Counter()
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        command = [sys.executable, "-m", "benchmarks.video.fuzz", "--worker", str(size), str(seed + first)]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            lines = run.communicate(timeout=SECONDS_A_FILE * size)[0].splitlines()
        except subprocess.TimeoutExpired:
            run.kill()
            lines = [*run.communicate()[0].splitlines(), f"hang (seed {seed + first})"]
        if run.returncode and len(lines) < size:
            lines.append(f"crash {run.returncode} (seed {seed + first})")
        outcomes.update(lines)
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=300)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--worker", action="store_true", help="in this process, a line for each file")
    asked = parser.parse_args()
    if asked.worker:
        worker(asked.count, asked.seed)
    else:
        print(json.dumps(fuzz(asked.count, asked.seed), indent=1))


if __name__ == "__main__":
    main()
