"""Changes the program in small ways and sees whether the tests notice.

    python -m scripts.mutate --seed 1 --count 40
    python -m scripts.mutate --only realtime/video                       # modules below that folder
    python -m scripts.mutate --only realtime/video/encoding/segments.py:61 --count 0 # everything on that line

Each mutation turns one comparison, operator, constant or `and`/`or` of a module into another; the sample has as many of
each kind. The module's tests then run in a temporary copy of the repository: tests/<same folder>/test_<module>.py and
the test files beside it that import the module; where there are none, the tests of the modules that import it. One line
is printed for each mutation: `noticed` where a test fails or hangs, `LIVED` where none does. One that lives shows a
test that is missing, or code that is equivalent either way; a person has to say which.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nstcam.realtime.files import lock_file
from scripts.module_tests import FOLDERS, modules, tests_of
from scripts.mutations import Mutation, mutations, sample

ROOT: Final = Path(__file__).resolve().parents[1]
LEFT_OUT: Final = (".git", ".venv*", "build", "dist", "runs", "node_modules", "__pycache__", ".*_cache", "*.egg-info")

SLACK_SECONDS: Final = 30.0
"""A run counts as hanging if it takes this much longer than three times the run with the unchanged module."""


class Bench:
    """A temporary copy of the repository, in which mutated modules are tested."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self._root = folder / "copy"
        self._output = folder / "pytest.txt"
        shutil.copytree(root, self._root, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        links = self._root / "build" / "source" / "nstcam"
        links.mkdir(parents=True)
        for name in FOLDERS:
            if (self._root / name).is_dir():
                (links / name).symlink_to(self._root / name, target_is_directory=True)
        before = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(links.parent), *([before] if before else [])])
        self._environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        self._tests: dict[str, list[str]] = {}
        self._seconds: dict[str, float | None] = {}

    def tests_of(self, path: str) -> list[str]:
        """The test files for the module of that path."""
        if path not in self._tests:
            self._tests[path] = tests_of(path, self._root)
        return self._tests[path]

    def line(self, mutation: Mutation) -> str:
        """The line that is changed, as it stands in this copy."""
        return (self._root / mutation.path).read_text("utf-8").splitlines()[mutation.line - 1].strip()

    def noticed(self, mutation: Mutation) -> bool | None:
        """Whether the tests of its module fail with it, False where it has none; None where they fail without it."""
        tests = self.tests_of(mutation.path)
        if not tests:
            return False
        if mutation.path not in self._seconds:
            begun = time.monotonic()
            good = self._passes(mutation.path, tests, None)
            self._seconds[mutation.path] = time.monotonic() - begun if good else None
            if not good:
                print(*self._output.read_text("utf-8", "replace").splitlines()[-10:], sep="\n", flush=True)
        seconds = self._seconds[mutation.path]
        if seconds is None:
            return None
        file = self._root / mutation.path
        source = file.read_text("utf-8")
        try:
            file.write_text(mutation.apply(source), "utf-8")
            return not self._passes(mutation.path, tests, 3 * seconds + SLACK_SECONDS)
        finally:
            file.write_text(source, "utf-8")

    def _passes(self, path: str, tests: Sequence[str], seconds: float | None) -> bool:
        # A byte-code file tells by time and size whether it is stale, and neither need have changed.
        Path(importlib.util.cache_from_source(str(self._root / path))).unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", MARKS, *tests]
        with self._output.open("wb") as output:
            run = subprocess.Popen(
                command, cwd=self._root, env=self._environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        try:
            return run.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            _end(run)


MARKS: Final = "not slow and not display and not gpu and not camera"


def _end(run: subprocess.Popen[bytes]) -> None:
    """Ends a run and what it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.wait()


def choose(root: Path, only: Sequence[str], count: int, seed: int) -> list[Mutation]:
    """`count` of all mutations of the modules `only`, by chance, in order; all for 0. PATH:LINE is one line."""
    lines = {(path, int(line)) for path, _, line in (o.partition(":") for o in only) if line}
    whole = {o.partition(":")[0] for o in only}
    found = [
        mutation
        for path in modules(root, sorted(whole))
        for mutation in mutations((root / path).read_text("utf-8"), path)
        if not any(p == path for p, _ in lines) or (path, mutation.line) in lines
    ]
    return sample(found, count, seed) if count else found


@contextlib.contextmanager
def work_folder(place: Path) -> Iterator[Path]:
    """A temporary folder in `place`, deleted at the end, at SIGTERM too. Those of killed runs are deleted at the start.

    A run locks a file in its folder; the system lets go of the lock however the run ends.
    """
    for file in place.glob(f"{PREFIX}*/{LOCK}"):
        with contextlib.suppress(OSError), lock_file(file):  # BlockingIOError: that run is still going
            shutil.rmtree(file.parent, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place) as name, lock_file(Path(name, LOCK)):
        yield Path(name)


PREFIX: Final = "mutate-"
LOCK: Final = "running.lock"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="which sample; default %(default)s")
    parser.add_argument("--count", type=int, default=40, help="mutations to try, 0 for all; default %(default)s")
    parser.add_argument("--only", nargs="+", default=[], metavar="PATH[:LINE]", help="folders, modules or single lines")
    options = parser.parse_args()
    chosen = choose(ROOT, options.only, options.count, options.seed)
    if not chosen:
        parser.error(f"nothing to change in {' '.join(options.only)}")
    counts = {True: 0, False: 0, None: 0}
    with work_folder(Path(tempfile.gettempdir())) as folder:
        bench = Bench(folder)
        for mutation in chosen:
            outcome = bench.noticed(mutation)
            counts[outcome] += 1
            word = {True: "noticed", False: "LIVED", None: "its tests fail unchanged"}[outcome]
            if not bench.tests_of(mutation.path):
                word = "LIVED (no test imports it)"
            print(
                f"{word:8} {mutation.path}:{mutation.line}  {mutation.old} -> {mutation.new or '(nothing)'}"
                f"    {bench.line(mutation)}",
                flush=True,
            )
    noticed, lived, untried = counts[True], counts[False], counts[None]
    print(f"{noticed} noticed, {lived} lived, {untried} not tried, of {len(chosen)} (seed {options.seed})")


if __name__ == "__main__":
    main()
