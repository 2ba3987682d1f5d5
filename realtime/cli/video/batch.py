"""Many files, one after the other; a file that fails does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from nstcam.media.kinds import HEIC_CURE, counted_kinds, kind_by_name
from nstcam.media.shown import counted, redacted, shown
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


@dataclass(frozen=True)
class Plan:
    """What is to be done with the files and folders of a command line.

    Attributes:
        jobs: one for each file that is converted.
        passed_over: files in the folders whose suffix is not known; hidden ones are not counted.
        folders: how many sub-folders were not entered.
    """

    jobs: list[Job]
    passed_over: tuple[Path, ...] = ()
    folders: int = 0

    def left_out(self) -> str:
        """The files that are ignored, by kind, like "3 ignored (2 HEIC, 1 TXT)"; "" if there are none."""
        said = [f"{len(self.passed_over)} ignored ({counted_kinds(self.passed_over)})"] if self.passed_over else []
        said += [f"{counted(self.folders, 'sub-folder')} not entered"] if self.folders else []
        return ", ".join(said)


def plan(
    sources: Sequence[Path],
    output_dir: Path,
    suffixes: Sequence[str],
    suffix: str | None = None,
    *,
    read: Collection[str] | None = None,
) -> Plan:
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
    passed_over: list[Path] = []
    folders = 0
    for source in sources:
        if not is_folder(source):
            files.append(source)
            continue
        known = suffixes if read is None else read
        inside = sorted(path for path in source.iterdir() if not path.name.startswith("."))
        there = [path for path in inside if path.is_file()]
        found = [path for path in there if path.suffix.lower() in known]
        others = [path for path in there if path not in set(found)]
        if not found:
            some, holds = ", ".join(suffixes), f" (it holds {counted_kinds(others)})" if others else ""
            heic = any(kind_by_name(path) == "HEIC" for path in others) and ".jpg" in known
            cure = HEIC_CURE if heic else "give another folder"
            raise SourceError(f"{source} holds no file with a known suffix, like {some}{holds}; {cure}")
        files += found
        passed_over += others
        folders += sum(is_folder(path) and path.resolve() != output_dir.resolve() for path in inside)
    jobs = _named(files, output_dir, suffixes, suffix)
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"cannot make the folder {output_dir} ({error.strerror}); choose another") from error
    return Plan(jobs, tuple(passed_over), folders)


def _named(files: Sequence[Path], output_dir: Path, suffixes: Sequence[str], suffix: str | None) -> list[Job]:
    """The jobs, in the order of the files. A target is called like its source, with the new suffix; where another has
    that name already, the source's suffix stays before it: clip.mp4 and clip.gif become clip.mp4 and clip.gif.mp4.

    Raises:
        SourceError: two sources would have the same target all the same.
    """

    def keeps(file: Path) -> bool:
        return suffix is None and file.suffix.lower() in suffixes

    owners: dict[Path, Path] = {}
    for file in sorted(files, key=lambda file: not keeps(file)):
        new = file.suffix if keeps(file) else suffix or suffixes[0]
        target = output_dir / f"{file.stem}{new}"
        if target in owners and owners[target].name != file.name:
            target = output_dir / f"{file.name}{new}"
        if target in owners:
            raise SourceError(f"{owners[target]} and {file} would both become {target}; rename one")
        owners[target] = file
    targets = {source: target for target, source in owners.items()}
    return [Job(file, targets[file]) for file in files]


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
        outcome = outcome_of(job, work, skip_existing=skip_existing)
        told(outcome)
        outcomes.append(outcome)
    return outcomes


def outcome_of(job: Job, work: Callable[[Job], object], *, skip_existing: bool = False) -> Outcome:
    """What becomes of one job; see `run`."""
    try:
        done = skip_existing and is_complete(job.target)
        return Outcome(job) if done else Outcome(job, report=work(job))
    except NstError as error:
        return Outcome(job, error=str(error))
    except OSError as error:  # like a folder that may not be entered
        return Outcome(job, error=refused_by_system(error))


def as_json(outcomes: Sequence[Outcome], passed_over: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Outcomes as JSON values; `status` is done, there (skipped), failed or ignored (with the file's kind).

    Paths are whole, for programs that open them: JSON escapes their control characters.
    """
    records = []
    for outcome in outcomes:
        record: dict[str, Any] = {"source": redacted(str(outcome.job.source)), "target": str(outcome.job.target)}
        if outcome.error is not None:
            record |= {"status": "failed", "error": shown(outcome.error)}
        elif outcome.report is None:
            record |= {"status": "there"}
        else:
            report = outcome.report
            record |= {"status": "done"}
            record |= asdict(report) if is_dataclass(report) and not isinstance(report, type) else {}
        records.append(record)
    return records + [
        {"source": str(path), "target": None, "status": "ignored", "kind": kind_by_name(path)} for path in passed_over
    ]
