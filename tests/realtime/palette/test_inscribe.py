"""Tests that a style file paints with the network that is written into it, in floats and in 8 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.export.convert.quantize import build_int8_graph
from nstcam.export.convert.ranges import calibration_pictures, measure
from nstcam.export.learning.start import mixed
from nstcam.realtime.engine import devices
from nstcam.realtime.engine.half import in_half
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.basis import basis
from nstcam.realtime.palette.colours import ColourMap
from nstcam.realtime.palette.eight_bits import Range
from nstcam.realtime.palette.inscribe import canvas_of, inscribed
from nstcam.realtime.palette.network import Kernel, in_levels, recoloured
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import CONTAINER
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.network.canvas import canvas_noise
from nstcam.train.network.networks import LiteNet
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to

SHARES: Final = tuple(np.random.default_rng(3).normal(0, 0.2, basis().count).tolist())
MAP: Final = ColourMap(((0.6, 0.1, -0.05), (0.1, 0.5, 0.15), (-0.05, 0.15, 0.4)), (50.0, 40.0, 30.0))
"""Keeps colours away from 0 and 255, where the base would be clipped before and the mapped file after."""


def network() -> dict[str, Kernel]:
    return in_levels(basis().network(SHARES))


def as_trained() -> LiteNet:
    built = mixed(SHARES).build()
    assert isinstance(built, LiteNet)
    return built


def file(suffix: str) -> bytes:
    return (BUNDLED_STYLES / f"{CONTAINER}{suffix}").read_bytes()


def ranges() -> dict[str, Range]:
    """As nst-export measures them, on two photographs."""
    found = measure(as_trained(), calibration_pictures()[:2])
    return {name: each for name, each in found.items() if name != "frame"}


def painted(model: bytes, frame: Frame) -> np.ndarray:
    session = open_session(model, devices.CPU, threads=1)
    return np.asarray(session.run(None, {"frame": frame[None], "canvas_offset": np.zeros(2, np.int64)})[0][0])


def photograph() -> Frame:
    return shrink_to(read_rgb(PHOTOS / "coffee.jpg"), 96)[..., ::-1].copy()


def constants(model: bytes) -> dict[str, np.ndarray[Any, Any]]:
    return {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load_from_string(model).graph.initializer}


def test_in_8_bits_it_is_the_file_that_nst_export_writes() -> None:
    measured = ranges() | {"frame": Range(1.0, 128)}
    theirs = constants(build_int8_graph(as_trained(), measured).SerializeToString())
    ours = constants(inscribed(file(INT8_SUFFIX), network(), ranges()))
    assert list(theirs) == list(ours)
    for name, values in theirs.items():
        assert values.dtype == ours[name].dtype
        if values.dtype == np.float32:
            np.testing.assert_allclose(ours[name], values, rtol=1e-4, err_msg=name)
        else:  # what lies between two levels may go either way
            assert np.abs(values.astype(int) - ours[name]).max() <= 1, name


def test_in_floats_and_in_8_bits_it_paints_much_the_same() -> None:
    floats, eight = (painted(inscribed(file(s), network(), ranges()), photograph()) for s in (".onnx", INT8_SUFFIX))
    before = painted(file(".onnx"), photograph())
    assert np.abs(floats.astype(int) - eight).mean() < 8
    assert np.abs(floats.astype(int) - before).mean() > 10


@pytest.mark.parametrize("suffix", [".onnx", INT8_SUFFIX])
def test_a_map_of_colours_is_applied_to_what_is_painted(suffix: str) -> None:
    before = painted(inscribed(file(suffix), network(), ranges()), photograph()).astype(float)
    after = painted(inscribed(file(suffix), recoloured(network(), MAP), ranges()), photograph()).astype(float)
    unclipped = ((before > 0) & (before < 255)).all(2)
    assert unclipped.mean() > 0.3
    error = np.abs(before @ np.asarray(MAP.matrix).T + MAP.offset - after)[unclipped]
    assert error.max() < (1.6 if suffix == ".onnx" else 10)
    assert error.mean() < (0.5 if suffix == ".onnx" else 1.2)


def test_the_rest_of_the_file_stays_as_it_is() -> None:
    for suffix in (".onnx", INT8_SUFFIX):
        model = inscribed(file(suffix), network(), ranges())
        assert len(model) == len(file(suffix))
        checked = onnx.load_from_string(model)
        onnx.checker.check_model(checked)
        before, after = constants(file(suffix)), constants(model)
        assert all(np.array_equal(before[n], after[n]) for n in before if n.startswith(("i_", "s_", "noise", "phases")))


def test_a_float_file_still_becomes_half_precision_for_gpus() -> None:
    half = in_half(inscribed(file(".onnx"), network(), {}))
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
    rest = onnx.load_from_string(file(suffix))
    tensors = [onnx.TensorProto.FromString(t.SerializeToString()) for t in rest.graph.initializer]
    rest.graph.ClearField("initializer")
    graph = rest.graph.SerializeToString()
    for tensor in tensors:
        sizes = b"".join(varint(size) for size in tensor.dims)
        tensor.ClearField("dims")
        graph += field(5, field(1, sizes) + tensor.SerializeToString())
    rest.ClearField("graph")
    models = rest.SerializeToString() + field(7, graph), file(suffix)
    packed, plain = (painted(inscribed(model, network(), ranges()), photograph()) for model in models)
    assert np.array_equal(packed, plain)


def test_the_canvas_is_that_of_training() -> None:
    noise = canvas_of(file(".onnx"))
    trained = canvas_noise(8)[0, :4].permute(1, 2, 0).numpy()
    assert noise.shape == trained.shape
    assert noise.dtype == np.float32
    assert np.abs(noise - trained).max() < 0.03  # half a step of the file


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    negative = write_negative_style(tmp_path / "negative.onnx").read_bytes()
    for model in (negative, file(".onnx")[:-1000], b"", b"no model"):
        with pytest.raises(StyleError, match=r"the bundled style cannot take other strokes .*reinstall nstcam"):
            inscribed(model, network(), ranges())
        with pytest.raises(StyleError, match=r"the bundled style has no canvas .*reinstall nstcam"):
            canvas_of(model)


@pytest.mark.parametrize("suffix", [".onnx", INT8_SUFFIX])
def test_a_network_of_another_size_is_refused(suffix: str) -> None:
    narrow = network()
    narrow["inner2"] = Kernel(narrow["inner2"].weight[:16], narrow["inner2"].bias[:16])
    with pytest.raises(StyleError, match=r"a layer of \(16, 32, 3, 3\) in place of \(32, 32, 3, 3\)"):
        inscribed(file(suffix), narrow, ranges())
    unknown = ranges() | {"trunk9": Range(1.0, 0)}
    if suffix == INT8_SUFFIX:
        with pytest.raises(StyleError, match="trunk9_scale"):
            inscribed(file(suffix), network(), unknown)
