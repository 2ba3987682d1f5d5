"""Tells which nodes of a graph the CUDA execution provider has no kernel for.

The kernels are listed in cuda_kernels.json, which says where the list comes from. It has the operators that a style
could plausibly use, for the opset of styles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import onnx

_TABLE: Final = json.loads(Path(__file__).with_suffix(".json").read_text())
OPSET: Final[int] = _TABLE["opset"]
KERNELS: Final[dict[str, list[dict[str, str]]]] = _TABLE["kernels"]
"""By operator the kernels: the element types that each takes, by the name of ONNX's type parameter or of the input."""

HOST_INPUTS: Final = {
    "Clip": (1, 2),
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "Pad": (1, 2),
    "Range": (0, 1, 2),
    "ReduceSum": (1,),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "Tile": (1,),
    "Unsqueeze": (1,),
}
"""The inputs that CUDA's kernels read from host memory (OrtMemTypeCPUInput in their definitions)."""

_UNKNOWN: Final = "unknown"
"""The output type of operators that only ONNX Runtime defines."""


def lacking(model: onnx.ModelProto) -> list[str]:
    """The nodes that would run on the CPU because CUDA has no kernel for them, like "Pad of uint8".

    Args:
        model: a graph whose types can be inferred from its inputs and constants.
    """
    kinds = dict(_types(onnx.shape_inference.infer_shapes(model, strict_mode=True).graph))
    found = []
    for node in model.graph.node:
        kernels = KERNELS.get(node.op_type, []) if node.domain == "" else []
        given = _parameters(node, kinds) if kernels else {}
        if not any(all(given.get(p, kind) in kind.split() for p, kind in kernel.items()) for kernel in kernels):
            found.append(f"{node.op_type} of {kinds.get(node.input[0], _UNKNOWN)}")
    return found


def waiting_for_the_host(model: onnx.ModelProto) -> list[str]:
    """The nodes with an input in host memory that is not constant and would be copied there for each frame."""
    constants = {"", *(c.name for c in model.graph.initializer)}
    return [
        node.op_type
        for node in model.graph.node
        if {name for n, name in enumerate(node.input) if n in HOST_INPUTS.get(node.op_type, ())} - constants
    ]


def _types(graph: onnx.GraphProto) -> Iterator[tuple[str, str]]:
    for constant in graph.initializer:
        yield constant.name, _type_name(constant.data_type)
    for value in (*graph.input, *graph.value_info, *graph.output):
        yield value.name, _type_name(value.type.tensor_type.elem_type)


def _parameters(node: onnx.NodeProto, kinds: dict[str, str]) -> dict[str, str]:
    """The types of a node's inputs and outputs, by type parameter and by name of the input."""
    schema, found = onnx.defs.get_schema(node.op_type, OPSET, node.domain), {}
    for formal, names in ((schema.inputs, node.input), (schema.outputs, node.output)):
        for number, name in enumerate(names):
            if name:
                parameter = formal[min(number, len(formal) - 1)]  # the last parameter may stand for many inputs
                found[parameter.type_str] = found[parameter.name] = kinds.get(name, _UNKNOWN)
    return found


def _type_name(kind: int) -> str:
    """The name that kernels use for an element type."""
    return str(onnx.TensorProto.DataType.Name(kind)).lower()
