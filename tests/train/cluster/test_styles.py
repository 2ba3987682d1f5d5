"""Tests of styles that workers train, each its own; here the workers are threads, and nst-train is played by a file."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.media.cluster import Engine, LostError
from nstcam.train.cli import on_cluster, queue
from nstcam.train.cluster import styles
from nstcam.train.cluster.trainer import Answer, Trainer
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.network.checkpoint import Checkpoint, load_checkpoint
from tests.support.cluster.thread_engine import ThreadEngine
from tests.support.training.short import SHORT as TINY
from tests.support.training.short import Runner
from tests.support.training.train_folder import SHORT, TrainFolder

STYLES = ("--style", "a.png", "--style", "b.png", "--style", "c.png", *SHORT, "--init", "none")
ON_TWO = (*STYLES, "--cluster", "local", "--workers", "2")


class Played(Trainer):
    """Sends a checkpoint of one step while it trains, if that is to last, then one of two steps."""

    made: Checkpoint
    """Of two steps."""
    lasts = 0.0

    def train(self, work: dict[str, Any]) -> Answer:
        self._prepared(work)
        name = work["arguments"][work["arguments"].index("--name") + 1] if not work["run"] else "resumed"
        (self._run / "run.json").write_text(json.dumps({"content": [], "loss_network": "vgg16", "loss_weights": None}))
        assert self.made.state is not None
        state = {**self.made.state, "history": [{**self.made.state["history"][0], "progress": 0.5}]}
        self._save(replace(self.made, step=1, state=state), name)
        deadline = time.monotonic() + self.lasts
        while time.monotonic() < deadline:
            if self._stopped:
                return {"files": self._files(("checkpoint.pt", "run.json")), "finished": False}
            time.sleep(0.01)
        self._save(self.made, name)
        return {"files": self._files(("checkpoint.pt", "run.json")), "finished": True}

    def _save(self, checkpoint: Checkpoint, name: str) -> None:
        replace(checkpoint, identity=replace(checkpoint.identity, name=name)).save(self._run / CHECKPOINT_NAME)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return Runner()(tmp_path_factory.mktemp("made"), replace(TINY, steps=2))


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made: Checkpoint
) -> TrainFolder:
    found = TrainFolder(tmp_path, monkeypatch, capsys)
    for seed, name in enumerate("abc"):
        found.paint(f"{name}.png", seed)
    monkeypatch.setattr(Played, "made", made, raising=False)
    monkeypatch.setattr(styles, "_LOOK_SECONDS", 0.02)
    use(monkeypatch)
    return found


def use(monkeypatch: pytest.MonkeyPatch, kind: type = Played) -> ThreadEngine:
    """Workers of that class are threads of the engine."""
    engine = ThreadEngine()

    @contextmanager
    def connect(address: str, cores: int) -> Iterator[Engine]:
        assert address == "local"
        yield engine

    def train(options: Any) -> None:
        on_cluster.train_on_cluster(options, connect, functools.partial(styles.Studio, kind=kind, home_seconds=0.02))

    monkeypatch.setattr(queue, "train_on_cluster", train)
    return engine


def test_each_style_is_trained_on_a_worker_and_comes_home(
    command: TrainFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = use(monkeypatch)
    code, out, error = command.run(*ON_TWO)
    assert code == 0, error
    assert [command.checkpoint(name).identity.name for name in "abc"] == ["a", "b", "c"]
    assert sorted(out.splitlines()) == [f"runs/{name}: 2 steps; see preview.png there" for name in "abc"]
    assert sorted(number for number, method in engine.calls if method == "begin") == [1, 2]
    assert not list(command.folder.glob("runs/*/.*.arrived"))


def test_workers_are_not_asked_all_the_time(command: TrainFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = use(monkeypatch, type("Lasting", (Played,), {"lasts": 0.2}))
    monkeypatch.setattr(styles, "time", SimpleNamespace(monotonic=lambda: 100.0))
    code, _, error = command.run("--style", "a.png", *SHORT, "--init", "none", "--cluster", "local")
    assert code == 0, error
    assert "so_far" not in {method for _, method in engine.calls}, "the clock stands still"


def test_a_lost_worker_is_named_and_another_continues_from_what_came_home(
    command: TrainFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given: list[bool] = []

    class Fading(Played):
        """Its machine burns down as soon as its first checkpoint has come home."""

        def train(self, work: dict[str, Any]) -> Answer:
            given.append(bool(work["run"]))
            if work["run"]:
                return super().train(work)
            self.lasts = 20.0
            super().train(work)
            raise LostError("its machine has burnt down")

        def so_far(self) -> Answer:
            answer = super().so_far()
            self._stopped = not answer["files"] and self._sent > 0
            return answer

    use(monkeypatch, Fading)
    code, _, error = command.run("--style", "a.png", *SHORT, "--init", "none", "--cluster", "local")
    assert code == 0, error
    assert given == [False, True]
    assert "in a, which another one continues from step 1 (its machine has burnt down)" in error + caplog.text
    assert command.checkpoint("a").step == 2


def test_ctrl_c_takes_home_what_there_is_and_resume_goes_on(
    command: TrainFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Long(Played):
        lasts = 30.0

        def train(self, work: dict[str, Any]) -> Answer:
            on_cluster_stop.append(True)
            return super().train(work)

    on_cluster_stop: list[bool] = []
    use(monkeypatch, Long)
    train = styles.Studio.train

    def stopped_soon(self: styles.Studio, orders: Any, stop: Any) -> None:
        train(self, orders, lambda: len(on_cluster_stop) == 2)

    monkeypatch.setattr(styles.Studio, "train", stopped_soon)
    code, _, error = command.run(*ON_TWO)
    assert code == 130
    assert error.splitlines()[-1] == "not finished: a, b, c; to continue, run the same command with --resume"
    assert [command.checkpoint(name).step for name in "ab"] == [1, 1]
    assert not (command.folder / "runs" / "c" / CHECKPOINT_NAME).exists()
    use(monkeypatch, Played)
    monkeypatch.setattr(styles.Studio, "train", train)
    monkeypatch.setattr(on_cluster, "interrupted_run", interrupted)
    code, out, error = command.run(*ON_TWO, "--resume")
    assert code == 0, error
    assert "a: continues on worker " in error
    assert [command.checkpoint(name).step for name in "abc"] == [2, 2, 2]
    code, out, _ = command.run(*ON_TWO, "--resume")
    assert code == 0
    assert out.count("has already finished") == 3


def interrupted(folder: Path, _: object) -> Any:
    """Workers that only play send no painting."""

    class Run:
        resume = load_checkpoint(folder / CHECKPOINT_NAME)

    return Run


def test_what_a_worker_sends_is_checked(command: TrainFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that no tensors and plain values make up, and a file of another name, never reach the run folder."""

    class Strange(Played):
        def train(self, work: dict[str, Any]) -> Answer:
            return {"files": {CHECKPOINT_NAME: b"\x80\x04cos\nsystem\n.", "../x": b""}, "finished": True}

        def so_far(self) -> Answer:
            return {"files": {CHECKPOINT_NAME: b"\x80\x04cos\nsystem\n."}}

    use(monkeypatch, Strange)
    code, _, error = command.run("--style", "a.png", *SHORT, "--init", "none", "--cluster", "local")
    assert code == 1
    assert "a: failed 3 times, the last time because what it sent is damaged" in error
    assert {path.name for path in (command.folder / "runs" / "a").iterdir()} == {".lock"}


def test_a_style_that_cannot_be_trained_does_not_stop_the_rest(command: TrainFolder) -> None:
    code, _, error = command.run(*ON_TWO, "--style", "gone.png")
    assert code == 1
    assert error.splitlines()[-1] == "nst-train: 1 of 4 styles failed: gone"
    assert [command.checkpoint(name).step for name in "abc"] == [2, 2, 2]


def test_a_worker_of_another_version_is_not_used(command: TrainFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(styles, "version", lambda: "99.0")
    code, _, error = command.run(*ON_TWO)
    assert code == 1
    assert "no worker of threads can be used; the last one has nstcam " in error
    assert "not 99.0; install the same there" in error


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--cluster", "local", "--processes", "2"), "leave out --processes"),
        (("--cluster", "local", "--preview", "camera"), "leave out --preview"),
        (("--cluster", " "), "--cluster takes local, auto, HOST:PORT or ray://..."),
        (("--workers", "2"), "--workers is for --cluster"),
    ],
)
def test_contradictions_are_told(command: TrainFolder, words: tuple[str, ...], line: str) -> None:
    code, _, error = command.run("--style", "a.png", *words)
    assert code == 2
    assert line in error


def test_a_real_nst_train_is_started_and_its_error_told(tmp_path: Path) -> None:
    """The command line that a worker makes; nst-train itself runs in tests/realtime/cluster/test_ray.py's tier."""
    trainer = Trainer()
    commands: list[list[str]] = []

    def command(arguments: list[str]) -> list[str]:
        commands.append(arguments)
        return ["sh", "-c", "echo 'nst-train: no such painting' >&2; exit 1"]

    trainer.command = command  # type: ignore[method-assign]
    work = {"arguments": ["--steps", "2"], "painting": ("a.png", b"p"), "start": ("checkpoint.pt", b"s"), "run": {}}
    assert trainer.train(work) == {"error": "no such painting", "again": False}
    assert commands == [["--run", "run", "--steps", "2", "--style", "style.png", "--init", "init.pt"]]
    work["run"] = {"checkpoint.pt": b"c", "../x": b"x"}
    trainer.train(work)
    assert commands[1] == ["--resume", "--run", "run", "--steps", "2"]
    assert [path.name for path in trainer._run.iterdir()] == ["checkpoint.pt"]
    trainer.close()
    assert not trainer._folder.exists()
