"""Tests damaged files of every kind and killed runs: no loss, no traceback, and no change to files of others.

The counts in docs/reliability.md come from python -m tests.support.damage, and from this file with -m slow -s.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.damage.check import KINDS, check, report
from tests.support.damage.kills import kill_and_resume

KEPT = Path(__file__).parents[2] / "build" / "damage"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_damaged_files(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    kind = KINDS[name]
    results = check(kind, range(kind.count), KEPT)
    with capsys.disabled():
        print(f"\n{report(name, results)}")
    faults = [result.line(name, KEPT) for result in results if result.fault]
    assert not faults, "\n".join(faults)
    assert len(results) == kind.count
    assert any(result.refused for result in results)
    assert not all(result.refused for result in results)


@pytest.mark.slow
def test_killed_runs_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = kill_and_resume(tmp_path, 25, seed=22)
    with capsys.disabled():
        print(f"\n{done.kills} kills in {done.rounds} runs, {len(done.faults)} faults")
    assert not done.faults
    assert done.kills >= 25
