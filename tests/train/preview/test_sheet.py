"""Tests what the contact sheet and the loss curve show, and where."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from nstcam.train.picture import read_rgb
from nstcam.train.preview import sheet
from nstcam.train.preview.sheet import loss_curve, stylize, tile, within, write_preview
from tests.support.opencv_calls import opencv_calls


def plain(height: int, width: int, level: int = 50) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("hw", "rows", "columns"),
    [
        ((60, 30), (0, 120), (60, 120)),  # twice as large, bars on both sides
        ((40, 90), (20, 100), (0, 180)),
        ((240, 361), (0, 120), (0, 180)),
        ((1, 1000), (59, 60), (0, 180)),  # never thinner than a pixel
        ((1000, 1), (0, 120), (89, 90)),
    ],
)
def test_a_picture_lies_in_the_middle_of_white(
    hw: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    box = within(plain(*hw), (180, 120))
    expected = plain(120, 180, 255)
    expected[slice(*rows), slice(*columns)] = 50
    assert np.array_equal(box, expected)
    assert tile(plain(*hw)).shape == (256, 341, 3)


class Darker(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.tensor(0.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert not torch.is_grad_enabled()
        return x * self.share


def step(number: int, **errors: float) -> Any:
    return SimpleNamespace(step=number, **({"total": 1.0, "content": 1.0, "style": 1.0, "tone": 1.0} | errors))


def test_the_sheet_has_a_row_for_each_picture_and_the_painting_beside(tmp_path: Path) -> None:
    network: Any = Darker()
    assert stylize(network, plain(67, 81, 200)).shape == (64, 80, 3)
    write_preview([plain(256, 340, 200), plain(256, 340, 100)], plain(512, 300, 10), network, [step(1)], tmp_path)
    picture = read_rgb(tmp_path / "preview.png")
    assert picture.shape == (512, 3 * 341, 3)
    centres = [picture[y, x, 0] for y in (128, 384) for x in (170, 511)]
    assert centres == [200, 100, 100, 50]
    assert (picture[:, 2 * 341 + 25 : 2 * 341 + 315] == 10).all()
    assert (picture[:, -10:] == 255).all()
    curve = read_rgb(tmp_path / "loss.png")
    assert (curve[..., 0] > curve[..., 2].astype(int) + 150).any(), "style is red"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The calls of OpenCV, in order, instead of what they draw."""
    return opencv_calls(monkeypatch, "putText", "line", "polylines")


def test_the_curves_stand_on_a_logarithmic_axis(drawn: list[tuple[Any, ...]]) -> None:
    history = [step(10, total=0.01), step(20, total=10, tone=0.0), step(30, total=0.1)]
    image = loss_curve(history)
    assert image.shape == (480, 800, 3)
    assert (image == 255).all()
    font, grey = cv2.FONT_HERSHEY_SIMPLEX, (90, 90, 90)
    rows = {mark: 440 - (np.log10(mark) + 3) / 4 * 420 for mark in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)}
    expected: list[tuple[Any, ...]] = []
    for mark, y in rows.items():
        expected.append(("line", (60, int(y)), (780, int(y)), (225, 225, 225)))
        expected.append(("putText", f"{mark:g}", (8, int(y) + 4), font, 0.4, grey, 1, cv2.LINE_AA))
    assert drawn[: len(expected)] == expected, "from 0.001, what is smaller, to the largest"
    rest = drawn[len(expected) :]
    curves = {"total": (0, 0, 0), "content": (200, 90, 0), "style": (0, 0, 200), "tone": (0, 140, 0)}
    last = {"total": 0.1, "content": 1.0, "style": 1.0, "tone": 1.0}
    for place, (name, colour) in enumerate(curves.items()):
        kind, points, closed, *how = rest[2 * place]
        assert (kind, closed, how) == ("polylines", False, [colour, 1, cv2.LINE_AA])
        assert points[0][:, 0].tolist() == [60, 420, 780]
        ys = {"total": [0.01, 10, 0.1], "tone": [1, 0.001, 1]}.get(name, [1, 1, 1])
        assert points[0][:, 1].tolist() == [int(440 - (np.log10(y) + 3) / 4 * 420) for y in ys]
        told = f"{name} {last[name]:.3f}"
        assert rest[2 * place + 1] == ("putText", told, (70 + 170 * place, 468), font, 0.45, colour, 1, cv2.LINE_AA)
    assert rest[8:] == [("putText", "step 30", (690, 16), font, 0.45, (0, 0, 0), 1, cv2.LINE_AA)]


def test_one_level_only_is_drawn_at_the_bottom(drawn: list[tuple[Any, ...]]) -> None:
    loss_curve([step(1), step(2)])
    assert [call[1][0][:, 1].tolist() for call in drawn if call[0] == "polylines"] == [[440, 440]] * 4
    assert [call[1] for call in drawn[:2]] == [(60, 440), "1"]


@pytest.mark.parametrize(("steps", "window"), [(49, 1), (99, 1), (100, 2), (150, 3)])
def test_curves_are_the_mean_of_the_last_fiftieth(steps: int, window: int, drawn: list[tuple[Any, ...]]) -> None:
    values = np.random.default_rng(0).uniform(0.1, 1, steps)
    loss_curve([step(i, total=v) for i, v in enumerate(values)])
    label = next(call[1] for call in drawn if call[0] == "putText" and call[1].startswith("total"))
    assert label == f"total {values[-window:].mean():.3f}"
    points = next(call[1][0] for call in drawn if call[0] == "polylines")
    means = np.array([values[max(i - window + 1, 0) : i + 1].mean() for i in range(steps)])
    low, high = np.log10(means.min()), np.log10(1.0)
    assert np.abs(points[:, 1] - (440 - (np.log10(means) - low) / (high - low) * 420)).max() <= 1
    assert sheet.CURVE_NAME == "loss.png"
