"""Tests what a worker makes of nst-train, which is played by a line of Python: its files, its end, its last words."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.tools.waiting import until
from nstcam.train.cluster.trainer import RUN_FILES, Trainer


class Played(Trainer):
    """Runs the line in place of nst-train; remembers the words of its command line."""

    line = ""
    words: list[str]

    def command(self, arguments: list[str]) -> list[str]:
        self.words = arguments
        return [sys.executable, "-c", f"import os, sys, time; from pathlib import Path; {self.line}", *arguments]


@pytest.fixture
def trainer() -> Iterator[Played]:
    made = Played()
    yield made
    made.close()


def work(**values: Any) -> dict[str, Any]:
    return {"arguments": ["--steps", "3"], "painting": None, "start": None, "run": {}} | values


WRITES = "Path('run/other').write_bytes(b'12'); os.link('run/other', 'run/checkpoint.pt')"  # there at once, and whole


def test_files_travel_and_only_those_of_a_run_come_home(trainer: Played) -> None:
    trainer.line = f"{WRITES}; Path('seen').write_bytes(Path('style.PNG').read_bytes() + Path('init.pt').read_bytes())"
    answer = trainer.train(work(painting=("a b.PNG", b"p"), start=("x.pt", b"s")))
    assert answer == {"files": {"checkpoint.pt": b"12"}, "finished": True}
    assert trainer.words == ["--run", "run", "--steps", "3", "--style", "style.PNG", "--init", "init.pt"]
    trainer.line = "assert Path('run/checkpoint.pt').read_bytes() == b'3' and not Path('run/x').exists(); sys.exit(130)"
    answer = trainer.train(work(run={"checkpoint.pt": b"3", "x": b"4"}))
    assert answer == {"files": {"checkpoint.pt": b"3"}, "finished": False}, "it was stopped"
    assert trainer.words == ["--resume", "--run", "run", "--steps", "3"]


@pytest.mark.parametrize(
    ("line", "error", "again"),
    [
        ("print('a'); print('nst-train: this is wrong'); print(' b '); sys.exit(1)", "this is wrong", False),
        ("print('a\\n\\n last '); sys.exit(2)", "last", False),
        ("sys.exit(1)", "nst-train ended without an error message", False),
        pytest.param(
            "os.kill(os.getpid(), 9)", "nst-train ended without an error message", True,
            marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals"),
        ),
    ],
)  # fmt: skip
def test_what_it_said_last_is_its_error_and_a_signal_may_be_the_machines(
    trainer: Played, line: str, error: str, again: bool
) -> None:
    trainer.line = line
    assert trainer.train(work()) == {"error": error, "again": again}


def test_so_far_there_are_files_once_for_each_checkpoint(trainer: Played) -> None:
    assert trainer.so_far() == {"files": {}}
    trainer.line = f"{WRITES}; time.sleep(60)"
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(trainer.train(work())))
    thread.start()
    found: list[Any] = []

    def came() -> bool:
        found.append(trainer.so_far()["files"])
        return bool(found[-1] == {"checkpoint.pt": b"12"})

    until(came)
    assert trainer.so_far() == {"files": {}}, "no new one"
    trainer.stop()
    thread.join(20)
    assert answers[0]["again"], "it was ended by a signal"
    trainer.line = "time.sleep(60)"
    assert trainer.train(work())["again"], "stopped already"
    assert RUN_FILES[0] == "checkpoint.pt"


def test_a_folder_of_its_own_is_removed() -> None:
    made = Played()
    made.line = "Path('seen').touch(); print(os.getcwd()); sys.exit(1)"
    folder = Path(made.train(work())["error"])
    assert (folder / "seen").is_file()
    made.close()
    assert not folder.exists()


def test_closing_ends_what_works_and_needs_nothing_to_have_begun() -> None:
    idle = Played()
    idle.stop()
    idle.close()
    busy = Played()
    busy.line = f"{WRITES}; time.sleep(600)"
    thread = threading.Thread(target=lambda: busy.train(work()))
    thread.start()
    until(lambda: bool(busy.so_far()["files"]))
    busy.close()
    thread.join(20)
    assert not thread.is_alive()
