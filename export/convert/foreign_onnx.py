"""Other people's ONNX models of one picture in, one picture out, wrapped into the style contract.

Like the fast neural style models of the ONNX model zoo: float32 NCHW, RGB of 0..255 or 0..1. Around them go the bytes,
the order of the channels and a border that makes the sides multiples of 4; a size that the model fixes is set free.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper, version_converter

from nstcam.export.errors import ExportError
from nstcam.realtime.style_files.contract import CONTRACT_VERSION, INPUT_NAME, METADATA_PREFIX, OUTPUT_NAME
from nstcam.realtime.style_files.cpu_session import cpu_session
from nstcam.realtime.style_files.foreign import SMALL, one_line
from nstcam.train.network.checkpoint import StyleIdentity

OPSET: Final = 14
"""Models of an older one are converted to it; newer ones keep theirs, since there is not always a way back."""
_IR: Final = 8
"""The version of the file format that belongs to the opset."""
_MOST_BYTES: Final = 500_000_000
_SIZES: Final = ((64, 96), (76, 48))
"""(height, width) of the frames that a wrapped model is tried with."""
_NEEDED: Final = "needed: one input and one output, float32 [batch, 3, height, width]"


def wrapped_model(path: Path, identity: StyleIdentity, values: str = "auto", *, bgr: bool = False) -> ModelProto:
    """The model as a style: it follows the contract, and has been tried at two sizes.

    Args:
        values: 255 or 1, what the model takes and gives for white; auto: what it gives tells.
        bgr: whether it takes and gives blue first.

    Raises:
        ExportError: the file is missing, damaged, too large, or a model of another kind; the text says what it has and
            what is needed.
    """
    inner = _loaded(path)
    name_in, name_out = _ports(path, inner)
    _set_free(inner, name_in, name_out)
    try:
        if _opset(inner) < OPSET:
            inner = version_converter.convert_version(inner, OPSET)
            inner.ir_version = _IR
        _set_free(inner, name_in, name_out)
    except Exception as error:  # the converter's errors share no type
        raise ExportError(
            f"{path} cannot be brought to opset {OPSET} ({one_line(error)}); export it again with a newer opset"
        ) from error
    white = _white(path, inner, name_in) if values == "auto" else int(values)
    model = _wrapped(inner, name_in, name_out, white, bgr=bgr)
    credits = {"contract": CONTRACT_VERSION, "network": "foreign", "precision": "float32"}
    credits |= {name: getattr(identity, name) for name in ("name", "title", "artist", "year", "licence")}
    helper.set_model_props(model, {METADATA_PREFIX + key: text for key, text in credits.items()})
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise ExportError(f"{path} is not a valid model ({one_line(error)}); {_NEEDED}") from error
    for height, width in _SIZES:
        frame = np.random.default_rng(0).integers(0, 256, (1, height, width, 3)).astype(np.uint8)
        painted = _run(path, model, {INPUT_NAME: frame})
        if painted.shape != frame.shape:
            raise ExportError(
                f"{path} makes {painted.shape[2]}x{painted.shape[1]} of a picture of {width}x{height}; "
                "the output must be as large as the input"
            )
    return model


def _loaded(path: Path) -> ModelProto:
    if not path.is_file():
        raise ExportError(f"{path} not found; check the path")
    if path.stat().st_size > _MOST_BYTES:
        raise ExportError(f"{path} has {path.stat().st_size:,} bytes; at most {_MOST_BYTES:,} are read")
    try:
        model = onnx.load(str(path), load_external_data=False)
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf's and the checker's errors share no type
        raise ExportError(f"{path} is not an ONNX model or is damaged ({one_line(error)})") from error
    if any(tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise ExportError(f"{path} keeps its weights in another file; save it as one file first")
    return model


def _opset(model: ModelProto) -> int:
    """The version of the standard operators."""
    return max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=0)


def _ports(path: Path, model: ModelProto) -> tuple[str, str]:
    """The names of the one input and the one output."""
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [port for port in model.graph.input if port.name not in weights]
    found = [_described(port) for port in (*inputs, *model.graph.output)]
    fits = len(inputs) == len(model.graph.output) == 1
    for port in (*inputs, *model.graph.output):
        kind = port.type.tensor_type
        dims = [each.dim_value for each in kind.shape.dim]
        fits = fits and kind.elem_type == TensorProto.FLOAT and len(dims) in (0, 4)
        fits = fits and (not dims or (dims[0] in (0, 1) and dims[1] in (0, 3)))
    if not fits:
        raise ExportError(f"{path} has {'; '.join(found)}; {_NEEDED}")
    return inputs[0].name, model.graph.output[0].name


def _described(port: onnx.ValueInfoProto) -> str:
    kind = port.type.tensor_type
    dims = ", ".join(str(each.dim_param or each.dim_value) for each in kind.shape.dim)
    return f"{port.name} {TensorProto.DataType.Name(kind.elem_type).lower()} [{dims}]"


def _set_free(model: ModelProto, name_in: str, name_out: str) -> None:
    """Frees batch, height and width; what was inferred from fixed ones is forgotten."""
    del model.graph.value_info[:]
    for port in (*model.graph.input, *model.graph.output):
        if port.name in (name_in, name_out):
            side = "in" if port.name == name_in else "out"
            dims = (f"batch_{side}", 3, f"height_{side}", f"width_{side}")
            port.CopyFrom(helper.make_tensor_value_info(port.name, TensorProto.FLOAT, dims))


def _white(path: Path, inner: ModelProto, name_in: str) -> int:
    """255 or 1, told by what the model makes of a picture of 0..1: norms in it even out the scale of what it takes."""
    height, width = _SIZES[0]
    picture = np.random.default_rng(0).random((1, 3, height, width)).astype(np.float32)
    return 255 if np.abs(_run(path, inner, {name_in: picture})).max() > SMALL else 1


def _run(path: Path, model: ModelProto, feed: dict[str, Any]) -> Any:
    try:
        return cpu_session(model.SerializeToString()).run(None, feed)[0]
    except Exception as error:  # ONNX Runtime's errors share no type of their own
        raise ExportError(
            f"{path} does not run at any size ({one_line(error)}); export it with free height and width"
        ) from error


def _wrapped(inner: ModelProto, name_in: str, name_out: str, white: int, *, bgr: bool) -> ModelProto:
    """The graph from bytes to bytes; `inner` in the middle, its names prefixed."""
    renamed = onnx.compose.add_prefix(inner, "inner/")
    nodes: list[onnx.NodeProto] = []
    constants: list[TensorProto] = []

    def constant(name: str, value: Any) -> str:
        constants.append(onnx.numpy_helper.from_array(value, f"wrap/{name}"))
        return f"wrap/{name}"

    def op(kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"wrap/{kind.lower()}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    axes = constant("axes", np.array([2, 3], np.int64))
    order = constant("order", np.array([2, 1, 0], np.int64))
    zeros = constant("zeros", np.zeros(2, np.int64))
    four = constant("four", np.array(4, np.int64))
    scale = constant("scale", np.array(white / 255, np.float32))
    x = op("Transpose", op("Cast", INPUT_NAME, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    x = x if bgr else op("Gather", x, order, axis=1)
    sides = op(
        "Slice", op("Shape", x), constant("two", np.array([2], np.int64)), constant("end", np.array([4], np.int64))
    )
    over = op("Mod", op("Sub", four, op("Mod", sides, four)), four)
    border = op("Concat", constant("before", np.zeros(6, np.int64)), over, axis=0)
    x = op("Pad", op("Mul", x, scale), border, mode="edge")
    before, nodes[:] = list(nodes), []
    first = helper.make_node("Identity", [x], [f"inner/{name_in}"])
    y = op("Slice", f"inner/{name_out}", zeros, sides, axes)
    y = op("Div", y, scale)
    y = op("Clip", y, constant("low", np.array(0, np.float32)), constant("high", np.array(255, np.float32)))
    y = op("Cast", op("Round", y), to=TensorProto.UINT8)
    y = y if bgr else op("Gather", y, order, axis=1)
    op("Transpose", y, perm=[0, 2, 3, 1], output=OUTPUT_NAME)
    for number, node in enumerate(before):
        node.name = f"wrap/before_{number}"
    ports = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", "height", "width", 3])
        for name in (INPUT_NAME, OUTPUT_NAME)
    ]
    graph = helper.make_graph(
        [*before, first, *renamed.graph.node, *nodes], "style", ports[:1], ports[1:],
        [*constants, *renamed.graph.initializer],
    )  # fmt: skip
    opsets = [
        helper.make_opsetid("", _opset(inner)),
        *(each for each in inner.opset_import if each.domain not in ("", "ai.onnx")),
    ]
    return helper.make_model(graph, opset_imports=opsets, ir_version=max(inner.ir_version, _IR))
