"""What nstcam video and nstcam image do with which files, and what they print about them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Sequence

import typer

from nstcam.media.kinds import HEIC_CURE, PICTURES, kind_by_name
from nstcam.media.shown import counted, shown
from nstcam.realtime.cli.video import batch
from nstcam.realtime.cli.video.batch import Job, Outcome, Plan
from nstcam.realtime.cli.video.options import FileOptions, ImageOptions
from nstcam.realtime.errors import NstError
from nstcam.realtime.people.words import CLEAR
from nstcam.realtime.picture.file import SUFFIXES
from nstcam.realtime.video.convert import VideoReport


def plan_of(
    options: FileOptions, suffixes: Sequence[str], suffix: str | None = None, read: Collection[str] | None = None
) -> Plan:
    if options.output_dir is not None:
        return batch.plan(options.paths, options.output_dir, suffixes, suffix, read=read)
    source, target = options.paths
    return Plan([Job(source, target)])


def plan_of_pictures(options: ImageOptions) -> Plan:
    """The plan of nstcam image; tells of pictures that need another package."""
    clear = options.behind.kind == CLEAR  # .png holds it, whatever the inputs are
    plan = plan_of(options, SUFFIXES, suffix=".png" if clear else None, read=PICTURES)
    if any(kind_by_name(path) == "HEIC" for path in plan.passed_over):
        print(
            f"nstcam: HEIC files are ignored; to read them: pip install 'nstcam[heic]', or {HEIC_CURE}",
            file=sys.stderr,
        )
    return plan


def run_jobs(
    options: FileOptions, plan: Plan, work: Callable[[Job], VideoReport | str], *, skip_existing: bool = False
) -> None:
    """Does one job after the other, and reports on them as `report_on`."""
    report_on(options, plan, lambda tell: batch.run(plan.jobs, work, tell, skip_existing=skip_existing))


def report_on(options: FileOptions, plan: Plan, run: Callable[[Callable[[Outcome], None]], list[Outcome]]) -> None:
    """Prints a line per job and what was ignored, or the JSON report.

    Args:
        run: does the jobs, calls what it is given with the outcome of each, and returns all of them.

    Raises:
        NstError: the only job failed, and no JSON was asked for.
        typer.Exit: with 1 when a job failed otherwise.
    """
    jobs, left_out = plan.jobs, plan.left_out()
    many = len(jobs) > 1

    def tell(outcome: Outcome) -> None:
        if outcome.error is not None:
            if many or options.as_json:
                print(f"nstcam: {shown(outcome.error)}", file=sys.stderr)
        elif not options.as_json:
            print(shown(_line(outcome)))

    outcomes = run(tell)
    if options.as_json:
        print(json.dumps(batch.as_json(outcomes, plan.passed_over), indent=1))
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if (many or left_out) and not options.as_json:
        parts = [f"{len(jobs) - len(errors)} of {len(jobs) + len(plan.passed_over)} done"]
        parts += [f"{len(errors)} failed"] if errors else []
        print(", ".join([*parts, left_out] if left_out else parts))
    if errors and (many or options.as_json):
        raise typer.Exit(1)
    if errors:
        raise NstError(errors[0])


def _line(outcome: Outcome) -> str:
    report, target = outcome.report, outcome.job.target
    if report is None:
        return f"{target} exists already"
    if not isinstance(report, VideoReport):
        return f"{target}: {report}"
    width, height = report.size_wh
    tracks = report.audio_copied + report.audio_encoded
    sound = f"{tracks} audio" if tracks else "no sound"
    return (
        f"{target}: {counted(report.frames, 'frame')}, {report.duration:.2f} s, {width}x{height}, {sound}; "
        f"took {report.elapsed:.1f} s on {report.device}, encoded by {report.encoder}"
    )
