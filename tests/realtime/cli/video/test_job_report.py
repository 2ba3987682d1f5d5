"""Tests what is printed about one file and about many: lines, totals, JSON, and the exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from nstcam.realtime.cli.video.batch import Job, Outcome, Plan
from nstcam.realtime.cli.video.job_report import report_on
from nstcam.realtime.errors import NstError
from nstcam.realtime.video.convert import VideoReport

REPORT = VideoReport(
    frames=12, duration=1.234, size_wh=(64, 48), audio_copied=1, audio_encoded=2, elapsed=0.26, encoder="libx264",
    device="CPU", subtitles=0, resumed_at=0,
)  # fmt: skip
DONE = "a.mp4: 12 frames, 1.23 s, 64x48, 3 audio; took 0.3 s on CPU, encoded by libx264"
ONE, TWO = Job(Path("in/a"), Path("a.mp4")), Job(Path("in/b"), Path("b.mp4"))
TXT = Plan([ONE], (Path("in/c.txt"),))


@pytest.mark.parametrize(
    ("plan", "outcomes", "lines", "errors", "code"),
    [
        (Plan([ONE]), [Outcome(ONE, REPORT)], [DONE], [], 0),
        (Plan([ONE]), [Outcome(ONE, replace(REPORT, audio_copied=0, audio_encoded=0))],
         [DONE.replace("3 audio", "no sound")], [], 0),
        (Plan([ONE]), [Outcome(ONE, "3 styles")], ["a.mp4: 3 styles"], [], 0),
        (Plan([ONE]), [Outcome(ONE)], ["a.mp4 exists already"], [], 0),
        (Plan([ONE]), [Outcome(ONE, error="it is damaged")], [], ["it is damaged"], None),
        (TXT, [Outcome(ONE, "x")], ["a.mp4: x", "1 of 2 done, 1 ignored (1 TXT)"], [], 0),
        (Plan([ONE, TWO]), [Outcome(ONE, "x"), Outcome(TWO, "y")], ["a.mp4: x", "b.mp4: y", "2 of 2 done"], [], 0),
        (Plan([ONE, TWO]), [Outcome(ONE, "x"), Outcome(TWO, error="bad")], ["a.mp4: x", "1 of 2 done, 1 failed"],
         ["nstcam: bad"], 1),
    ],
)  # fmt: skip
def test_each_file_has_a_line_and_many_a_total(
    plan: Plan, outcomes: list[Outcome], lines: list[str], errors: list[str], code: int | None,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    told: list[str] = []

    def run(tell: Any) -> list[Outcome]:
        for outcome in outcomes:
            tell(outcome)
        return outcomes

    for as_json in (False, True):
        options: Any = SimpleNamespace(as_json=as_json)
        ended: int | None = 0
        try:
            report_on(options, plan, run)
        except typer.Exit as error:
            ended = error.exit_code
        except NstError as error:
            ended, told = None, [str(error)]
        seen = capsys.readouterr()
        failed = any(outcome.error for outcome in outcomes)
        if as_json:
            assert len(json.loads(seen.out)) == len(outcomes) + len(plan.passed_over)
            assert (ended, seen.err.splitlines() != []) == (1 if failed else 0, failed)
        else:
            assert (seen.out.splitlines(), seen.err.splitlines() + told, ended) == (lines, errors, code)
