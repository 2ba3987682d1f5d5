"""Changes the program in small ways and sees whether the tests notice.

    python scripts/mutate.py --seed 1 --count 40
    python scripts/mutate.py --only realtime/video            # modules below that folder
    python scripts/mutate.py --only realtime/video/clock.py:36 --count 0   # everything on that line

Each mutation turns one comparison, operator, constant or `and`/`or` of a module into another; the sample has as many of
each kind. The module's tests then run in a temporary copy of the repository: tests/<same folder>/test_<module>.py and
the test files beside it that import the module. One line is printed for each mutation: `noticed` where a test fails
(or hangs),
`lived` where none does. One that lives shows a test that is missing, or code that is equivalent either way; a person
has to say which.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.util
import io
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDERS: Final = ("realtime", "train", "export", "media")
LEFT_OUT: Final = (".git", ".venv*", "build", "dist", "runs", "node_modules", "__pycache__", ".*_cache", "*.egg-info")

OTHER: Final = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "is": ("is not",), "is not": ("is",), "in": ("not in",), "not in": ("in",),
    "and": ("or",), "or": ("and",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "//": ("*",), "%": ("*",), "**": ("*",), "@": ("*",),
    "&": ("|",), "|": ("&",), "^": ("&",), "<<": (">>",), ">>": ("<<",),
}  # fmt: skip
"""Operator -> what may take its place: of an order the other border, and the opposite."""
SAME_EITHER_WAY: Final = ("strict", "copy")
"""Arguments of zip and astype that change nothing where the program is right: they are left alone."""
COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=", "is", "is not", "in", "not in")
LOGIC: Final = ("and", "or", "not ")

_VIDEO: Final = tuple(f"tests/realtime/video/test_{name}.py" for name in ("convert", "reader", "tracks", "pictures"))
_COMMAND: Final = ("tests/realtime/cli/test_app.py",)
_TRAINING: Final = ("tests/train/cli/test_nst_train.py", "tests/train/fit/test_loop.py")
EXTRAS: Final[dict[str, tuple[str, ...]]] = {
    "export/convert/graph.py": ("tests/export/convert/test_exporter.py",),
    "realtime/capture/newest.py": ("tests/realtime/capture/test_sources.py",),
    "realtime/cli/bench.py": ("tests/realtime/checkup/test_bench.py",),
    "realtime/cli/start_live.py": (*_COMMAND, "tests/realtime/live/test_settings.py"),
    "realtime/cli/opening.py": _COMMAND,
    "realtime/cli/opencv_settings.py": _COMMAND,
    "realtime/cli/usage.py": _COMMAND,
    "realtime/display/hud.py": ("tests/realtime/display/test_hud_layout.py", "tests/realtime/live/test_preview.py"),
    "realtime/engine/cores.py": ("tests/realtime/engine/test_stylizer.py",),
    "realtime/live/mixture.py": ("tests/realtime/live/test_gallery.py", "tests/realtime/live/test_session.py"),
    "realtime/video/deinterlace.py": _VIDEO,
    "realtime/video/formats.py": _VIDEO,
    "realtime/video/timestamps.py": (*_VIDEO, "tests/realtime/video/test_contact_sheet.py"),
    "realtime/video/upright.py": _VIDEO,
    "realtime/video/writer.py": _VIDEO,
    "train/cli/exit_codes.py": _TRAINING,
    "train/cli/entry.py": ("tests/journeys/test_entry.py",),
    "train/content/signatures.py": ("tests/train/content/test_sources.py",),
    "train/files.py": ("tests/train/test_run_lock.py",),
    "train/fit/run.py": _TRAINING,
    "train/network/norms.py": _TRAINING,
    "train/paint/memory.py": ("tests/train/cli/test_nst_paint.py",),
}
"""Module -> tests of it that neither bear its name nor lie beside it."""

SLACK_SECONDS: Final = 30.0
"""Beyond three times what the unchanged module takes, a run counts as hanging."""


@dataclass(frozen=True, order=True)
class Mutation:
    path: str
    """Relative to the repository, with forward slashes."""
    line: int
    column: int
    old: str
    new: str

    @property
    def kind(self) -> str:
        """comparison, logic, operator or constant."""
        if self.old in COMPARISONS:
            return "comparison"
        if self.old in LOGIC:
            return "logic"
        return "operator" if self.old in OTHER or self.old in ("-", "+") or self.old.endswith("=") else "constant"

    def apply(self, source: str) -> str:
        """The module's source with this mutation in it."""
        lines = source.splitlines(keepends=True)
        text = lines[self.line - 1]
        assert text.startswith(self.old, self.column), (self, text)
        lines[self.line - 1] = text[: self.column] + self.new + text[self.column + len(self.old) :]
        return "".join(lines)


def mutations(source: str, path: str) -> list[Mutation]:
    """All mutations of a module, in the order of its source."""
    lines = source.splitlines(keepends=True)
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type in _WORDS]

    def at(line: int, column: int) -> tuple[int, int]:  # ast counts bytes, everybody else characters
        return line, len(lines[line - 1].encode()[:column].decode())

    def start(node: ast.AST) -> tuple[int, int]:
        return at(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(node: ast.AST) -> tuple[int, int]:
        return at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def between(left: ast.AST, right: ast.AST) -> Iterator[Mutation]:
        gap = [t for t in tokens if end(left) <= t.start and t.end <= start(right) and t.string not in "()"]
        if gap and gap[-1].end[0] == gap[0].start[0]:  # `is not` and `not in` are two tokens, on one line
            row, column = gap[0].start
            old = lines[row - 1][column : gap[-1].end[1]]
            yield from (Mutation(path, row, column, old, new) for new in OTHER.get(old, ()))

    found: list[Mutation] = []
    for node in _code(ast.parse(source)):
        match node:
            case ast.Compare():
                for left, right in zip([node.left, *node.comparators], node.comparators, strict=False):
                    found += between(left, right)
            case ast.BoolOp():
                for left, right in zip(node.values, node.values[1:], strict=False):
                    found += between(left, right)
            case ast.BinOp() if not (_is_text(node.left) or _is_text(node.right)):
                found += between(node.left, node.right)
            case ast.AugAssign():
                gap = [t for t in tokens if end(node.target) <= t.start and t.end <= start(node.value)]
                sign = gap[0].string
                found += (Mutation(path, *gap[0].start, sign, new + "=") for new in OTHER.get(sign[:-1], ()))
            case ast.UnaryOp(op=ast.Not()):
                found.append(Mutation(path, *start(node), "not ", ""))
            case ast.UnaryOp(op=ast.USub()):
                found.append(Mutation(path, *start(node), "-", "+"))
            case ast.Constant(value=bool() | int() | float() as value):
                (row, column), (_, last) = start(node), end(node)
                found.append(Mutation(path, row, column, lines[row - 1][column:last], _other_constant(value)))
    return sorted(m for m in set(found) if lines[m.line - 1].startswith(m.old, m.column))


_WORDS: Final = (tokenize.OP, tokenize.NAME)


def _other_constant(value: bool | int | float) -> str:
    if isinstance(value, bool):
        return str(not value)
    return str(value + 1) if isinstance(value, int) else repr(value * 1.5 + (value == 0))


def _is_text(node: ast.AST) -> bool:
    """A string put together with another one, or formatted with %."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run: no annotations, no decorators, no f-strings' insides, which have no places of their own."""
    yield node
    for name, field in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params") or isinstance(field, ast.JoinedStr):
            continue
        if isinstance(node, ast.keyword) and node.arg in SAME_EITHER_WAY:
            continue
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from _code(child)


def modules(root: Path, only: Sequence[str] = ()) -> Iterator[str]:
    """Paths of the modules below the paths `only`, or all."""
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if not only or any(path == o or path.startswith(o.rstrip("/") + "/") for o in only):
                yield path


def tests_of(path: str, root: Path) -> list[str]:
    """The test file of the module's own name, those beside it that import the module, and what EXTRAS adds.

    Where these are none, all that import it.
    """
    module = Path(path)
    own = Path("tests", module.parent, f"test_{module.stem}.py").as_posix()
    dotted = "nstcam." + ".".join(module.with_suffix("").parts)
    package, _, name = dotted.rpartition(".")
    imports = re.compile(
        rf"^\s*(from {re.escape(dotted)} import|import {re.escape(dotted)}\b)"
        rf"|^\s*from {re.escape(package)} import .*\b{name}\b"
        rf"|[\"']{re.escape(dotted)}\.",
        re.MULTILINE,
    )
    importing = [
        file.relative_to(root).as_posix()
        for file in sorted((root / "tests").rglob("test_*.py"))
        if imports.search(file.read_text("utf-8"))
    ]
    beside = [file for file in importing if Path(file).parent == Path(own).parent]
    chosen = [file for file in dict.fromkeys([own, *beside, *EXTRAS.get(path, ())]) if (root / file).is_file()]
    return chosen or importing


class Bench:
    """A temporary copy of the repository, in which mutated modules are tested."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self._root = folder / "copy"
        shutil.copytree(root, self._root, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        links = self._root / "build" / "source" / "nstcam"
        links.mkdir(parents=True)
        for name in FOLDERS:
            if (self._root / name).is_dir():
                (links / name).symlink_to(self._root / name, target_is_directory=True)
        before = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(links.parent), *([before] if before else [])])
        self._environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        self._seconds: dict[str, float | None] = {}

    def noticed(self, mutation: Mutation) -> bool | None:
        """Whether the tests of its module fail with it; None where they fail without it."""
        tests = tests_of(mutation.path, self._root)
        if not tests:
            return False
        if mutation.path not in self._seconds:
            begun = time.monotonic()
            good = self._passes(mutation.path, tests, None)
            self._seconds[mutation.path] = time.monotonic() - begun if good else None
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
        run = subprocess.Popen(
            command, cwd=self._root, env=self._environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
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


def sample(found: Sequence[Mutation], count: int, seed: int) -> list[Mutation]:
    """At most `count` of them by chance, in order; as many of each kind, for most of all mutations are of constants."""
    dice = random.Random(seed)
    kinds: dict[str, list[Mutation]] = {"comparison": [], "logic": [], "operator": [], "constant": []}
    for mutation in found:
        kinds[mutation.kind].append(mutation)
    for kind in kinds.values():
        dice.shuffle(kind)
    by_turns = [m for row in itertools.zip_longest(*kinds.values()) for m in row if m is not None]
    return sorted(by_turns[:count])


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
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        bench = Bench(Path(folder))
        for mutation in chosen:
            outcome = bench.noticed(mutation)
            counts[outcome] += 1
            word = {True: "noticed", False: "LIVED", None: "its tests fail unchanged"}[outcome]
            text = (ROOT / mutation.path).read_text("utf-8").splitlines()[mutation.line - 1].strip()
            print(
                f"{word:8} {mutation.path}:{mutation.line}  {mutation.old} -> {mutation.new or '(nothing)'}    {text}",
                flush=True,
            )
    noticed, lived, untried = counts[True], counts[False], counts[None]
    print(f"{noticed} noticed, {lived} lived, {untried} not tried, of {len(chosen)} (seed {options.seed})")


if __name__ == "__main__":
    main()
