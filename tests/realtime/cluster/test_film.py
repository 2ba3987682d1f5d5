"""Tests of a film that workers paint; here they are threads, tests/realtime/cluster/test_ray.py has real ones."""

from __future__ import annotations

import itertools
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.tools.waiting import until
from nstcam.media.cluster import LostError, Size
from nstcam.realtime.cluster import crew, job, painter
from nstcam.realtime.cluster.film import paint_film
from nstcam.realtime.cluster.job import Film, difference
from nstcam.realtime.cluster.kept import count_of_parts
from nstcam.realtime.cluster.painter import Painter
from nstcam.realtime.cluster.tally import Progress
from nstcam.realtime.cluster.task import Answer, Task
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.errors import NstError, SinkError, SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import Offset
from nstcam.realtime.video import examined
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.timestamps import packet_times
from nstcam.realtime.video.work_folder import fingerprint
from tests.support.cluster.film import Elsewhere, film_in, painted_alone
from tests.support.cluster.thread_engine import ThreadEngine, losing
from tests.support.full_disk import at_most_bytes_in_a_file
from tests.support.media.clips import look, packets

TWO = Size(2, 1)


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return film_in(tmp_path)


def test_parts_of_two_workers_are_the_single_run(tmp_path: Path, film: Film) -> None:
    report = paint_film(film, tmp_path / "out.mp4", ThreadEngine(), TWO)
    painted_alone(film, tmp_path / "alone.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()
    assert look(tmp_path / "out.mp4").codecs == ["h264", "aac"]
    assert (report.frames, report.size_wh, report.audio_copied) == (60, (64, 48), 1)
    assert report.device == "CPU of 2 workers"
    assert not (tmp_path / ".out.mp4.nstcam").exists()


def test_a_film_is_examined_once_for_all_parts(tmp_path: Path, film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    film = replace(film, settings=replace(film.settings, follow=True))
    painted_alone(film, tmp_path / "alone.mp4")
    measured, counted = [], []
    follow, count = Follower.follow, packet_times

    def following(self: Follower, frame: Frame) -> Offset:
        measured.append(frame.shape)
        return follow(self, frame)

    def counting(path: Path, *span: Any) -> list[float]:
        counted.append(path)
        return count(path, *span)

    monkeypatch.setattr(Follower, "follow", following)
    monkeypatch.setattr(examined, "packet_times", counting)
    engine = ThreadEngine()
    paint_film(film, tmp_path / "out.mp4", engine, TWO)
    assert len([method for _, method in engine.calls if method == "paint"]) == 2
    assert (len(measured), len(counted)) == (60, 1)
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()


def test_a_lost_worker_is_named_and_its_part_made_again(
    tmp_path: Path, film: Film, caplog: pytest.LogCaptureFixture
) -> None:
    engine = losing(2, "paint")
    paint_film(film, tmp_path / "out.mp4", engine, TWO)
    painted_alone(film, tmp_path / "alone.mp4")
    assert packets(tmp_path / "out.mp4") == packets(tmp_path / "alone.mp4")
    (line,) = [record.getMessage() for record in caplog.records if "lost" in record.getMessage()]
    assert line.startswith("worker 2 (")
    assert " of 2, which another one makes (its machine has burnt down)" in line
    assert (3, "begin") in engine.calls, "another one was started"


def test_a_worker_that_does_not_see_the_source_gets_it_once(tmp_path: Path, film: Film) -> None:
    engine = ThreadEngine()
    paint_film(film, tmp_path / "out.mp4", engine, TWO, kind=Elsewhere)
    assert sorted(number for number, method in engine.calls if method == "take_references") == [1, 2]
    assert packets(tmp_path / "out.mp4") == packets(painted_alone(film, tmp_path / "alone.mp4"))


def test_another_file_of_the_same_name_is_not_the_source(tmp_path: Path) -> None:
    here, there = tmp_path / "here.mp4", tmp_path / "there.mp4"
    here.write_bytes(b"a film")
    there.write_bytes(b"another film")
    known = fingerprint(here)
    assert painter._is_source(here, known)
    assert not painter._is_source(there, known)
    assert not painter._is_source(tmp_path / "none.mp4", known)
    assert not painter._is_source(tmp_path, known)


def test_a_worker_of_another_version_is_not_used(tmp_path: Path, film: Film, caplog: pytest.LogCaptureFixture) -> None:
    class Older(Painter):
        numbers = itertools.count()

        def begin(self, job: dict[str, Any]) -> Answer:
            number, answer = next(self.numbers), super().begin(job)
            return {**answer, "versions": {**answer["versions"], "av": "9.0"}} if number == 0 else answer

    engine = ThreadEngine()
    paint_film(film, tmp_path / "out.mp4", engine, TWO, kind=Older)
    (line,) = [record.getMessage() for record in caplog.records if "install" in record.getMessage()]
    assert "has av 9.0, not " in line
    assert len({number for number, method in engine.calls if method == "paint"}) == 1


def test_without_any_worker_of_this_version_it_ends(
    tmp_path: Path, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painter, "versions", lambda: {**job.versions(), "nstcam": "99.0"})
    with pytest.raises(NstError, match=r"no worker of threads can be used; the last one has nstcam 99\.0, not "):
        paint_film(film, tmp_path / "out.mp4", ThreadEngine(), TWO)
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "mine.onnx"}


def test_versions_are_compared_by_package() -> None:
    assert difference({"nstcam": "1", "av": "14"}, {"nstcam": "1", "av": "14"}) is None
    assert difference({"nstcam": "1", "av": "14"}, {"nstcam": "1"}) == "no av"
    assert difference({"nstcam": "1"}, {"nstcam": "1", "av": "14"}) == "av"


def test_ctrl_c_keeps_finished_parts_and_resume_goes_on(
    tmp_path: Path, film: Film, caplog: pytest.LogCaptureFixture
) -> None:
    target = tmp_path / "out.mp4"
    kept = tmp_path / ".out.mp4.nstcam"

    def stop() -> bool:
        return len(list(kept.glob("*.nstpart"))) >= 1

    with pytest.raises(Stopped, match=r"stopped; .*out\.mp4 was not written"):
        paint_film(film, target, ThreadEngine(), Size(4, 1), stop=stop)
    assert not target.exists()
    assert "add --resume to continue" in caplog.text
    finished = len(list(kept.glob("*.nstpart")))
    assert 1 <= finished < 8
    with pytest.raises(SinkError, match=r"an earlier run for .*out\.mp4 was interrupted"):
        paint_film(film, target, ThreadEngine(), TWO)
    with pytest.raises(SinkError, match=r"interrupted, with --cluster; continue it so with --resume"):
        stylize_video(film.source, target, None, resume=True)  # type: ignore[arg-type]
    other = replace(film, settings=replace(film.settings, strength=0.5))
    with pytest.raises(SinkError, match=r"used another strength than 0\.5; give the same value"):
        paint_film(other, target, ThreadEngine(), TWO, resume=True)
    engine = ThreadEngine()
    report = paint_film(film, target, engine, TWO, resume=True)
    assert report.resumed_at > 0
    assert len([call for call in engine.calls if call[1] == "paint"]) == 4 - finished
    assert target.read_bytes() == painted_alone(film, tmp_path / "alone.mp4").read_bytes()


def test_a_damaged_part_is_made_again(tmp_path: Path, film: Film) -> None:
    """Whether it arrives damaged, or lies so in the folder of an interrupted run."""
    sent: list[int] = []

    class Careless(Painter):
        def paint(self, work: dict[str, Any]) -> Answer:
            answer = super().paint(work)
            sent.append(work["part"])
            return {**answer, "data": answer["data"][:500]} if sent == [work["part"]] else answer

    paint_film(film, tmp_path / "out.mp4", ThreadEngine(), TWO, kind=Careless)
    assert len(sent) == len(set(sent)) + 1
    assert packets(tmp_path / "out.mp4") == packets(painted_alone(film, tmp_path / "alone.mp4"))


def test_a_source_that_cannot_be_painted_ends_the_run(tmp_path: Path, film: Film) -> None:
    class Damaged(Painter):
        def paint(self, work: dict[str, Any]) -> Answer:
            return {"error": "clip.mp4 is damaged at 1.2 s", "again": False}

    with pytest.raises(SourceError, match=r"clip\.mp4 is damaged at 1\.2 s"):
        paint_film(film, tmp_path / "out.mp4", ThreadEngine(), TWO, kind=Damaged)


def test_a_full_disk_ends_the_run_with_one_line(tmp_path: Path, film: Film) -> None:
    with at_most_bytes_in_a_file(3000), pytest.raises(NstError, match=r"(check the free space|failed 3 times)"):
        paint_film(film, tmp_path / "out.mp4", ThreadEngine(), TWO)
    assert not (tmp_path / "out.mp4").exists()


def test_workers_that_keep_dying_end_the_run(tmp_path: Path, film: Film) -> None:
    def before(_: int, method: str) -> None:
        if method == "begin":
            raise LostError("no memory")

    with pytest.raises(NstError, match="4 workers were lost one after the other, the last because no memory"):
        paint_film(film, tmp_path / "out.mp4", ThreadEngine(before), TWO)


def test_the_bar_has_all_frames_and_each_workers_speed(
    tmp_path: Path, film: Film, caplog: pytest.LogCaptureFixture
) -> None:

    class Slow(Painter):
        def paint(self, work: dict[str, Any]) -> Answer:
            until(lambda: "1: 0.0, 2: 0.0" in {progress.beside for progress in told})
            return super().paint(work)

    told: list[Progress] = []
    paint_film(film, tmp_path / "out.mp4", ThreadEngine(), TWO, kind=Slow, progress=told.append)
    assert told[-1].total == 60


@pytest.mark.parametrize(
    ("segments", "workers", "parts"),
    [(1, 8, 1), (5, 2, 2), (9, 2, 2), (100, 2, 4), (1440, 100, 200), (3, 3, 3), (40, 3, 6)],
)
def test_parts_are_enough_for_retries_and_few_enough_to_cost_little(segments: int, workers: int, parts: int) -> None:
    assert count_of_parts(segments, workers) == parts


def test_a_slow_worker_is_named_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    workers = [crew.Worker(number, None, host=f"host{number}") for number in (1, 2, 3)]
    for worker in workers:
        worker.takes(Task("a part", "paint", {}, lambda _: None))
        worker.told(1)
    now = 20.0
    for worker, frames in zip(workers, (201, 11, 221), strict=True):
        worker.told(frames)
    with caplog.at_level(logging.WARNING):
        crew.name_slow(workers)
        crew.name_slow(workers)
    assert [record.getMessage() for record in caplog.records] == ["worker 2 (host2) paints 0.5 fps, others 10.5"]
