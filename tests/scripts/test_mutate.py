"""Tests mutations: what is changed, which tests are run, and that these notice."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import module_tests, mutate
from scripts.module_tests import EXTRAS
from scripts.mutate import ROOT, Bench, choose, work_folder
from scripts.mutations import Mutation, mutations, sample

SOURCE = '''
"""Docstrings with 1 + 1 stay."""
LIMIT: int = 3
def clip(ä: list[1 | 2], low: float = 0.5) -> bool:
    text = "ü" + f"{low + 1}"
    if not ä or low <= LIMIT and len(ä) is not None:
        LIMIT_ = -low // 2
    low += 1
    list(zip(ä, ä, strict=True))
    return ä not in (True, text)
'''


def test_code_is_changed_and_words_and_types_are_not() -> None:
    found = mutations(SOURCE, "a.py")
    assert {(m.line, m.old, m.new) for m in found} == {
        (3, "3", "4"),
        (4, "0.5", "0.75"),
        (6, "not ", ""),
        (6, "or", "and"),
        (6, "and", "or"),
        (6, "<=", "<"),
        (6, "<=", ">"),
        (6, "is not", "is"),
        (7, "-", "+"),
        (7, "//", "*"),
        (7, "2", "3"),
        (8, "+=", "-="),
        (8, "1", "2"),
        (10, "not in", "in"),
        (10, "True", "False"),
    }
    for mutation in found:
        changed = mutation.apply(SOURCE)
        ast.parse(changed)
        lines = zip(changed.splitlines(), SOURCE.splitlines(), strict=True)
        assert [line for line, (new, old) in enumerate(lines, 1) if new != old] == [mutation.line]


def test_samples_are_repeatable_and_of_all_kinds() -> None:
    found = mutations(SOURCE, "a.py") * 3
    assert sample(found, 8, seed=3) == sample(found, 8, seed=3)
    assert sample(found, 8, seed=3) != sample(found, 8, seed=4)
    assert [m.kind for m in sample(found, 4, seed=3)].count("constant") == 1
    assert {m.kind for m in sample(found, 4, seed=3)} == {"comparison", "logic", "operator", "constant"}


def test_single_lines_can_be_named() -> None:
    path = "realtime/files.py"
    lines = (ROOT / path).read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "if not overwrite:" in text)
    assert {(m.path, m.line) for m in choose(ROOT, [f"{path}:{line}"], 0, 1)} == {(path, line)}


def test_tests_of_a_module_bear_its_name_or_import_it() -> None:
    assert module_tests.tests_of("realtime/frame.py", ROOT)[0] == "tests/realtime/test_frame.py"
    assert "tests/realtime/capture/test_sources.py" in module_tests.tests_of("realtime/capture/opencv.py", ROOT)
    for module, tests in EXTRAS.items():
        assert (ROOT / module).is_file(), f"{module} of scripts/module_tests.py is gone"
        assert all((ROOT / test).is_file() for test in tests)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A repository of one module with one test, which looks at the upper border only."""
    root = tmp_path / "repository"
    files = {
        "realtime/ages.py": (
            "from nstcam.realtime.years import FULL\n"
            "def adult(age: int) -> bool:\n    return age >= FULL and age != 999\n"
        ),
        "realtime/__init__.py": "",
        "realtime/broken.py": "LIMIT = 1\n",
        "realtime/years.py": "FULL = 18\n",
        "realtime/alone.py": "LIMIT = 1\n",
        "tests/realtime/test_ages.py": (
            "from nstcam.realtime.ages import adult\ndef test_it():\n    assert adult(18)\n    assert not adult(17)\n"
        ),
        "tests/realtime/test_broken.py": "def test_it():\n    assert False\n",
        "pytest.ini": "[pytest]\nmarkers = slow\n    display\n    gpu\n    camera\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Bench(tmp_path, root)


def test_what_the_tests_notice_and_what_lives(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    path = "realtime/ages.py"
    assert bench.noticed(Mutation(path, 3, 15, ">=", ">")) is True
    assert bench.noticed(Mutation(path, 3, 31, "!=", "==")) is True
    assert bench.noticed(Mutation(path, 3, 34, "999", "1000")) is False
    assert bench.noticed(Mutation("realtime/broken.py", 1, 8, "1", "2")) is None, "its test fails as it is"
    assert "FAILED tests/realtime/test_broken.py::test_it" in capsys.readouterr().out


def test_modules_without_tests_are_tried_with_those_of_their_users(bench: Bench) -> None:
    assert bench.tests_of("realtime/years.py") == ["tests/realtime/test_ages.py"]
    assert bench.noticed(Mutation("realtime/years.py", 1, 7, "18", "19")) is True
    assert bench.tests_of("realtime/alone.py") == []
    assert bench.noticed(Mutation("realtime/alone.py", 1, 8, "1", "2")) is False


def test_every_module_with_code_has_tests() -> None:
    realtime = ("realtime/cli/video/convert_files.py", "realtime/video/reading/streams.py")
    for path in ("train/fit/training_state.py", *realtime):
        assert module_tests.tests_of(path, ROOT), path


def test_work_folders_of_killed_runs_are_deleted(tmp_path: Path) -> None:
    killed, other = tmp_path / "mutate-killed", tmp_path / "mutate-notes"
    killed.mkdir()
    (killed / mutate.LOCK).touch()
    other.mkdir()
    with work_folder(tmp_path) as first, work_folder(tmp_path) as second:
        assert first.is_dir(), "that run is still going"
        assert second.is_dir()
        assert not killed.exists()
    assert list(tmp_path.iterdir()) == [other]


def test_a_terminated_run_deletes_its_work_folder(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom scripts.mutate import work_folder\n"
        "with work_folder(Path(sys.argv[1])) as folder:\n    print(folder, flush=True)\n    time.sleep(60)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout
    folder = Path(run.stdout.readline().strip())
    assert folder.is_dir()
    run.terminate()
    run.wait(60)
    run.stdout.close()
    assert not folder.exists()
