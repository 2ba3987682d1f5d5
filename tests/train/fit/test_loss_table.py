"""Tests losses.csv."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nstcam.train.errors import TrainError
from nstcam.train.fit.loss_table import loss_table
from nstcam.train.progress import Step


def step(number: int) -> Step:
    return Step(number, number / 9, 1.5, 0.25, 0.5, 0.125, 0.0625, 2.0 * number)


def test_each_step_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    with loss_table(path, [step(1)]) as add:
        add(step(2))
        rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["step"] for row in rows] == ["1", "2"]
    assert rows[1] == {
        "step": "2", "seconds": "4", "total": "1.5", "content": "0.25", "style": "0.5", "tone": "0.125",
        "flicker": "0.0625",
    }  # fmt: skip


def test_steps_that_no_checkpoint_has_are_not_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    with loss_table(path, []) as add:
        for number in (1, 2, 3):
            add(step(number))
    with loss_table(path, [step(1)]) as add:  # killed after a checkpoint at step 1
        add(step(2))
    assert [row["step"] for row in csv.DictReader(path.read_text().splitlines())] == ["1", "2"]


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("mine")
    path = tmp_path / "losses.csv"
    path.symlink_to(other)
    with loss_table(path, []) as add:
        add(step(1))
    assert other.read_text() == "mine"
    assert not path.is_symlink()


def test_a_folder_in_its_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "losses.csv" / "x").mkdir(parents=True)
    with pytest.raises(TrainError, match=r"losses\.csv cannot be written"), loss_table(tmp_path / "losses.csv", []):
        pass
