"""Tests the arithmetic of converting the networks that find people; the files it made are tested in realtime/people."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from nstcam.realtime.people.network import NETS
from scripts.people_converter import OPSET, lossless_half, same_padding


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "around"),
    [(144, 3, 2, (0, 1)), (145, 3, 2, (1, 1)), (9, 5, 1, (2, 2)), (8, 1, 2, (0, 0))],
)
def test_padding_is_tensorflows(size: int, kernel: int, stride: int, around: tuple[int, int]) -> None:
    assert same_padding(size, kernel, stride) == around


def test_only_what_loses_nothing_is_halved() -> None:
    assert lossless_half(np.array([0.5, 3.0], np.float32)).dtype == np.float16
    assert lossless_half(np.array([0.1, 3.0], np.float32)).dtype == np.float32


@pytest.mark.parametrize("name", ["wide", "square"])
def test_the_files_keep_their_weights_in_half(name: str) -> None:
    model = onnx.load(NETS / f"{name}.onnx")
    assert model.opset_import[0].version == OPSET
    kinds = [(stored.data_type, int(np.prod(stored.dims))) for stored in model.graph.initializer]
    halves = sum(count for kind, count in kinds if kind == onnx.TensorProto.FLOAT16)
    assert halves > 0.9 * sum(count for _, count in kinds)
