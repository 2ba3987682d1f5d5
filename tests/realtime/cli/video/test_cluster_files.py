"""Tests of folders of clips and pictures that workers paint; here they are threads of this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from onnx import helper

from nstcam.media.cluster import LostError
from nstcam.realtime.cli import app
from nstcam.realtime.cli.video import cluster_files
from nstcam.realtime.cluster.painter import Painter
from nstcam.realtime.cluster.task import Answer
from tests.support.cluster.thread_engine import ThreadEngine
from tests.support.commands import outcome
from tests.support.media.clips import write_clip
from tests.support.models.tiny import write_model

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs nstcam in a folder that has a style, on the engine given, or alone."""
    negative = [helper.make_node("BitwiseNot", ["frame"], ["stylized"])]
    write_model(tmp_path / "mine.onnx", negative, metadata={"nst.contract": "1", "nst.name": "mine"})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()

    def start(*words: str, engine: ThreadEngine | None = None) -> tuple[int, str, str]:
        @contextmanager
        def connected(address: str, workers: int | None) -> Iterator[ThreadEngine]:
            assert (address, workers) == ("local", 2)
            assert engine is not None
            yield engine

        monkeypatch.setattr(cluster_files, "connected", connected)
        cluster = () if engine is None else ("--cluster", "local", "--workers", "2")
        common = ("--style", "mine.onnx", "--device", "cpu", "--threads", "1", *cluster)
        return outcome(app.main, ("nstcam", *words, *common), monkeypatch, capsys)

    return start


def pictures_in(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:02}.png"), rng.integers(0, 256, (40, 50, 3), dtype=np.uint8))


def records(text: str) -> list[dict[str, Any]]:
    """The JSON report, without what depends on where and when the work was done."""
    found = json.loads(text)
    for record in found:
        record.pop("elapsed", None), record.pop("device", None), record.pop("target")
    return list(found)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_of_clips_has_the_files_and_the_report_of_a_run_alone(tmp_path: Path, run: Run) -> None:
    for number in range(3):
        write_clip(tmp_path / "in" / f"{number}.mp4", frames=6 + number, audio="aac")
    (tmp_path / "in" / "no.mp4").write_bytes(b"no video")
    words = ("video", "in", "--encoder", "software", "--json")
    code, alone, errors = run(*words, "-o", "alone")
    code_there, together, errors_there = run(*words, "-o", "out", engine=ThreadEngine())
    assert (code_there, errors_there) == (code, errors)
    assert code == 1
    assert records(together) == records(alone)
    assert [record["status"] for record in records(together)] == ["done"] * 3 + ["failed"]
    assert files_of(tmp_path / "out") == files_of(tmp_path / "alone")


def test_short_clips_are_painted_side_by_side(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of two workers begins before the other has a clip, too."""
    met, sources = threading.Barrier(2, timeout=60), set()
    paint = Painter.paint

    def waiting(self: Painter, work: dict[str, Any]) -> Answer:
        sources.add(Path(work["source"]).name)
        met.wait()
        return paint(self, work)

    monkeypatch.setattr(Painter, "paint", waiting)
    for number in range(2):
        write_clip(tmp_path / "in" / f"{number}.mp4", frames=4)
    code, said, _ = run("video", "in", "-o", "out", engine=ThreadEngine())
    assert code == 0
    assert sources == {"0.mp4", "1.mp4"}
    assert said.splitlines()[-1] == "2 of 2 done"


def test_one_set_of_workers_opens_the_styles_for_all_clips(tmp_path: Path, run: Run) -> None:
    for number in range(4):
        write_clip(tmp_path / "in" / f"{number}.mp4", frames=3)
    engine = ThreadEngine()
    assert run("video", "in", "-o", "out", engine=engine)[0] == 0
    assert sorted(number for number, method in engine.calls if method == "begin") == [1, 2]


def test_a_folder_of_pictures_has_the_files_and_the_report_of_a_run_alone(tmp_path: Path, run: Run) -> None:
    pictures_in(tmp_path / "in", 9)
    (tmp_path / "in" / "no.png").write_bytes(b"\x89PNG damaged")
    code, alone, errors = run("image", "in", "-o", "alone", "--strength", "0.5")
    code_there, together, errors_there = run("image", "in", "-o", "out", "--strength", "0.5", engine=ThreadEngine())
    assert (code_there, errors_there) == (code, errors)
    assert code == 1
    assert sorted(together.replace("out/", "alone/").splitlines()) == sorted(alone.splitlines())
    assert files_of(tmp_path / "out") == files_of(tmp_path / "alone")
    assert len(files_of(tmp_path / "out")) == 9


def test_pictures_of_a_lost_worker_are_painted_by_another(
    tmp_path: Path, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    lost: list[int] = []

    def before(number: int, method: str) -> None:
        if method == "paint_pictures" and not lost:
            lost.append(number)
            raise LostError("its machine has burnt down")

    pictures_in(tmp_path / "in", 9)
    code, _, errors = run("image", "in", "-o", "out", engine=ThreadEngine(before))
    assert code == 0
    assert len(files_of(tmp_path / "out")) == 9
    assert f"worker {lost[0]} (" in errors + caplog.text
    assert ".png and 1 more, which another one makes (its machine has burnt down)" in errors + caplog.text


def test_resume_paints_the_pictures_that_are_missing(tmp_path: Path, run: Run) -> None:
    pictures_in(tmp_path / "in", 3)
    assert run("image", "in", "-o", "out")[0] == 0
    (tmp_path / "out" / "01.png").unlink()
    code, said, _ = run("image", "in", "-o", "out", "--resume", engine=ThreadEngine())
    assert code == 0
    assert sorted(said.splitlines()) == sorted(
        ["out/00.png exists already", "out/02.png exists already", "out/01.png: mine", "3 of 3 done"]
    )
    assert run("image", "in", "-o", "out", "--resume")[0] == 0, "alone, too"
    code, _, errors = run("image", "in", "-o", "out", engine=ThreadEngine())
    assert code == 1
    assert "00.png exists" in errors


def test_pictures_that_arrive_damaged_are_painted_again(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted, sent = Painter.paint_pictures, []

    def careless(self: Painter, work: dict[str, Any]) -> Answer:
        answer = painted(self, work)
        sent.append(work)
        return {**answer, "pictures": [b"<html>"]} if len(sent) == 1 else answer

    monkeypatch.setattr(Painter, "paint_pictures", careless)
    pictures_in(tmp_path / "in", 1)
    assert run("image", "in", "-o", "out", engine=ThreadEngine())[0] == 0
    assert len(sent) == 2
    assert list(files_of(tmp_path / "out")) == ["00.png"]
