"""Tests what is recorded about a training, and that the record suffices to repeat it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from nstcam.export.convert.exporter import export_style
from nstcam.train.content.sources import BuiltInSource, FileSource
from nstcam.train.fit.provenance import content_record, git_commit
from nstcam.train.picture import write_picture
from tests.support.training.train_folder import SHORT, TrainFolder


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> TrainFolder:
    return TrainFolder(tmp_path, monkeypatch, capsys)


def photo(path: Path, seed: int = 0, side: int = 96) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8))
    return path


def test_the_same_seed_gives_the_same_weights(command: TrainFolder) -> None:
    first, again, other = (
        command.train("--run", f"runs/{name}", "--seed", seed, run=name)
        for name, seed in (("first", "3"), ("again", "3"), ("other", "4"))
    )
    assert first.weights.keys() == again.weights.keys()
    assert all(torch.equal(first.weights[name], again.weights[name]) for name in first.weights)
    made, made_again = ({k: v for k, v in (c.provenance or {}).items() if k != "commit"} for c in (first, again))
    assert made == made_again  # the commit may change under a test
    assert made["content"]["files"] > 0
    assert not torch.equal(first.weights["up2.weight"], other.weights["up2.weight"])


def test_everything_it_was_made_with_is_in_checkpoint_and_style(command: TrainFolder, tmp_path: Path) -> None:
    photo(tmp_path / "photos" / "a.png")
    checkpoint = command.train("--seed", "3", "--stroke", "large", "--content", "photos")
    provenance = checkpoint.provenance
    assert provenance is not None
    assert (checkpoint.training["seed"], checkpoint.training["style_size"]) == (3, 896)
    assert provenance["torch"] == torch.__version__
    assert provenance["content"] == content_record(FileSource([tmp_path / "photos"]).listing())
    assert (provenance["device"], provenance["loss_network"], provenance["start"]) == ("cpu", "vgg16", None)
    assert provenance["dtype"] in ("float32", "bfloat16")
    assert {"nstcam", "commit", "threads"} <= provenance.keys()
    export_style(checkpoint, tmp_path / "x.onnx", check=False)
    entries = {entry.key: entry.value for entry in onnx.load(tmp_path / "x.onnx").metadata_props}
    training = json.loads(entries["nst.training"])
    assert training["origin"] == provenance
    assert (training["steps_done"], training["seed"], training["style_size"]) == (2, 3, 896)
    assert str(tmp_path) not in entries["nst.training"], "no private paths"


def test_a_resumed_run_keeps_its_origin_and_tells_other_content(
    command: TrainFolder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    photo(tmp_path / "photos" / "a.png")
    resume = ("--resume", "--run", "runs/painting", "--device", "cpu")
    command.interrupt_at(1)
    assert command.run("--style", "painting.png", *SHORT, "--content", "photos", "--steps", "3")[0] == 130
    first = command.checkpoint()
    command.interrupt_at(2)
    assert command.run(*resume)[0] == 130
    assert "the content is not" not in caplog.text
    photo(tmp_path / "photos" / "b.png", seed=1)
    assert command.run(*resume)[0] == 0
    assert "the content has changed since runs/painting began" in caplog.text
    assert command.checkpoint().provenance == first.provenance


def test_the_record_of_content_follows_names_and_sizes_only(tmp_path: Path) -> None:
    photo(tmp_path / "one" / "sub" / "a.png")
    photo(tmp_path / "one" / "b.png", 1)
    (tmp_path / "one" / "notes.txt").write_text("no picture")

    def record(folder: str) -> dict[str, int | str]:
        return content_record(FileSource([tmp_path / folder]).listing())

    first = record("one")
    assert first["files"] == 2
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert record("two") == first, "wherever the folder is"
    (tmp_path / "two" / "b.png").rename(tmp_path / "two" / "c.png")
    assert record("two") != first
    photo(tmp_path / "one" / "b.png", side=97)
    assert record("one") != first


def test_the_built_in_content_has_a_record() -> None:
    listing = BuiltInSource().listing()
    assert "astronaut.jpg" in dict(listing)
    assert min(size for _, size in listing) > 1000


class TestCommit:
    def git(self, folder: Path, *arguments: str) -> str:
        identity = ("-c", "user.name=n", "-c", "user.email=e")
        done = subprocess.run(
            ["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        if shutil.which("git") is None:
            pytest.skip("git is not installed")
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "a.py").write_text("1")
        self.git(tmp_path, "init", "-q")
        self.git(tmp_path, "add", ".")
        self.git(tmp_path, "commit", "-q", "-m", "first")
        return tmp_path

    def test_of_tracked_code(self, repository: Path) -> None:
        commit = self.git(repository, "rev-parse", "HEAD")[:12]
        assert git_commit(repository / "code") == commit
        (repository / "code" / "a.py").write_text("2")
        assert git_commit(repository / "code") == f"{commit}-dirty"

    def test_code_that_is_only_inside_a_repository_has_none(self, repository: Path) -> None:
        installed = repository / "site-packages" / "train"
        installed.mkdir(parents=True)
        (installed / "a.py").write_text("1")
        assert git_commit(installed) is None

    def test_without_git(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        assert git_commit(tmp_path) is None
