"""Kills nstcam video at random moments, resumes it, and compares the result with an undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from benchmarks.tools.stand_in import write_negative_style
from tests.support.damage.parts import entries_of
from tests.support.damage.trial import environment_of_worker
from tests.support.media.clips import packets, texture, write_clip

_FRAMES: Final = 700
"""Six segments."""
_WAYS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (
    ("mp4", ()),
    ("mkv", ("--steady", "0.8", "--strength", "0.7")),
    ("nstpart", ("--segment", "2/2")),
)
"""Suffix of the output and options of each round in turn."""


@dataclass(frozen=True)
class Kills:
    """The result of a number of kills.

    Attributes:
        rounds: how many videos were finished after one or more kills and compared with the undisturbed run.
        faults: one line for each fault.
    """

    kills: int
    rounds: int
    faults: list[str]


def kill_and_resume(folder: Path, kills: int, seed: int) -> Kills:
    """Kills runs with SIGKILL the given number of times, each at a random moment of the time that a run takes."""
    dice, done, rounds, faults = random.Random(seed), 0, 0, list[str]()
    write_negative_style(folder / "negative.onnx")
    rate = Fraction(25)
    write_clip(folder / "clip.mp4", picture=texture(48, 64), frames=_FRAMES, pan=2, audio="aac", rate=rate)
    while done < kills or not rounds:
        suffix, options = _WAYS[rounds % len(_WAYS)]
        whole, target = folder / f"whole.{suffix}", folder / f"killed.{suffix}"
        seconds = [_run(folder, whole.name, options)]
        in_round = 0
        while not target.exists() and in_round < 20:
            killed, printed = _killed(folder, target.name, options, dice.uniform(0.1, seconds[0]))
            in_round += killed
            if "Traceback" in printed or (not killed and not target.exists()):
                faults.append(f"round {rounds}, after kill {in_round}: {printed.strip()}")
                break
        work = folder / f".{target.name}.nstcam"
        if work.exists():  # killed between the renaming of the output and the end of its work folder
            _run(folder, target.name, (*options, "--resume", "--overwrite"))
        if not _same(whole, target):
            faults.append(f"round {rounds}: {target.name} differs from {whole.name} after {in_round} kills")
        left = {path.name for path in folder.iterdir()} - {whole.name, target.name, "clip.mp4", "negative.onnx"}
        if left:
            faults.append(f"round {rounds}: left {sorted(left)} behind")
        done, rounds = done + in_round, rounds + 1
        for path in (whole, target):
            path.unlink(missing_ok=True)
    return Kills(done, rounds, faults)


def _command(target: str, options: Sequence[str]) -> list[str]:
    style = ("--style", "negative.onnx", "--device", "cpu", "--threads", "1", "--encoder", "software")
    return [sys.executable, "-m", "nstcam.realtime.cli.app", "video", "clip.mp4", target, *style, *options]


def _run(folder: Path, target: str, options: Sequence[str]) -> float:
    """Does an undisturbed run; returns the seconds it took."""
    started = time.monotonic()
    subprocess.run(_command(target, options), cwd=folder, check=True, stdout=subprocess.DEVNULL, env=_environment())
    return time.monotonic() - started


def _killed(folder: Path, target: str, options: Sequence[str], after: float) -> tuple[bool, str]:
    """Kills a run after some seconds unless it ends before; returns whether it was killed, and what it printed."""
    run = subprocess.Popen(
        _command(target, (*options, "--resume")), cwd=folder, env=_environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        return False, run.communicate(timeout=after)[1]
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        return True, run.communicate()[1]


def _environment() -> dict[str, str]:
    return {**os.environ, **environment_of_worker()}


def _same(whole: Path, target: Path) -> bool:
    """Whether two outputs are the same, byte for byte.

    Matroska files contain a random number, so their packets are compared; parts contain the times of their files, so
    the contents of these are compared.
    """
    if not target.exists():
        return False
    if whole.suffix == ".mkv":
        return packets(whole) == packets(target)
    if whole.suffix == ".nstpart":
        return entries_of(whole.read_bytes()) == entries_of(target.read_bytes())
    return whole.read_bytes() == target.read_bytes()
