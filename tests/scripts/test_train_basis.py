"""Tests the command that makes the basis: its paintings, its errors and the file that it writes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from nstcam.train.basis.made_up import NUMBERS
from nstcam.train.basis.pack import Basis
from nstcam.train.basis.run import Sources
from nstcam.train.errors import TrainError
from nstcam.train.picture import write_picture
from scripts import train_basis
from scripts.style_pictures.__main__ import PICTURES as DRAWINGS
from tests.support.training.short import PAINTING
from tests.train.basis.test_pack import random_basis


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one", "two", "other/three"):
        write_picture(tmp_path / "paintings" / f"{name}.png", PAINTING)
    (tmp_path / "paintings" / "notes.txt").touch()
    return tmp_path


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    paintings = str(folder / "paintings")
    output = ("--output", str(folder / "basis.npz"), "--work", str(folder / "work"))
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["train_basis", paintings, paintings, *output, *arguments])
    train_basis.main()


def test_it_learns_all_paintings_but_some_and_writes_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def train(sources: Sources, work: Path, **_: object) -> Basis:
        given.extend((list(sources.paintings), len(sources.photographs), work))
        return random_basis()

    monkeypatch.setattr(train_basis, "train_basis", train)
    run(folder, monkeypatch, "--without", "two")
    names, photographs, work = given
    assert [name for name in names if not name.startswith(("drawn-", "made-up-"))] == ["one", "three"]
    assert len(names) == 2 + len(DRAWINGS) + len(NUMBERS)
    assert (photographs, work) == (3, folder / "work")
    assert (folder / "basis.npz").stat().st_size > 1000


def test_what_is_wrong_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"^train_basis: --without four: no such painting; there are one three two$"):
        run(folder, monkeypatch, "--without", "four")
    write_picture(folder / "paintings" / "other" / "one.png", PAINTING)
    with pytest.raises(SystemExit, match=r"have the same name; rename one$"):
        run(folder, monkeypatch)
    with pytest.raises(TrainError, match="there are no pictures in"):
        train_basis.picture_files(folder / "nowhere")
    assert not (folder / "basis.npz").exists()
