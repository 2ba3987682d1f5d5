"""Tests the conversion of a float32 file to float16: what changes, what it paints, and files that are not converted."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from benchmarks.tools.stand_in import write_negative_style
from nstcam.export.convert.exporter import export_style
from nstcam.export.convert.networks import build_graph
from nstcam.realtime.engine import half
from nstcam.realtime.engine.half import in_half
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.protobuf import MOST_FIELDS
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.network.networks import PRESETS
from nstcam.train.picture import PHOTOS, read_rgb
from tests.support.models.half_arithmetic import rounded
from tests.support.models.tiny import random_checkpoint, random_network, write_model

BUNDLED = [path for path in sorted(BUNDLED_STYLES.glob("*.onnx")) if not path.name.endswith(INT8_SUFFIX)]
ALLOWED = 2
"""Levels of 255."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_style(random_checkpoint(), tmp_path_factory.mktemp("styles") / "tiny.onnx", check=False).path


def frames() -> list[Frame]:
    """A portrait, noise, and the ends of the scale."""
    portrait = cv2.resize(read_rgb(PHOTOS / "astronaut.jpg")[..., ::-1], (160, 120), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).integers(0, 256, (61, 97, 3), np.uint8)
    return [np.asarray(portrait, np.uint8), noise, *(np.full((48, 64, 3), level, np.uint8) for level in (0, 255))]


def painted(model: Path | bytes) -> list[Frame]:
    """`frames()` on the CPU, the canvas moved."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    moved = {"canvas_offset": np.array([-3, 602])} if len(session.get_inputs()) > 1 else {}
    return [session.run(None, {"frame": frame[None], **moved})[0][0] for frame in frames()]


def levels_apart(some: list[Frame], others: list[Frame]) -> int:
    return max(int(np.abs(one.astype(int) - other).max()) for one, other in zip(some, others, strict=True))


def test_only_the_types_of_casts_and_the_precision_change(tiny: Path) -> None:
    before, after = tiny.read_bytes(), in_half(tiny)
    assert after is not None
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    casts = [n for n in onnx.load(tiny).graph.node if n.op_type == "Cast" and n.output[0].startswith(half.INSIDE)]
    assert sorted(set(changed)) == sorted({(1, 10), *zip(b"32", b"16", strict=True)})
    assert changed.count((1, 10)) == len(casts) > 20
    metadata = {entry.key: entry.value for entry in onnx.load_from_string(after).metadata_props}
    assert metadata["nst.precision"] == "float16"
    onnx.checker.check_model(onnx.load_from_string(after), full_check=True)


def test_every_value_between_the_edges_is_half(tiny: Path) -> None:
    model = in_half(tiny)
    assert model is not None
    inferred = onnx.shape_inference.infer_shapes(onnx.load_from_string(model), strict_mode=True).graph
    floats = [v.name for v in inferred.value_info if v.type.tensor_type.elem_type == onnx.TensorProto.FLOAT]
    of_noise = {n.output[0] for n in inferred.node if n.op_type in ("Cast", "Conv", "Transpose")}
    assert len(floats) == 3, "the noise, its phases and their transpose, which are computed once"
    assert set(floats) <= of_noise


@pytest.mark.parametrize(
    "path",
    [BUNDLED[0], *(pytest.param(path, marks=pytest.mark.slow) for path in BUNDLED[1:])],
    ids=lambda path: path.stem,
)
def test_bundled_styles_look_the_same_in_half_precision(path: Path) -> None:
    model = in_half(path)
    assert model is not None
    exact = painted(path)
    assert levels_apart(exact, painted(model)) <= ALLOWED
    assert levels_apart(exact, painted(rounded(onnx.load(path)).SerializeToString())) <= ALLOWED


def test_preset_johnson_looks_the_same_in_half_precision() -> None:
    written = build_graph(random_network(PRESETS["johnson"]))  # type: ignore[arg-type]
    exact, half_exact = (painted(model.SerializeToString()) for model in (written, rounded(written)))
    assert 0 < levels_apart(exact, half_exact) <= ALLOWED


def test_the_arithmetic_of_these_tests_rounds_as_float16_does() -> None:
    values = np.random.default_rng(0).normal(0, 100, 1000).astype(np.float32)
    ports = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1000]) for name in ("x", "y")]
    nodes = [helper.make_node("Add", ["x", "zero"], ["sum"]), helper.make_node("Neg", ["sum"], ["y"])]
    zero = onnx.numpy_helper.from_array(np.zeros(1, np.float32), "zero")
    graph = helper.make_graph(nodes, "test", ports[:1], ports[1:], [zero])
    model = rounded(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    assert np.array_equal(session.run(None, {"x": values})[0], -values.astype(np.float16).astype(np.float32))


def test_what_is_not_made_for_it_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_half(export_style(random_checkpoint(), tmp_path / "x.onnx", "float16", check=False).path) is None
    assert in_half(BUNDLED_STYLES / f"starry{INT8_SUFFIX}") is None
    assert in_half(write_negative_style(tmp_path / "n.onnx")) is None
    assert in_half(write_negative_style(tmp_path / "n.onnx", {"nst.precision": "float32"})) is None, "no casts"
    path = export_style(random_checkpoint(), tmp_path / "y.onnx", check=False).path
    monkeypatch.setattr(half, "LARGEST_FILE", path.stat().st_size - 1)
    assert in_half(path) is None


def test_other_casts_to_float32_stay(tmp_path: Path) -> None:
    """A foreign file may have its own, which only look alike in part."""
    metadata = {"nst.contract": "1", "nst.name": "x", "nst.precision": "float32"}
    nodes = [
        helper.make_node("Cast", ["frame"], [half.INSIDE + "0"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Cast", [half.INSIDE + "0"], ["outside"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Cast", ["outside"], [half.INSIDE + "1"], to=onnx.TensorProto.DOUBLE),
        helper.make_node("Identity", [half.INSIDE + "1"], [half.INSIDE + "2"]),
        helper.make_node("Cast", [half.INSIDE + "2"], ["stylized"], to=onnx.TensorProto.UINT8),
    ]
    model = in_half(write_model(tmp_path / "x.onnx", nodes, metadata=metadata))
    assert model is not None
    kinds = [[a.i for a in node.attribute] for node in onnx.load_from_string(model).graph.node]
    assert kinds == [
        [onnx.TensorProto.FLOAT16],
        [onnx.TensorProto.FLOAT],
        [onnx.TensorProto.DOUBLE],
        [],
        [onnx.TensorProto.UINT8],
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\x3a\xff\xff\xff\xff\x0f",  # a graph of 4 GiB
        b"\x3a" + b"\xff" * 20,  # a length without an end
        b"\x3b\x3b\x3b",  # a group
        b"\x00\x00",  # field 0
        b"\x3a\x04\x0a\x06\x22\x04Cast",  # a node that ends beyond its graph
        b"\x09\x00\x00",  # half a number of 64 bits
        b"\x38",  # a number that does not begin
    ],
)
def test_damaged_files_are_one_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(data)
    with pytest.raises(StyleError, match=r"x\.onnx is not an ONNX model or is damaged \(.* at byte \d+"):
        in_half(path)


def test_a_file_that_is_made_to_keep_us_busy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(b"\x08\x01" * (MOST_FIELDS + 1))
    with pytest.raises(StyleError, match=r"damaged \(more than 262144 fields up to byte 524288\)"):
        in_half(path)


def test_a_file_that_is_gone_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match=r"x\.onnx cannot be read: No such file"):
        in_half(tmp_path / "x.onnx")


def test_random_damage_raises_nothing_else(tiny: Path, tmp_path: Path) -> None:
    dice, whole = random.Random(0), tiny.read_bytes()
    outcomes: set[bool | None] = set()
    for number in range(300):
        damaged = bytearray(whole[: dice.randrange(len(whole))] if number % 3 == 0 else whole)
        for _ in range(dice.randrange(1, 9)):
            damaged[dice.randrange(min(len(damaged), 4000))] = dice.randrange(256)
        (tmp_path / "x.onnx").write_bytes(damaged)
        try:
            model = in_half(tmp_path / "x.onnx")
            outcomes.add(model is None or len(model) == len(damaged))
        except StyleError:
            outcomes.add(None)
    assert outcomes == {True, None}
