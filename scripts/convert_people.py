"""Converts MediaPipe's selfie segmentation to ONNX: python -m scripts.convert_people PACKAGE [--check PHOTO...]

PACKAGE is the folder that `npm pack @mediapipe/selfie_segmentation` gives when unpacked. Writes wide.onnx and
square.onnx into realtime/people/nets/. Needs `pip install tflite`, and with --check `pip install ai-edge-litert`, the
original runtime: both run on the photographs, and the largest and the mean difference are printed.

A graph takes uint8 BGR frames (1, height, width, 3) as "frame" and gives float32 (height, width), 0..1, as "person".
Weights are stored as in the original, in float16 with a Cast; ONNX Runtime removes these casts when it loads the file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

NETS: Final = {"wide": "selfie_segmentation_landscape.tflite", "square": "selfie_segmentation.tflite"}
OUT: Final = Path(__file__).parents[1] / "realtime" / "people" / "nets"
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
        self._stored: dict[str, onnx.TensorProto] = {}
        constants = ((index, self._constant(index)) for index in range(self._graph.TensorsLength()))
        self._constants = {index: values for index, values in constants if values is not None}

    def model(self) -> onnx.ModelProto:
        """The whole graph, checked."""
        source, result = int(self._graph.Inputs(0)), int(self._graph.Outputs(0))
        _, height, width, channels = self._shape(source)
        if channels != 3:
            raise SystemExit(f"the input has {channels} channels, expected 3")
        self._add("Transpose", ["frame"], "planes", perm=[0, 3, 1, 2])
        self._add("Cast", ["planes"], "levels", to=TensorProto.FLOAT)
        self._add("Gather", ["levels", self._store("rgb", np.array([2, 1, 0]))], "rgb_levels", axis=1)
        self._add("Mul", ["rgb_levels", self._store("scale", np.array(1 / 255, np.float32))], self._name(source))
        for number in range(self._graph.OperatorsLength()):
            self._convert(number)
        self._add("Reshape", [self._name(result), self._store("hw", np.array([height, width]))], "person")
        graph = helper.make_graph(
            self._nodes,
            "people",
            [helper.make_tensor_value_info("frame", TensorProto.UINT8, [1, height, width, 3])],
            [helper.make_tensor_value_info("person", TensorProto.FLOAT, [height, width])],
            list(self._stored.values()),
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

    @staticmethod
    def _name(index: int) -> str:
        return f"t{index}"

    def _add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _store(self, name: str, values: Array) -> str:
        """The name of that constant in the graph; floats are stored in half precision where that loses nothing."""
        if name not in self._stored:
            if values.dtype.kind == "f" and values.size > 1:
                values = lossless_half(values)
            stored = np.ascontiguousarray(values).reshape(values.shape)
            self._stored[name] = numpy_helper.from_array(stored, name)
            if values.dtype == np.float16:
                self._add("Cast", [name], f"{name}_float", to=TensorProto.FLOAT)
        return f"{name}_float" if self._stored[name].data_type == TensorProto.FLOAT16 else name

    def _value(self, index: int) -> str:
        """The name of a tensor that an operator reads: an earlier result, or a constant in the order of ONNX."""
        if index not in self._constants:
            return self._name(index)
        values = self._constants[index]
        return self._store(f"c{index}", values.transpose(0, 3, 1, 2) if values.ndim == 4 else values)

    def _activate(self, code: int, before: str, output: str) -> None:
        if code == 0:
            self._add("Identity", [before], output)
        elif code == 1:
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
                made = self._add(kind.title(), [self._value(index) for index in inputs], f"{output}_raw")
                self._activate(options(f"{kind.title()}Options").FusedActivationFunction(), made, output)
            case "RELU" | "LOGISTIC" | "HARD_SWISH":
                same = {"RELU": "Relu", "LOGISTIC": "Sigmoid", "HARD_SWISH": "HardSwish"}
                self._add(same[kind], [self._value(inputs[0])], output)
            case "AVERAGE_POOL_2D" | "MEAN" if self._shape(result)[-3:-1] == [1, 1]:
                self._add("GlobalAveragePool", [self._value(inputs[0])], output)
            case "RESIZE_BILINEAR":
                self._resize(name, options("ResizeBilinearOptions"), inputs[0], result)
            case "CUSTOM" if code.CustomCode() == b"Convolution2DTransposeBias":
                # The weights are (out, height, width, in), with a stride of 2 in both directions.
                weights = self._constants[inputs[1]].transpose(3, 0, 1, 2)
                taken = [self._value(inputs[0]), self._store(f"{name}w", weights), self._value(inputs[2])]
                self._add("ConvTranspose", taken, output, strides=[2, 2], kernel_shape=list(weights.shape[2:]))
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
        taken = [self._value(inputs[0]), self._store(f"{name}w", weights), self._value(inputs[2])]
        made = self._add(
            "Conv", taken, f"{output}_raw", strides=strides, group=group, kernel_shape=kernel, pads=pads
        )  # fmt: skip
        self._activate(options.FusedActivationFunction(), made, output)

    def _resize(self, name: str, options: Any, source: int, result: int) -> None:
        before, after = self._shape(source)[1:3], self._shape(result)[1:3]
        mode = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
        if options.AlignCorners():
            mode = "align_corners"
        scales = np.array([1, 1, after[0] / before[0], after[1] / before[1]], np.float32)
        stored = self._stored.setdefault(f"{name}s", numpy_helper.from_array(scales, f"{name}s")).name
        taken = [self._value(source), "", stored]
        self._add("Resize", taken, self._name(result), mode="linear", coordinate_transformation_mode=mode)


def check(original: Path, converted: Path, photographs: Sequence[Path]) -> tuple[float, float]:
    """The largest and the mean difference between the original runtime and the converted file on these pictures."""
    import cv2
    import onnxruntime
    from ai_edge_litert.interpreter import Interpreter

    session = onnxruntime.InferenceSession(str(converted), providers=["CPUExecutionProvider"])
    interpreter = Interpreter(str(original))
    interpreter.allocate_tensors()
    into, out = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    _, height, width, _ = into["shape"]
    differences = []
    for photograph in photographs:
        picture = cv2.imread(str(photograph))
        if picture is None:
            raise SystemExit(f"{photograph} is not a picture")
        frame = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        interpreter.set_tensor(into["index"], (frame[None, ..., ::-1] / 255).astype(np.float32))
        interpreter.invoke()
        expected = interpreter.get_tensor(out["index"])[0, ..., 0]
        differences.append(np.abs(session.run(None, {"frame": frame[None]})[0] - expected))
    return float(np.max(differences)), float(np.mean(differences))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, metavar="PACKAGE")
    parser.add_argument("--check", type=Path, nargs="+", metavar="PHOTO", help="compare with the original runtime")
    parser.add_argument("--output", type=Path, default=OUT, metavar="FOLDER")
    options = parser.parse_args()
    for name, file in NETS.items():
        original, target = options.package / file, options.output / f"{name}.onnx"
        onnx.save(Converter(original.read_bytes()).model(), target)
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} KB", end="")
        if options.check:
            largest, mean = check(original, target, options.check)
            print(f", differs by at most {largest:.1e}, {mean:.1e} in the mean", end="")
        print()


if __name__ == "__main__":
    main()
