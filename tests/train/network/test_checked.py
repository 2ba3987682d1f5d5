"""Tests values from files on both sides of each limit, and what is told beyond it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest
import torch

from nstcam.train.network import checked
from nstcam.train.network.networks import NetworkConfig
from nstcam.train.progress import Step
from tests.support.models.tiny import TINY_LITE, random_checkpoint
from tests.support.training.archives import write_compressed


def network(**values: Any) -> dict[str, Any]:
    return {"kind": "lite", "width": 16, "dilations": [1, 2], "canvas_channels": 4} | values


@pytest.mark.parametrize(
    ("name", "inside", "outside", "says"),
    [
        ("width", (2, 256), (1, 257), "width is not a whole number from 2 to 256"),
        ("canvas_channels", (0, 64), (-1, 65), "canvas_channels is not a whole number from 0 to 64"),
        ("dilations", ([1], [9], [1] * 64, ()), ([0], [10]), "dilation is not a whole number from 1 to 9"),
        ("dilations", (), ([1] * 65, "12", {1}), "dilations are not at most 64 numbers"),
        ("kind", ("lite",), ("wide", None), "network kind is unknown"),
    ],
)
def test_networks(name: str, inside: tuple[Any, ...], outside: tuple[Any, ...], says: str) -> None:
    for value in inside:
        made = checked.network_from(network(**{name: value}))
        assert getattr(made, name) == (tuple(value) if name == "dilations" else value)
    for value in outside:
        with pytest.raises(ValueError, match=f"^{says}$"):
            checked.network_from(network(**{name: value}))


def test_johnsons_network_has_no_farther_dilation_than_7_and_each_needs_its_fields() -> None:
    assert checked.network_from(network(kind="johnson", dilations=[7])).dilations == (7,)
    with pytest.raises(ValueError, match=r"^dilation is not a whole number from 1 to 7$"):
        checked.network_from(network(kind="johnson", dilations=[8]))
    with pytest.raises(ValueError, match=r"^network has no dilations, width$"):
        checked.network_from({"kind": "lite"})
    assert checked.network_from(asdict(TINY_LITE)) == TINY_LITE


def test_numbers_and_texts() -> None:
    assert [checked.whole(value, "n", 1, 3) for value in (1, 3)] == [1, 3]
    assert [checked.number(value, "n", 0, 1) for value in (0, 1, 0.5)] == [0, 1, 0.5]
    assert checked.number(-9e299, "n") == -9e299
    assert checked.text("x" * 1000, "n") == "x" * 1000
    told: dict[Callable[[], Any], str] = {
        lambda: checked.whole(True, "n", 0, 3): "n is not a whole number from 0 to 3",
        lambda: checked.whole(4, "n", 1, 3): "n is not a whole number from 1 to 3",
        lambda: checked.number(1.01, "n", 0, 1): "n is not a number from 0 to 1",
        lambda: checked.number(-0.01, "n", 0, 1): "n is not a number from 0 to 1",
        lambda: checked.number(1e300, "n"): "n is not a number",
        lambda: checked.number(-1e300, "n", 0): "n is not a number",
        lambda: checked.text("x" * 1001, "n"): "n is not a text of at most 1000 letters",
        lambda: checked.text(b"x", "n"): "n is not a text of at most 1000 letters",
    }
    for check, says in told.items():
        with pytest.raises(ValueError, match=f"^{says}$"):
            check()


def test_tensors() -> None:
    checked.check_tensor(torch.zeros(3), "t", None)
    checked.check_tensor(torch.zeros(3).expand(1, 3), "t", (1, 3))
    checked.check_tensor(torch.zeros(2, 3).bfloat16(), "t", (2, 3))
    for value, shape, says in (
        (torch.zeros(1, 3), None, "another shape or type"), (torch.zeros(3), (1, 3), "another shape or type"),
        (torch.zeros(3).int(), None, "another shape or type"), ([0.0], None, "is not a tensor"),
        (torch.zeros(1).expand(5), None, "larger than what is stored"), (torch.zeros(3) / 0, None, "is not finite"),
        (torch.zeros(3).to_sparse(), None, "is not a tensor"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=says):
            checked.check_tensor(value, "t", shape)
    nested = [{"a": [torch.ones(2)]}, (torch.ones(1), "x")]
    checked.check_finite({"b": nested, "c": 1}, "t")
    for infinite in ([{"a": [torch.ones(2) / 0]}], {"a": (torch.ones(1), torch.full((2,), float("nan")))}):
        with pytest.raises(ValueError, match=r"^t is not finite$"):
            checked.check_finite(infinite, "t")


def test_plain_values_to_a_depth_and_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nested(depth: int) -> dict[str, Any]:
        value: Any = None
        for _ in range(depth - 1):
            value = [value]
        return {"a": value}

    checked.check_plain({"a": [1, 2.5, "x", None, True, {"b": ()}]}, "p")
    checked.check_plain(nested(50), "p")
    with pytest.raises(ValueError, match=r"^p holds too much$"):
        checked.check_plain(nested(51), "p")
    monkeypatch.setattr(checked, "_MOST_VALUES", 4)  # the table itself is one
    checked.check_plain({"a": [1, 2]}, "p")
    with pytest.raises(ValueError, match=r"^p holds too much$"):
        checked.check_plain({"a": [1, 2, 3]}, "p")
    for value, says in (
        ({"a": 1j}, "p holds a complex"),
        ([], "p is not a table of values"),
        ({1: 2}, "p is not a text"),
    ):
        with pytest.raises(ValueError, match=says):
            checked.check_plain(value, "p")


def test_the_state_of_a_training_has_a_step_for_each_step() -> None:
    weights = random_checkpoint(TINY_LITE).weights
    step = dict.fromkeys((field.name for field in fields(Step)), 0.5)

    def state(**values: Any) -> dict[str, Any]:
        return {"weights": weights, "optimizer": {}, "history": [step, step], "frozen": False} | values

    checked.check_state(state(), TINY_LITE, 2)
    checked.check_state(state(palette={}), TINY_LITE, 2)
    checked.check_state(state(history=[{**step, "total": -3, "progress": 1}]), TINY_LITE, 1)
    for values, steps in (
        ({}, 1), ({}, 3), ({"more": 1}, 2), ({"frozen": 0}, 2), ({"optimizer": []}, 2), ({"history": (step, step)}, 2),
        ({"history": [step, {**step, "progress": 1.1}]}, 2), ({"history": [step, {**step, "progress": -0.1}]}, 2),
        ({"history": [step, {"step": 1}]}, 2),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"history|training state"):
            checked.check_state(state(**values), TINY_LITE, steps)
    wider = NetworkConfig("lite", TINY_LITE.width * 2, TINY_LITE.dilations, TINY_LITE.canvas_channels)
    with pytest.raises(ValueError, match="another shape or type"):
        checked.check_weights(weights, wider)


def test_a_file_takes_no_more_memory_than_it_has_bytes(tmp_path: Path) -> None:
    torch.save({"a": torch.arange(3)}, tmp_path / "good.pt")
    assert checked.load_tensors(tmp_path / "good.pt")["a"].tolist() == [0, 1, 2]
    write_compressed(tmp_path / "good.pt", tmp_path / "zip.pt")
    with pytest.raises(ValueError, match=r"^it would become larger$"):
        checked.load_tensors(tmp_path / "zip.pt")
