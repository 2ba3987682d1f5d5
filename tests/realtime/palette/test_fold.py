"""Tests that a folded file paints what the map makes of what the file paints, in floats and in 8 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.export.convert.exporter import export_style
from nstcam.realtime.engine import devices
from nstcam.realtime.engine.half import in_half
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.colours import UNCHANGED, ColourMap
from nstcam.realtime.palette.fold import fold
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to
from tests.support.models.tiny import random_checkpoint

MAP: Final = ColourMap(((0.6, 0.1, -0.05), (0.1, 0.5, 0.15), (-0.05, 0.15, 0.4)), (50.0, 40.0, 30.0))
"""Keeps colours away from 0 and 255, where the base would be clipped before and the folded file after."""


def painted(model: bytes, frame: Frame) -> np.ndarray:
    session = open_session(model, devices.CPU, threads=1)
    inputs = {"frame": frame[None], "canvas_offset": np.zeros(2, np.int64)}
    named = {port.name for port in session.get_inputs()}
    found = session.run(None, {name: value for name, value in inputs.items() if name in named})[0][0]
    return np.asarray(found)


def photograph() -> Frame:
    return shrink_to(read_rgb(PHOTOS / "coffee.jpg"), 96)[..., ::-1].copy()


@pytest.mark.parametrize("suffix", [".onnx", INT8_SUFFIX])
@pytest.mark.parametrize("name", ["wave", "scream"])
def test_a_folded_style_paints_the_map_of_its_colours(name: str, suffix: str) -> None:
    model = (BUNDLED_STYLES / f"{name}{suffix}").read_bytes()
    before, after = painted(model, photograph()).astype(float), painted(fold(model, MAP), photograph()).astype(float)
    unclipped = ((before > 0) & (before < 255)).all(2)
    assert unclipped.mean() > 0.3
    expected = before @ np.asarray(MAP.matrix).T + MAP.offset
    error = np.abs(expected - after)[unclipped]
    assert error.max() < (1.6 if suffix == ".onnx" else 6)
    assert error.mean() < (0.5 if suffix == ".onnx" else 1.2)


def test_a_trained_style_of_ones_own_can_be_folded_as_well(tmp_path: Path) -> None:
    for precision in ("float32", "int8"):
        model = export_style(random_checkpoint(), tmp_path / "tiny.onnx", precision, check=False).path.read_bytes()
        grey = ColourMap(((0.1,) * 3,) * 3, (90.0, 100.0, 110.0))
        after = painted(fold(model, grey), photograph()).astype(int)
        assert np.abs(after[..., 1] - after[..., 0] - 10).max() <= 1
        assert np.abs(after[..., 2] - after[..., 1] - 10).max() <= 1


def test_the_file_stays_the_same_but_for_the_last_convolution() -> None:
    model = (BUNDLED_STYLES / f"wave{INT8_SUFFIX}").read_bytes()
    folded = fold(model, MAP)
    assert len(folded) == len(model)
    before, after = ({t.name: t.raw_data for t in onnx.load_from_string(m).graph.initializer} for m in (model, folded))
    assert len([name for name in before if before[name] != after[name]]) == 3
    onnx.checker.check_model(onnx.load_from_string(folded))


def test_no_change_of_colours_changes_no_float_and_hardly_an_integer() -> None:
    for suffix in (".onnx", INT8_SUFFIX):
        model = (BUNDLED_STYLES / f"wave{suffix}").read_bytes()
        assert (
            np.abs(painted(model, photograph()).astype(int) - painted(fold(model, UNCHANGED), photograph())).max() <= 1
        )


def test_a_folded_float_file_still_becomes_half_precision_for_gpus() -> None:
    half = in_half(fold((BUNDLED_STYLES / "wave.onnx").read_bytes(), MAP))
    assert half is not None
    assert painted(half, photograph()).shape == photograph().shape


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def field(number: int, data: bytes) -> bytes:
    """A field of protobuf that holds bytes."""
    return bytes([number << 3 | 2]) + varint(len(data)) + data


@pytest.mark.parametrize("suffix", [".onnx", INT8_SUFFIX])
def test_sizes_may_be_written_in_one_field(suffix: str) -> None:
    """Numbers are `packed`, as programs other than Python's protobuf write them."""
    model = (BUNDLED_STYLES / f"wave{suffix}").read_bytes()
    rest = onnx.load_from_string(model)
    tensors = [onnx.TensorProto.FromString(t.SerializeToString()) for t in rest.graph.initializer]
    rest.graph.ClearField("initializer")
    graph = rest.graph.SerializeToString()
    for tensor in tensors:
        sizes = b"".join(varint(size) for size in tensor.dims)
        tensor.ClearField("dims")
        graph += field(5, field(1, sizes) + tensor.SerializeToString())
    rest.ClearField("graph")
    packed = rest.SerializeToString() + field(7, graph)
    assert np.array_equal(painted(fold(packed, MAP), photograph()), painted(fold(model, MAP), photograph()))


def test_what_has_no_last_convolution_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match="cannot take other colours"):
        fold(write_negative_style(tmp_path / "negative.onnx").read_bytes(), MAP)
    with pytest.raises(StyleError, match="cannot take other colours"):
        fold((BUNDLED_STYLES / "wave.onnx").read_bytes()[:-1000], MAP)
