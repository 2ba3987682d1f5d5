"""Many files, one after the other; a file that fails does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from nstcam.realtime.errors import NstError, SinkError, SourceError, refused_by_system
from nstcam.realtime.files import is_complete, is_folder


@dataclass(frozen=True)
class Job:
    """One file to convert."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes:
        report: what the work returned.
        error: the message, if the job failed. Without report and error, the job was skipped: its target was done.
    """

    job: Job
    report: object = None
    error: str | None = None


def plan(
    sources: Sequence[Path],
    output_dir: Path,
    suffixes: Collection[str],
    suffix: str | None = None,
    *,
    read: Collection[str] | None = None,
) -> list[Job]:
    """Makes a job of each file, and of each file in the folders whose suffix is known; makes `output_dir` if missing.

    Sub-folders are not entered. Hidden files are skipped, like those that macOS leaves beside each file on a camera's
    card.

    Args:
        sources: files and folders.
        suffixes: those that targets may have, the default first.
        suffix: of all targets; None: that of the source if targets may have it, else the default.
        read: suffixes to look for in folders; None: `suffixes`.

    Raises:
        SourceError: a folder has no such file, or two sources would have the same target.
        SinkError: `output_dir` cannot be made.
    """
    files: list[Path] = []
    for source in sources:
        if not is_folder(source):
            files.append(source)
            continue
        known = suffixes if read is None else read
        found = sorted(
            p for p in source.iterdir() if p.suffix.lower() in known and p.is_file() and not p.name.startswith(".")
        )
        if not found:
            some = ", ".join(suffixes)
            raise SourceError(f"{source} holds no file with a known suffix, like {some}; give another folder")
        files += found
    jobs: dict[Path, Job] = {}
    for file in files:
        own = file.suffix if file.suffix.lower() in suffixes else next(iter(suffixes))
        target = output_dir / f"{file.stem}{suffix or own}"
        if target in jobs:
            raise SourceError(f"{jobs[target].source} and {file} would both become {target}; rename one")
        jobs[target] = Job(file, target)
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"cannot make the folder {output_dir} ({error.strerror}); choose another") from error
    return list(jobs.values())


def run(
    jobs: Sequence[Job],
    work: Callable[[Job], object],
    told: Callable[[Outcome], None] = lambda _: None,
    *,
    skip_existing: bool = False,
) -> list[Outcome]:
    """Calls `work` for each job; errors that users can mend become outcomes.

    Args:
        told: called after each job.
        skip_existing: skip jobs whose target exists, unless an interrupted run was about to replace it.

    Returns:
        One outcome per job, in order.
    """
    outcomes = []
    for job in jobs:
        try:
            done = skip_existing and is_complete(job.target)
            outcome = Outcome(job) if done else Outcome(job, report=work(job))
        except NstError as error:
            outcome = Outcome(job, error=str(error))
        except OSError as error:  # like a folder that may not be entered
            outcome = Outcome(job, error=refused_by_system(error))
        told(outcome)
        outcomes.append(outcome)
    return outcomes


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Outcomes as JSON values; `status` is done, there (skipped) or failed."""
    records = []
    for outcome in outcomes:
        record: dict[str, Any] = {"source": str(outcome.job.source), "target": str(outcome.job.target)}
        if outcome.error is not None:
            record |= {"status": "failed", "error": outcome.error}
        elif outcome.report is None:
            record |= {"status": "there"}
        else:
            report = outcome.report
            record |= {"status": "done"}
            record |= asdict(report) if is_dataclass(report) and not isinstance(report, type) else {}
        records.append(record)
    return records
