"""Tests of films on a Ray cluster of this machine: real processes, which are killed, starved and lied to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nstcam.realtime.cluster import film as film_module
from nstcam.realtime.cluster.engine import Engine, Size, connected
from nstcam.realtime.cluster.film import paint_film
from nstcam.realtime.cluster.job import Film
from nstcam.realtime.cluster.kept import KeptParts
from nstcam.realtime.errors import NstError
from tests.support.cluster.film import (
    Elsewhere,
    OfAnotherVersion,
    OnFullDisk,
    Simulated,
    Sleepy,
    film_in,
    painted_alone,
)

pytest.importorskip("ray", reason="Ray, the extra cluster, is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

TWO = Size(2, 1)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with connected("local", 4) as found:
        yield found


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return film_in(tmp_path)


def painting() -> list[int]:
    """The processes that paint a part at this moment, on Linux."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b".paint" in (folder / "cmdline").read_bytes()[:60] and (folder / "stat").stat().st_uid == os.getuid():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_two_workers_write_the_file_of_a_single_run(tmp_path: Path, film: Film, engine: Engine) -> None:
    for kind in (Sleepy, Elsewhere):  # the source seen, and sent
        paint_film(film, tmp_path / "out.mp4", engine, TWO, kind=kind, overwrite=True)
        alone = painted_alone(film, tmp_path / "alone.mp4") if kind is Sleepy else tmp_path / "alone.mp4"
        assert (tmp_path / "out.mp4").read_bytes() == alone.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_killed_worker_is_named_and_replaced(
    tmp_path: Path, film: Film, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    killed: list[int] = []

    def stop() -> bool:
        if not killed and (pids := painting()):
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)
        return False

    paint_film(film, tmp_path / "out.mp4", engine, TWO, kind=Sleepy, stop=stop)
    assert killed
    assert [record.getMessage() for record in caplog.records if "which another one makes" in record.getMessage()]
    assert (tmp_path / "out.mp4").read_bytes() == painted_alone(film, tmp_path / "alone.mp4").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_FSIZE")
def test_a_worker_with_a_full_disk_is_named_and_another_does_its_part(
    tmp_path: Path, film: Film, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    paint_film(film, tmp_path / "out.mp4", engine, TWO, kind=OnFullDisk)
    assert [record.getMessage() for record in caplog.records if "could not make part" in record.getMessage()]
    assert (tmp_path / "out.mp4").read_bytes() == painted_alone(film, tmp_path / "alone.mp4").read_bytes()


def test_workers_of_another_version_are_refused(tmp_path: Path, film: Film, engine: Engine) -> None:
    with pytest.raises(NstError, match=r"no worker of local can be used; the last one has nstcam 99\.0, not "):
        paint_film(film, tmp_path / "out.mp4", engine, TWO, kind=OfAnotherVersion)


@pytest.mark.skipif(sys.platform != "linux", reason="kills as Linux does")
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, engine: Engine) -> None:
    command = [sys.executable, "-m", "tests.support.cluster.film", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    kept = tmp_path / ".out.mp4.nstcam"
    deadline = time.monotonic() + 300
    while not list(kept.glob("*.nstpart")):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.05)
    running.kill()
    running.wait()
    finished = len(list(kept.glob("*.nstpart")))
    film = film_in(tmp_path)
    report = paint_film(film, tmp_path / "out.mp4", engine, TWO, resume=True)
    assert report.resumed_at > 0
    assert finished < 2 or report.resumed_at == report.frames
    assert (tmp_path / "out.mp4").read_bytes() == painted_alone(film, tmp_path / "alone.mp4").read_bytes()


def test_more_workers_take_less_time_in_proportion(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that sleep for two seconds a part: what the sharing out alone costs, on however few cores."""
    monkeypatch.setattr("nstcam.realtime.cluster.kept.frames_of_part", lambda _: 1)
    monkeypatch.setattr(film_module, "count_of_parts", lambda *_, **__: 8)

    def joined(*_: object, **__: object) -> None:
        raise NstError("all are there")

    monkeypatch.setattr(film_module, "join_parts", joined)
    times: list[float] = []
    original = KeptParts.add

    def add(self: KeptParts, number: int, data: bytes) -> bool:
        times.append(time.monotonic())
        return original(self, number, data)

    monkeypatch.setattr(KeptParts, "add", add)
    took = {}
    for workers in (1, 2, 4):
        times.clear()
        film = film_in(tmp_path / str(workers))
        (tmp_path / str(workers) / f"{workers} wanted").touch()
        with pytest.raises(NstError, match="all are there"):
            paint_film(film, tmp_path / f"{workers}.mp4", engine, Size(workers, 1), kind=Simulated)
        took[workers] = times[-1] - times[0] + 2.0  # from when they began, all at once
    assert took[1] == pytest.approx(16, rel=0.1)
    for workers in (2, 4):
        assert took[workers] == pytest.approx(took[1] / workers, rel=0.1)
