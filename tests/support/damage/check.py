"""Tries many cases of a kind in parallel worker processes, and reports the results."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.support.damage.case import Kind
from tests.support.damage.checkpoints import CHECKPOINTS
from tests.support.damage.containers import CONTAINERS
from tests.support.damage.parts import PARTS
from tests.support.damage.pictures import PICTURES
from tests.support.damage.styles import STYLES
from tests.support.damage.trial import environment_of_worker, try_case

ROOT: Final = Path(__file__).parents[3]
KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in (CONTAINERS, PICTURES, STYLES, CHECKPOINTS, PARTS)}
WORKERS: Final = 2


@dataclass(frozen=True)
class Result:
    """The result of a case: the fields of Case and Outcome that a report needs.

    Attributes:
        number: the number of the case, which together with the kind suffices to try it again.
    """

    number: int
    label: str
    command: str
    refused: bool
    fault: str
    seconds: float
    megabytes: int
    printed: str

    def line(self, kind: str, keep: Path) -> str:
        """A description of the fault and how to reproduce it."""
        return (
            f"{self.command}  [{self.label}]: {self.fault}\n"
            f"    again: python -m tests.support.damage {kind} --only {self.number}; "
            f"files: {keep / f'{kind}-{self.number}'}"
        )


def check(kind: Kind, numbers: Sequence[int], keep: Path) -> list[Result]:
    """Tries the cases with those numbers, and copies the files of those with a fault to `keep`.

    If a worker process ends early, which no damaged file should cause, that is a fault of the case it was trying.
    """
    with tempfile.TemporaryDirectory(prefix="damage.") as name:
        folder = Path(name)
        (folder / "wholes").mkdir()
        _process("prepare", kind.name, str(folder / "wholes")).communicate()
        shares = [list(numbers[first::WORKERS]) for first in range(min(WORKERS, len(numbers)))]
        with ThreadPoolExecutor(len(shares)) as threads:
            done = threads.map(
                lambda at: list(_share(kind, shares[at], folder, folder / f"place{at}", keep)), range(len(shares))
            )
            return sorted((result for results in done for result in results), key=lambda result: result.number)


def _share(kind: Kind, numbers: list[int], folder: Path, place: Path, keep: Path) -> Iterator[Result]:
    worker = _process("work", kind.name, str(folder / "wholes"), str(place), str(keep), *map(str, numbers))
    out, err = worker.communicate()
    results = [Result(**json.loads(line)) for line in out.splitlines()]
    yield from results
    if worker.returncode:
        at = numbers[len(results)] if len(results) < len(numbers) else numbers[-1]
        yield Result(at, "worker", "", False, f"the worker ended with {worker.returncode}: {err[-2000:]}", 0, 0, "")


def _process(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.damage.check", *words],
        cwd=ROOT, env={**os.environ, **environment_of_worker()}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _work(kind: Kind, wholes: Path, place: Path, keep: Path, numbers: Sequence[int]) -> None:
    kind.ready()
    for number in numbers:
        case = kind.case(wholes, number)
        outcome = try_case(case, place)
        result = Result(number=number, label=case.label, command=" ".join(case.command), **asdict(outcome))
        print(json.dumps(asdict(result)), flush=True)
        if outcome.fault or len(numbers) == 1:
            kept = keep / f"{kind.name}-{number}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(place, kept, symlinks=True)


def report(kind: str, results: Sequence[Result]) -> str:
    """A table of the counts by the label up to its colon, with the longest time and the most memory."""
    rows = []
    names = Counter(result.label.partition(":")[0] for result in results)
    for name, count in [*sorted(names.items()), ("all", len(results))]:
        own = [r for r in results if name in ("all", r.label.partition(":")[0])]
        refused, faults = sum(r.refused and not r.fault for r in own), sum(bool(r.fault) for r in own)
        rows.append(f"{name:<28}{count:>6}{refused:>9}{count - refused - faults:>10}{faults:>8}")
    longest, largest = max(r.seconds for r in results), max(r.megabytes for r in results)
    head = f"{kind:<28}{'cases':>6}{'refused':>9}{'accepted':>10}{'faults':>8}"
    return "\n".join([head, *rows, f"at most {longest:.1f} s and {largest} MB"])


if __name__ == "__main__":
    asked, name, *words = sys.argv[1:]
    if asked == "prepare":
        KINDS[name].prepare(Path(words[0]))
    else:
        _work(KINDS[name], Path(words[0]), Path(words[1]), Path(words[2]), [int(word) for word in words[3:]])
