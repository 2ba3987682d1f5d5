"""Tests that the check for damaged files notices programs that do what no command may do."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.damage import trial
from tests.support.damage.bytes import ODD, damage, odd_value
from tests.support.damage.case import SENTINEL, Case
from tests.support.damage.check import KINDS, Result, report
from tests.support.damage.trial import Outcome, try_case

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and reads /proc")

CASE = Case("a: b", {"in.bin": b"in", SENTINEL: b"mine"}, ("nstcam", "in.bin"), ("out.bin",))


@pytest.fixture
def try_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    def tried(program: Callable[[], None], case: Case = CASE) -> Outcome:
        monkeypatch.setattr(trial, "importlib", SimpleNamespace(import_module=lambda _: SimpleNamespace(main=program)))
        return try_case(case, tmp_path)

    return tried


def ends(code: int, said: str = "", out: bytes | None = None) -> Callable[[], None]:
    def program() -> None:
        if out is not None:
            Path("out.bin").write_bytes(out)
        print(said, end="", file=sys.stderr)
        sys.exit(code)

    return program


def test_whole_outputs_and_refusals_are_no_faults(try_program: Callable[..., Outcome]) -> None:
    accepted = try_program(ends(0, "nstcam: a note\n", b"x"))
    assert (accepted.refused, accepted.fault) == (False, "")
    refused = try_program(ends(1, "nstcam: in.bin is damaged\n"))
    assert (refused.refused, refused.fault) == (True, "")


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        (ends(1), "exit code 1 without a message"),
        (ends(2, "nstcam: no such option\n"), "exit code 2"),
        (ends(0, "libpng warning: x\n", b"x"), "a line that is not ours: libpng warning: x"),
        (ends(0, "nstcam: \x1b[31mred\n", b"x"), "printed '\\x1b'"),
        (ends(0), "ended well, but wrote nothing"),
        (ends(0, "", b""), "wrote out.bin, which is empty"),
        (lambda: 1 / 0, "exit code 70: ZeroDivisionError: division by zero"),
        (lambda: signal.raise_signal(signal.SIGKILL), "ended by SIGKILL"),
        (lambda: Path("in.bin").unlink(), "changed or removed in.bin"),
        (lambda: Path(".out.bin.part").write_bytes(b"x"), "left .out.bin.part behind"),
    ],
)  # fmt: skip
def test_faults_are_found(try_program: Callable[..., Outcome], program: Callable[[], None], fault: str) -> None:
    def ended() -> None:
        program()
        sys.exit(0)

    assert try_program(ended).fault.startswith(fault)


@pytest.mark.parametrize(
    "touch",
    [
        lambda around: (around / SENTINEL).write_bytes(b"mine now"),
        lambda around: (around / "docs" / "a.txt").unlink(),
        lambda around: (around / "docs" / "another").write_bytes(b""),
        lambda around: (around / "tmp" / "left").mkdir(),
        lambda around: os.utime(around / SENTINEL, (1, 1)),
    ],
)
def test_strangers_files_are_watched(try_program: Callable[..., Outcome], touch: Callable[[Path], None]) -> None:
    def program() -> None:
        touch(Path("../around"))
        ends(0, "", b"x")()

    assert "in another folder" in try_program(program).fault


def test_time_and_memory_are_bounded(try_program: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.2)
    assert try_program(lambda: time.sleep(60)).fault == "had not ended after 0.2 s"
    monkeypatch.setattr(trial, "SECONDS", 60.0)
    most = trial.resident_bytes(os.getpid()) + (100 << 20)
    monkeypatch.setattr(trial, "MOST_BYTES", most)
    assert "took" in try_program(lambda: print(np.ones(most >> 3).sum())).fault


def test_words_can_be_asked_for(try_program: Callable[..., Outcome]) -> None:
    assert try_program(ends(0, "nstcam: yes\n"), replace(CASE, outputs=(), said="yes")).fault == ""
    assert try_program(ends(0), replace(CASE, outputs=(), said="yes")).fault == "did not print yes"


def test_the_same_dice_do_the_same_damage() -> None:
    data = bytes(range(256)) * 20
    damaged = [damage(data, random.Random(f"x {n}"), (b"\x10\x11",)) for n in range(60)]
    assert damaged == [damage(data, random.Random(f"x {n}"), (b"\x10\x11",)) for n in range(60)]
    assert len({content for _, content in damaged}) > 50
    content = {"a": {"b": [1, 2]}, "c": "d"}
    odd = [odd_value(content, random.Random(n), ODD[:8]) for n in range(60)]
    assert content == {"a": {"b": [1, 2]}, "c": "d"}, "the original is as it was"
    assert sum(changed != content for _, changed in odd) > 50


def test_counts_are_those_that_were_asked_for() -> None:
    least = {"containers": 400, "pictures": 300, "styles": 240, "checkpoints": 150, "parts": 150}
    assert all(KINDS[name].count >= count for name, count in least.items())
    one = Result(0, "mp4: cut", "", True, "", 0.5, 90, "")
    lines = report("containers", [one, replace(one, refused=False), replace(one, label="avi: flip", fault="x")])
    assert [line.split() for line in lines.splitlines()[1:4]] == [
        ["avi", "1", "0", "0", "1"], ["mp4", "2", "1", "1", "0"], ["all", "3", "1", "1", "1"],
    ]  # fmt: skip


def test_the_document_tells_how_many_cases_there_are() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")
    for name, kind in KINDS.items():
        assert re.search(rf"^\| [^|]*\b{name}\b[^|]* \| {kind.count} \|", text, re.MULTILINE), name
