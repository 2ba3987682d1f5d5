"""Tests the size of frames on slow machines. Node.js stands for the browser, and a formula for its speed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from nstcam.realtime.page.contents import own_file

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")

JOB = """
import { Pace } from "./pace.mjs";
const pace = new Pace(424);
const sizes = [];
for (const { wish, ms, frames, slow } of JSON.parse(process.argv[2])) {
  if (wish) pace.set(wish);
  for (let i = 0; i < frames; i++) pace.took(i % 40 < (slow ?? 0) ? 500 : ms * (pace.size / 424) ** 2);
  sizes.push(pace.size);
}
console.log(JSON.stringify(sizes));
"""


def sizes(folder: Path, *steps: dict[str, int]) -> list[int]:
    """The size after each step: `frames` frames on a machine that takes `ms` for one of 424 pixels."""
    (folder / "pace.mjs").write_bytes(own_file("pace.js"))
    (folder / "job.mjs").write_text(JOB)
    words = ["node", "job.mjs", json.dumps(steps)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    found: list[int] = json.loads(done.stdout)
    return found


def test_a_machine_that_is_fast_enough_paints_what_is_wished(tmp_path: Path) -> None:
    steps = [{"ms": 15, "frames": 400}, {"ms": 36, "frames": 400}, {"ms": 10, "frames": 400, "wish": 640}]
    assert sizes(tmp_path, *steps) == [424, 424, 640]


def test_a_slow_one_paints_less_and_more_again_when_it_can(tmp_path: Path) -> None:
    steps = [
        {"ms": 72, "frames": 39},
        {"ms": 72, "frames": 1},
        {"ms": 72, "frames": 1000},
        {"ms": 60, "frames": 1000},  # could paint 288 pixels, which is not worth a jump
        {"ms": 20, "frames": 1000},
    ]
    assert sizes(tmp_path, *steps) == [424, 264, 264, 264, 424]


def test_there_is_a_least_size_unless_less_is_wished(tmp_path: Path) -> None:
    steps = [{"ms": 5000, "frames": 1000}, {"ms": 50000, "frames": 1000, "wish": 96}]
    assert sizes(tmp_path, *steps) == [160, 96]


def test_the_first_frames_and_single_slow_ones_do_not_count(tmp_path: Path) -> None:
    assert sizes(tmp_path, {"ms": 15, "frames": 400, "slow": 10}) == [424]
    assert sizes(tmp_path, {"ms": 15, "frames": 40, "slow": 20}) == [424]
