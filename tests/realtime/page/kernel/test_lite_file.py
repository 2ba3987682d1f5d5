"""Tests what is taken for LiteNet in 8 bits: everything else is left to ONNX Runtime, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from nstcam.realtime.page.kernel.lite_file import NotLite, lite_files
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.style import BUNDLED_STYLES


def bundled(name: str = "wave") -> onnx.ModelProto:
    return onnx.load(str(BUNDLED_STYLES / f"{name}{INT8_SUFFIX}"))


def nodes(model: onnx.ModelProto, kind: str) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type == kind]


def put(model: onnx.ModelProto, name: str, change: Callable[[np.ndarray], object]) -> None:
    (found,) = [each for each in model.graph.initializer if each.name == name]
    values = numpy_helper.to_array(found)
    found.CopyFrom(numpy_helper.from_array(np.asarray(change(values), values.dtype), name))


def test_the_canvas_is_the_same_for_all_styles() -> None:
    one, other = (lite_files(bundled(name).SerializeToString()) for name in ("wave", "pop"))
    assert one.noise == other.noise
    assert len(one.noise) == 192 * 320 * 4
    assert len(one.style) == len(other.style) < 140_000
    assert one.style != other.style


def test_the_maps_of_an_addition_may_come_in_either_order() -> None:
    model = bundled()
    addition = nodes(model, "QLinearAdd")[-1]
    swapped = list(addition.input)
    swapped[:6] = swapped[3:6] + swapped[:3]
    addition.ClearField("input")
    addition.input.extend(swapped)
    assert len(lite_files(model.SerializeToString()).style) == len(lite_files(bundled().SerializeToString()).style)


def without_a_block(model: onnx.ModelProto) -> None:
    kept = [node for node in model.graph.node if node is not nodes(model, "QLinearAdd")[-1]]
    model.graph.ClearField("node")
    model.graph.node.extend(kept)


def in_another_order(model: onnx.ModelProto) -> None:
    order = list(model.graph.node)
    first, second = (order.index(nodes(model, kind)[-1]) for kind in ("Pad", "QLinearAdd"))
    order[first], order[second] = order[second], order[first]
    model.graph.ClearField("node")
    model.graph.node.extend(order)


def padded_by_zeros(model: onnx.ModelProto) -> None:
    nodes(model, "Pad")[3].attribute[0].s = b"constant"


def padded_by_more(model: onnx.ModelProto) -> None:
    nodes(model, "Pad")[0].input[1] = nodes(model, "Pad")[2].input[1]


def with_strides(model: onnx.ModelProto) -> None:
    nodes(model, "QLinearConv")[2].attribute.append(onnx.helper.make_attribute("strides", [2, 2]))


def with_a_zero_of_weights(model: onnx.ModelProto) -> None:
    put(model, nodes(model, "QLinearConv")[4].input[5], lambda values: values + 1)


def with_large_results(model: onnx.ModelProto) -> None:
    put(model, nodes(model, "QLinearConv")[-1].input[4], lambda values: values * 1e6)


def with_large_sums(model: onnx.ModelProto) -> None:
    put(model, nodes(model, "QLinearConv")[-1].input[8], lambda values: values + (1 << 29))


def with_far_dilations(model: onnx.ModelProto) -> None:
    for conv in nodes(model, "QLinearConv")[2:4]:
        next(a for a in conv.attribute if a.name == "dilations").ints[:] = [8, 8]


def with_weights_without_a_sign(model: onnx.ModelProto) -> None:
    name = nodes(model, "QLinearConv")[2].input[3]
    (found,) = [each for each in model.graph.initializer if each.name == name]
    found.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(found).astype(np.uint8), name))


def around_a_block(model: onnx.ModelProto) -> None:
    nodes(model, "Pad")[2].input[0] = nodes(model, "QLinearAdd")[0].output[0]


def from_an_earlier_map(model: onnx.ModelProto) -> None:
    nodes(model, "QLinearConv")[-1].input[0] = nodes(model, "Pad")[-1].output[0]


def adding_another_map(model: onnx.ModelProto) -> None:
    nodes(model, "QLinearAdd")[2].input[0] = nodes(model, "QLinearAdd")[0].output[0]


def with_shifted_noise(model: onnx.ModelProto) -> None:
    put(model, "phases", lambda values: values[::-1])


def without_a_constant(model: onnx.ModelProto) -> None:
    nodes(model, "QLinearConv")[3].input[8] = "missing"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (without_a_block, "operators QLinearConv"),
        (in_another_order, "operators QLinearConv"),
        (padded_by_zeros, "a border of"),
        (padded_by_more, r"a border of \[0, 2, 2, 0, 0, 2, 2, 0\] around a dilation of 1"),
        (with_strides, "strides"),
        (with_a_zero_of_weights, "with"),
        (with_large_results, "results of qlinearconv_92 up to"),
        (with_large_sums, "sums of qlinearconv_92 up to"),
        (with_far_dilations, "with .*8, 8"),
        (with_weights_without_a_sign, "weights uint8"),
        (around_a_block, "is not next to what comes before it"),
        (from_an_earlier_map, "is not next to what comes before it"),
        (adding_another_map, "adds other maps than"),
        (with_shifted_noise, "a canvas with phases"),
        (without_a_constant, "missing"),
    ],
)
def test_what_is_different_is_named(spoil: Callable[[onnx.ModelProto], None], says: str) -> None:
    model = bundled()
    spoil(model)
    with pytest.raises(NotLite, match=says):
        lite_files(model.SerializeToString())


@pytest.mark.parametrize(("what", "inside", "outside"), [("results", 0.999, 1.001), ("sums", (1 << 28) - 1, 1 << 28)])
def test_sums_and_results_up_to_what_the_kernel_takes(what: str, inside: float, outside: float) -> None:
    for most, is_refused in ((inside, False), (outside, True)):
        model = bundled()
        names = nodes(model, "QLinearConv")[-1].input
        values = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
        x_scale, x_zero, weights, w_scales, _, y_scale, _, sums = (values[name] for name in names[1:])
        wide = weights.astype(np.int64)
        if what == "results":
            largest = (255 * abs(wide).sum((1, 2, 3)) + abs(sums.astype(int))) * (x_scale * w_scales / y_scale)
            put(model, names[4], partial(np.multiply, most * (1 << 22) / largest.max()))
        else:
            highest = (sums - int(x_zero) * wide.sum((1, 2, 3))).max()
            put(model, names[8], partial(np.add, int(most - highest)))
            put(model, names[4], partial(np.multiply, 0.5))
        if is_refused:
            with pytest.raises(NotLite, match=f"{what} of qlinearconv_92 up to"):
                lite_files(model.SerializeToString())
        else:
            lite_files(model.SerializeToString())


def test_files_of_other_kinds() -> None:
    with pytest.raises(NotLite, match="operators"):
        lite_files((BUNDLED_STYLES / "wave.onnx").read_bytes())
    with pytest.raises(NotLite, match="byte"):
        lite_files(b"not a model")
