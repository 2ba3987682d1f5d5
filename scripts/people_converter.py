"""Writes MediaPipe's selfie segmentation, a .tflite file, as an ONNX graph; convert_people.py is the command.

A graph takes float32 BGR planes (1, 3, height, width), 0..255, as "planes" and gives float32 (height / 2, width / 2),
0..1, as "person": the means of 2x2 pixels of the original's result. Sums are rearranged (people_graph.py), which saves
a third of the time. Weights are stored as in the original, in float16 with a Cast, except for those that were
multiplied for that; ONNX Runtime removes these casts when it loads the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from scripts.people_graph import Lighter

OPSET: Final = 14
_IR_VERSION: Final = 8
_SAME: Final = 0
"""Padding.SAME of the tflite schema."""
_DTYPES: Final = {0: np.float32, 1: np.float16, 2: np.int32}

Array = NDArray[Any]


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels that TensorFlow's SAME adds before and after a side of that size: the odd one goes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def lossless_half(values: Array) -> Array:
    """The values in float16 if that loses nothing, otherwise in float32."""
    half = values.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), values.astype(np.float32)) else values.astype(np.float32)


class Converter:
    """Walks through the operators of a .tflite file and writes a node or two for each."""

    def __init__(self, data: bytes) -> None:
        import tflite

        self._tflite = tflite
        self._model = tflite.Model.GetRootAsModel(data, 0)
        self._graph = self._model.Subgraphs(0)
        self._kinds = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
        self._nodes: list[onnx.NodeProto] = []
        self._stored: dict[str, Array] = {}
        """The constants that nodes read, by name."""
        constants = ((index, self._constant(index)) for index in range(self._graph.TensorsLength()))
        self._constants = {index: values for index, values in constants if values is not None}

    def model(self) -> onnx.ModelProto:
        """The whole graph, checked."""
        source, result = int(self._graph.Inputs(0)), int(self._graph.Outputs(0))
        _, height, width, channels = self._shape(source)
        if channels != 3:
            raise SystemExit(f"the input has {channels} channels, expected 3")
        for number in range(self._graph.OperatorsLength()):
            self._convert(number)
        lighter = Lighter(self._nodes, self._stored)
        lighter.lighten({self._name(index): self._planes(index) for index in range(self._graph.TensorsLength())})
        self._nodes, self._stored = lighter.nodes, lighter.constants
        self._average(self._name(result), height // 2, width // 2)
        casts, constants = self._halved()
        graph = helper.make_graph(
            casts + self._nodes,
            "people",
            [helper.make_tensor_value_info(self._name(source), TensorProto.FLOAT, [1, 3, height, width])],
            [helper.make_tensor_value_info("person", TensorProto.FLOAT, [height // 2, width // 2])],
            constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _constant(self, index: int) -> Array | None:
        tensor = self._graph.Tensors(index)
        data = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        if isinstance(data, int) or len(data) == 0:
            return None
        shape = tensor.ShapeAsNumpy() if tensor.ShapeLength() else ()
        return np.frombuffer(data.tobytes(), _DTYPES[tensor.Type()]).reshape(shape)

    def _shape(self, index: int) -> list[int]:
        return [int(side) for side in self._graph.Tensors(index).ShapeAsNumpy()]

    def _planes(self, index: int) -> list[int]:
        """The shape of a tensor in the order of ONNX; empty if it is not a picture."""
        shape = self._shape(index) if self._graph.Tensors(index).ShapeLength() == 4 else []
        return [shape[0], shape[3], shape[1], shape[2]] if shape else []

    def _name(self, index: int) -> str:
        return "planes" if index == int(self._graph.Inputs(0)) else f"t{index}"

    def _add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _store(self, name: str, values: Array) -> str:
        """Makes it a constant of the graph, and returns its name."""
        self._stored[name] = values
        return name

    def _halved(self) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
        """The constants that nodes read, in half precision where that loses nothing, and the casts back."""
        casts, constants = [], []
        for name in dict.fromkeys(name for node in self._nodes for name in node.input if name in self._stored):
            values = self._stored[name]
            half = lossless_half(values) if values.dtype.kind == "f" and values.size > 1 else values
            kept = f"{name}_half" if half.dtype == np.float16 else name
            constants.append(numpy_helper.from_array(np.ascontiguousarray(half).reshape(values.shape), kept))
            if kept != name:
                casts.append(helper.make_node("Cast", [kept], [name], to=TensorProto.FLOAT))
        return casts, constants

    def _value(self, index: int) -> str:
        """The name of a tensor that an operator reads: an earlier result, or a constant in the order of ONNX."""
        if index not in self._constants:
            return self._name(index)
        values = self._constants[index]
        return self._store(f"c{index}", values.transpose(0, 3, 1, 2) if values.ndim == 4 else values)

    @staticmethod
    def _before(code: int, output: str) -> str:
        """The name of what is computed before that activation gives `output`."""
        return output if code == 0 else f"{output}_raw"

    def _activate(self, code: int, output: str) -> None:
        before = self._before(code, output)
        if code == 0:
            return
        if code == 1:
            self._add("Relu", [before], output)
        elif code == 3:
            limits = [self._store(name, np.array(value, np.float32)) for name, value in (("zero", 0), ("six", 6))]
            self._add("Clip", [before, *limits], output)
        else:
            raise SystemExit(f"activation {code} is not known")

    def _convert(self, number: int) -> None:
        operator = self._graph.Operators(number)
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        kind = self._kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, result = [int(index) for index in operator.InputsAsNumpy()], int(operator.Outputs(0))
        output, name = self._name(result), f"n{number}"

        def options(of: str) -> Any:
            found, table = getattr(self._tflite, of)(), operator.BuiltinOptions()
            found.Init(table.Bytes, table.Pos)
            return found

        match kind:
            case "DEQUANTIZE":
                self._constants[result] = self._constants[inputs[0]].astype(np.float32)
            case "CONV_2D":
                weights = self._constants[inputs[1]].transpose(0, 3, 1, 2)
                self._convolve(name, options("Conv2DOptions"), inputs, weights, 1, output)
            case "DEPTHWISE_CONV_2D":
                weights = self._constants[inputs[1]].transpose(3, 0, 1, 2)
                self._convolve(name, options("DepthwiseConv2DOptions"), inputs, weights, len(weights), output)
            case "ADD" | "MUL":
                activation = options(f"{kind.title()}Options").FusedActivationFunction()
                self._add(kind.title(), [self._value(index) for index in inputs], self._before(activation, output))
                self._activate(activation, output)
            case "RELU" | "LOGISTIC" | "HARD_SWISH":
                same = {"RELU": "Relu", "LOGISTIC": "Sigmoid", "HARD_SWISH": "HardSwish"}
                self._add(same[kind], [self._value(inputs[0])], output)
            case "AVERAGE_POOL_2D" | "MEAN" if self._shape(result)[-3:-1] == [1, 1]:
                self._add("GlobalAveragePool", [self._value(inputs[0])], output)
            case "RESIZE_BILINEAR":
                self._resize(name, options("ResizeBilinearOptions"), inputs[0], result)
            case "CUSTOM" if code.CustomCode() == b"Convolution2DTransposeBias":
                # Each pixel becomes 2x2 by the weights (1, 2, 2, in): the four are channels until _average.
                weights = self._constants[inputs[1]]
                if weights.shape[:3] != (1, 2, 2):
                    raise SystemExit(f"transposed weights of shape {weights.shape} are not known")
                four = np.ascontiguousarray(weights.reshape(4, -1)[:, :, None, None])
                bias = self._constants[inputs[2]].repeat(4)
                taken = [self._value(inputs[0]), self._store(f"{name}w", four), self._store(f"{name}b", bias)]
                self._add("Conv", taken, output, kernel_shape=[1, 1])
            case _:
                raise SystemExit(f"operator {kind} is not known")

    def _convolve(self, name: str, options: Any, inputs: list[int], weights: Array, group: int, output: str) -> None:
        if options.DilationHFactor() != 1 or options.DilationWFactor() != 1:
            raise SystemExit(f"{name} is dilated, which is not known")
        strides, kernel = [options.StrideH(), options.StrideW()], list(weights.shape[2:])
        pads = [0, 0, 0, 0]
        if options.Padding() == _SAME:
            sides = self._shape(inputs[0])[1:3]
            around = [same_padding(*side) for side in zip(sides, kernel, strides, strict=True)]
            pads = [before for before, _ in around] + [after for _, after in around]
        if inputs[0] == int(self._graph.Inputs(0)):  # the original takes RGB in 0..1
            weights = weights[:, ::-1] / np.float32(255)
        taken = [self._value(inputs[0]), self._store(f"{name}w", weights), self._value(inputs[2])]
        activation = options.FusedActivationFunction()
        made = self._before(activation, output)
        self._add("Conv", taken, made, strides=strides, group=group, kernel_shape=kernel, pads=pads)
        self._activate(activation, output)

    def _resize(self, name: str, options: Any, source: int, result: int) -> None:
        before, after = self._shape(source)[1:3], self._shape(result)[1:3]
        mode = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        if options.AlignCorners():
            mode = "align_corners"
        scales = np.array([1, 1, after[0] / before[0], after[1] / before[1]], np.float32)
        taken = [self._value(source), "", self._store(f"{name}s", scales)]
        self._add("Resize", taken, self._name(result), mode="linear", coordinate_transformation_mode=mode)

    def _average(self, four: str, rows: int, columns: int) -> None:
        """The mean of the four channels that stand for 2x2 pixels, as "person"."""
        flat = self._add("Reshape", [four, self._store("pixels", np.array([4, rows * columns]))], "flat")
        mean = self._add("MatMul", [self._store("quarters", np.full((1, 4), 0.25, np.float32)), flat], "mean")
        self._add("Reshape", [mean, self._store("hw", np.array([rows, columns]))], "person")
