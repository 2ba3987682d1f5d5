"""Tests learning in a process of its own, with stand-ins for it and with the real one without PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import SinkError
from nstcam.realtime.learning.early import Early
from nstcam.realtime.learning.learner import SPINS, Learner
from tests.support.fakes.learning import ENDS, FAILS, LEARNS, painted, process
from tests.support.fakes.live import frame_of


def folders(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.glob("nstcam.learning.*"))


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_what_was_learnt_is_a_style_in_the_place_of_the_picture(tmp_path: Path) -> None:
    style = painted(tmp_path)
    learner = Learner(style, command=LEARNS)
    until(lambda: learner.newest is not None)
    found = learner.newest
    assert found is not None
    assert (found.name, found.learnt, found.painting) == (style.name, True, style.painting)
    assert found.int8_path is not None
    assert (learner.steps, learner.seconds, learner.running, learner.failure) == (4, 2.5, True, None)
    with Stylizer(found, "cpu") as learnt, Stylizer(style, "cpu") as folded:
        assert learnt.stylize(frame_of(90)).tolist() != folded.stylize(frame_of(90)).tolist()
    learner.close()
    assert (learner.running, learner.failure) == (False, None)
    assert folders(tmp_path) == []


def test_a_process_that_was_started_early_is_taken_once_and_ends_if_it_is_not(tmp_path: Path) -> None:
    early = Early(process("tell(steps=os.getpid(), seconds=1); sys.stdin.read()"))
    waiting = early._process
    assert waiting is not None
    first, second = early(painted(tmp_path)), early(painted(tmp_path))
    until(lambda: first.steps > 0 and second.steps > 0)
    assert first.steps == waiting.pid != second.steps
    early.close()
    assert waiting.poll() is None, "it belongs to the learner"
    first.close()
    second.close()
    unused = Early(LEARNS)
    waiting = unused._process
    assert waiting is not None
    unused.close()
    assert waiting.poll() is not None


def test_a_program_that_cannot_be_started_early_is_a_line_of_the_learner(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="cannot be learnt"):
        Early([str(tmp_path / "none")])(painted(tmp_path))


def test_it_ends_by_itself_with_the_last_network(tmp_path: Path) -> None:
    learner = Learner(painted(tmp_path), command=ENDS)
    assert learner.wait(60)
    assert learner.newest is not None
    assert (learner.newest.path.parent.name, learner.failure, learner.running) == ("2", None, False)
    learner.forget_before(learner.newest)
    assert [path.name for path in folders(tmp_path)[0].iterdir()] == ["2"]
    learner.close()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (FAILS, "there is not enough memory"),
        (process("sys.exit(3)"), "its process ended with exit code 3; NSTCAM_DEBUG=1 shows what it said"),
        (process("print('hello', flush=True)"), "the process that learns said b'hello\\n' (JSONDecodeError)"),
        (process("tell(steps=1, seconds=1); tell(net='../..')"), "ValueError"),
        (process("tell(net=7, steps=1, seconds=1); time.sleep(9)"), "not found"),
        (process("os.kill(os.getpid(), 9)"), "perhaps there is not enough memory"),
    ],
)
def test_a_failure_is_one_line(tmp_path: Path, command: tuple[str, ...], why: str) -> None:
    learner = Learner(painted(tmp_path), command=command)
    assert learner.wait(60)
    assert why in (learner.failure or "")
    assert "\n" not in (learner.failure or "")
    learner.close()
    assert folders(tmp_path) == []


def test_it_goes_on_from_what_was_learnt_before(tmp_path: Path) -> None:
    first = Learner(painted(tmp_path), command=ENDS)
    first.wait(60)
    says = process("tell(failed=pathlib.Path(job['start']).read_text())")
    second = Learner(painted(tmp_path), after=first.newest, command=says)
    assert second.wait(60)
    assert second.failure == "a checkpoint"
    first.close()
    second.close()


@pytest.mark.parametrize(("given", "spins"), [(None, SPINS), ("7", "7")])
def test_threads_that_wait_sleep_soon_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, spins: str
) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    if given:
        monkeypatch.setenv("GOMP_SPINCOUNT", given)
    says = process("tell(failed=' '.join(os.environ[name] for name in ('GOMP_SPINCOUNT', 'OMP_NUM_THREADS')))")
    learner = Learner(painted(tmp_path), threads=3, command=says)
    assert learner.wait(60)
    assert learner.failure == f"{spins} 3"
    learner.close()


def stand_in_for_torch(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are started from now on run this code when they import torch."""
    folder.mkdir()
    (folder / "torch.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, sys.path)]))


def test_without_pytorch_a_line_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in_for_torch(tmp_path / "stub", "raise ModuleNotFoundError('none', name='torch')", monkeypatch)
    learner = Learner(painted(tmp_path))
    assert learner.wait(60)
    assert learner.failure == "it needs torch, which is not installed: pip install 'nstcam[train]'"
    learner.close()


def test_the_process_ends_with_its_parent_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent is killed: nothing of its own can run."""
    stand_in_for_torch(tmp_path / "stub", "print('loading', flush=True)\nimport time\ntime.sleep(60)", monkeypatch)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TEMP", str(tmp_path))
    painted(tmp_path)
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pathlib import Path\n"
            "from nstcam.realtime.style_files.library import style_of_picture\n"
            "from nstcam.realtime.learning.learner import Learner\n"
            f"Learner(style_of_picture(Path({str(tmp_path / 'kiss.png')!r})))\n"
            "print('started', flush=True)\n"
            "import time\ntime.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == b"started"
    assert len(folders(tmp_path)) == 1
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: folders(tmp_path) == [])
