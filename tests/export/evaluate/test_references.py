"""Tests references: computing, saving and finding them, and comparing a loss with them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from nstcam.export.errors import ExportError
from nstcam.export.evaluate import references
from nstcam.export.evaluate.appearance import appearance, range_of
from nstcam.export.evaluate.closeness import ClosenessMeter
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import sized
from nstcam.export.evaluate.references import (
    Reference,
    Task,
    complete_references,
    equivalent_evaluation,
    loss_ratio,
    make_reference,
    read_references,
    task_of,
    write_references,
)
from nstcam.train.fit.evaluate import Fit
from nstcam.train.loss.objective import Objective, ObjectiveConfig
from nstcam.train.picture import read_rgb, shrink_to, to_tensor
from tests.support.models.tiny import random_loss_network

TASK = Task("a.jpg", "aa", "b.jpg", "bb", "256", 384, 0.7)
CPU = torch.device("cpu")
CURVE = (8.0, 4.0, 2.0, 2.0, 1.0)


def picture(path: Path, seed: int, size_wh: tuple[int, int] = (48, 40)) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (size_wh[1], size_wh[0], 3)).astype(np.uint8)
    assert cv2.imwrite(str(path), cv2.GaussianBlur(pixels, (0, 0), seed))
    return path


def test_rho_is_over_the_best_of_the_curve() -> None:
    assert loss_ratio(3, CURVE) == 3
    assert loss_ratio(3, [8, 1.5, 2]) == 2


@pytest.mark.parametrize(
    ("total", "evaluations"),
    [(9, 1), (8, 1), (6, 1.5), (4, 2), (3, 2.5), (2, 3), (1.5, 4.5), (1, 5), (0.5, 5)],
)
def test_equivalent_evaluation_is_interpolated(total: float, evaluations: float) -> None:
    assert equivalent_evaluation(total, CURVE) == pytest.approx(evaluations)


def test_a_leap_upwards_counts_as_no_progress() -> None:
    assert equivalent_evaluation(3, [8, 4, 9, 2]) == pytest.approx(3.5)


def test_references_are_read_as_written_and_found_under_any_name(tmp_path: Path) -> None:
    one = Reference(TASK, list(CURVE), 0.4, {"relu1_2": 0.1}, {"contour": 0.5})
    other = replace(one, task=replace(TASK, size="512"))
    write_references(tmp_path / "r.json", [other, one])
    found = read_references(tmp_path / "r.json")
    assert found == {one.task.key: one, other.task.key: other}
    assert replace(TASK, painting="renamed.png").key in found
    assert replace(TASK, style_strength=0.5).key not in found
    assert list(tmp_path.iterdir()) == [tmp_path / "r.json"]


def test_no_file_is_no_references(tmp_path: Path) -> None:
    assert read_references(tmp_path / "none.json") == {}


@pytest.mark.parametrize("text", ["{", "[1]", '[{"task": {}}]', "[" * 100_000, "1", "\0"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(ExportError, match=r"r\.json cannot be read as references"):
        read_references(tmp_path / "r.json")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("curve", []), ("curve", 1), ("curve", ["1"]), ("curve", [float("nan")]), ("curve", [10**400]),
        ("content", None), ("style", []), ("style", {"relu1_2": "x"}),
        ("appearance", None), ("appearance", {"contour": "x"}), ("appearance", {"contour": float("inf")}),
        ("task.size", 256), ("task.style_size", "384"), ("task.style_size", 10**9), ("task.style_strength", None),
    ],
)  # fmt: skip
def test_each_value_is_checked(tmp_path: Path, place: str, value: object) -> None:
    write_references(tmp_path / "r.json", [Reference(TASK, list(CURVE), 0.4, {"relu1_2": 0.1}, {"contour": 0.5})])
    assert len(read_references(tmp_path / "r.json")) == 1
    (entry,) = json.loads((tmp_path / "r.json").read_text())
    outer, _, inner = place.partition(".")
    (entry[outer] if inner else entry)[inner or outer] = value
    (tmp_path / "r.json").write_text(json.dumps([entry]))
    with pytest.raises(ExportError, match=r"r\.json cannot be read as references"):
        read_references(tmp_path / "r.json")


def test_a_loss_of_nothing_is_no_divisor() -> None:
    assert loss_ratio(1, [2, 0]) == pytest.approx(20_000)


def test_a_made_reference_starts_at_the_content_and_falls(tmp_path: Path) -> None:
    painting, content = picture(tmp_path / "p.png", 1), picture(tmp_path / "c.png", 4)
    network = random_loss_network()
    task = task_of(painting, content, "40", LossSettings(40, 0.5))
    pixels = sized(read_rgb(content), "40")
    made = make_reference(task, read_rgb(painting), pixels, network, evaluations=12)
    own = ClosenessMeter(network, painting, LossSettings(40, 0.5), {}).fit(pixels, pixels)
    assert own.content == 0
    assert made.curve[0] == pytest.approx(own.total(0.5), abs=1e-3)
    assert len(made.curve) == 12
    assert made.curve == sorted(made.curve, reverse=True)
    assert made.curve[-1] < 0.7 * made.curve[0]
    best = Fit(made.content, made.style).total(0.5)
    assert best <= made.curve[-1] + 1e-3  # the rest is the penalty for pixels out of range


def test_the_yardstick_measures_what_is_optimised(tmp_path: Path) -> None:
    painting, content = picture(tmp_path / "p.png", 1), picture(tmp_path / "c.png", 4)
    network = random_loss_network()
    before, after = read_rgb(content), 255 - read_rgb(content)
    found = ClosenessMeter(network, painting, LossSettings(40, 0.7), {}).fit(after, before)
    start = to_tensor(before, CPU)
    style = to_tensor(shrink_to(read_rgb(painting), 40), CPU)
    errors, _ = Objective(network, start, [(style, 1.0)], ObjectiveConfig(style_weight=0.7))(to_tensor(after, CPU))
    assert found.total(0.7) == pytest.approx(errors.total, rel=1e-4)
    assert found.style == pytest.approx(dict(errors.layers), rel=1e-4)


def test_a_reference_tells_how_its_best_picture_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painting, content = picture(tmp_path / "p.png", 1), picture(tmp_path / "c.png", 4)
    boxes = [(0, 0, 24, 24)]
    monkeypatch.setattr(references, "faces_in", lambda *_: boxes)
    made = complete_references(
        tmp_path / "r.json", painting, [content], ["40"], LossSettings(40), random_loss_network(), evaluations=1
    )
    (reference,) = made.values()
    pixels = sized(read_rgb(content), "40")  # the first evaluation is of the photograph itself
    wanted = range_of(shrink_to(read_rgb(painting), 40))
    assert reference.appearance == pytest.approx(appearance(pixels, pixels, boxes, wanted), abs=1e-3)
    assert "face structure" in reference.appearance


def test_missing_references_are_made_once_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    painting, one, two = (picture(tmp_path / f"{seed}.png", seed) for seed in (1, 3, 4))
    file, network = tmp_path / "r.json", random_loss_network()

    def complete(pictures: list[Path]) -> int:
        return len(
            complete_references(file, painting, pictures, ["32", "40"], LossSettings(40), network, evaluations=2)
        )

    assert complete([one]) == 2
    assert complete([one, two]) == 4
    assert capsys.readouterr().out.count("reference") == 4
    before = file.read_bytes()
    assert complete([two]) == 4
    assert capsys.readouterr().out == ""
    assert file.read_bytes() == before


def test_runs_that_share_a_file_keep_each_others_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    painting, one, two = (picture(tmp_path / f"{seed}.png", seed) for seed in (1, 3, 4))
    file, network = tmp_path / "r.json", random_loss_network()
    elsewhere = Reference(TASK, list(CURVE), 0.4, {}, {})
    same = Reference(task_of(painting, two, "40", LossSettings(40)), [1.0], 0.5, {}, {})
    make, made = references.make_reference, []

    def while_another_works(task: Task, *inputs: Any) -> Reference:
        made.append(task.picture)
        write_references(file, [elsewhere, same])
        return make(task, *inputs)

    monkeypatch.setattr(references, "make_reference", while_another_works)
    known = complete_references(file, painting, [one, two], ["40"], LossSettings(40), network, evaluations=2)
    assert made == ["3.png"], "the other run has made the second one"
    assert read_references(file) == known
    assert {elsewhere.task.key, same.task.key} < known.keys()
    assert len(known) == 3


def test_what_another_run_is_writing_is_let_be(tmp_path: Path) -> None:
    (tmp_path / "r.json.part").write_text("half of it")
    write_references(tmp_path / "r.json", [Reference(TASK, list(CURVE), 0.4, {}, {})])
    assert (tmp_path / "r.json.part").read_text() == "half of it"


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    painting = picture(tmp_path / "p.png", 1)
    with pytest.raises(ExportError, match="cannot be written"):
        complete_references(
            tmp_path / "no" / "r.json", painting, [painting], ["40"], LossSettings(), random_loss_network(), 2
        )
