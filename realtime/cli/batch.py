"""Many files one after the other: one that fails does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from nstcam.realtime.errors import NstError, SinkError, SourceError, refused_by_system
from nstcam.realtime.partfile import is_complete, is_folder


@dataclass(frozen=True)
class Job:
    source: Path
    target: Path


@dataclass(frozen=True)
class Outcome:
    """Of one job: `report` when it went well, `error` when it did not, neither when the target was there already."""

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
    """One job for each file, and for each file of the folders with a known suffix.

    Not for those in sub-folders, nor for hidden ones, as macOS leaves beside each file on a camera's card.

    Args:
        suffixes: of targets that can be written.
        suffix: of all targets; default that of the source, or the first that can be written.
        read: suffixes of sources to look for; default those that can be written.

    Raises:
        SourceError: a folder without any such file, or two sources with the same target.
        SinkError: the folder cannot be made.
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
            raise SourceError(f"{source} holds no file whose suffix is known, like {some}; give another folder")
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
    """Does `work` for each job and catches what users can mend.

    Args:
        told: called after each job.
        skip_existing: targets that are there are done already, unless an interrupted run was to replace them.
    """
    outcomes = []
    for job in jobs:
        try:
            done = skip_existing and is_complete(job.target)
            outcome = Outcome(job) if done else Outcome(job, report=work(job))
        except NstError as error:
            outcome = Outcome(job, error=str(error))
        except OSError as error:  # e.g. a folder that may not be entered
            outcome = Outcome(job, error=refused_by_system(error))
        told(outcome)
        outcomes.append(outcome)
    return outcomes


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """For programs: status is done, there or failed."""
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
