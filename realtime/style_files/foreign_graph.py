"""Puts operators around the graph of another program's model, which make it one from bytes to bytes.

They are written as protobuf, without the package onnx, and are such as all versions of the format since opset 7 have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from nstcam.realtime.errors import StyleError
from nstcam.realtime.protobuf import BYTES, Damaged, Field, Walk, field
from nstcam.realtime.style_files.contract import INPUT_NAME, OUTPUT_NAME
from nstcam.realtime.style_files.onnx_parts import BYTE, FLOAT, INT64, node, picture_port, renamed, tensor

CURE: Final = "nst-export --import says more about it, and may make a style of it"
_FIRST_OPSET: Final = 7
"""The first whose arithmetic broadcasts as NumPy's does."""
_GRAPH, _OPSETS = 7, 8
"""Fields of ModelProto; those below are GraphProto's."""
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13
_NAMED: Final = {_INPUT: 1, _INITIALIZER: 8}
"""Where the name stands in each."""
_OTHERWISE: Final = {name.encode(): f"nstcam/their_{name}".encode() for name in (INPUT_NAME, OUTPUT_NAME)}
"""What a model's own values are called from now on if they have the names of ours."""


def wrapped(path: Path, model: bytes, ports: tuple[str, str], white: int) -> bytes:
    """The model as one that follows the contract, for frames of the sizes that `Foreign.around` makes.

    Args:
        path: names it in messages.
        ports: the names of its input and its output.
        white: what it takes and gives for white, 255 or 1.

    Raises:
        StyleError: it is damaged, or in an old version of the format.
    """
    walk, rest, graph = Walk(bytearray(model)), bytearray(), None
    begins, opset = 0, 0
    try:
        for part in walk.fields(0, len(model)):
            if (part.number, part.kind) == (_GRAPH, BYTES):
                graph = part
            else:
                rest += model[begins : part.end]
            if (part.number, part.kind) == (_OPSETS, BYTES):
                opset = max(opset, _opset(walk, part))
            begins = part.end
        if graph is None:
            raise Damaged("no graph")
        inner = _inner_graph(walk, graph, ports, white, bytes(model))
    except (Damaged, UnicodeDecodeError) as error:
        raise StyleError(f"{path} is not an ONNX model or is damaged ({error})") from error
    if opset < _FIRST_OPSET:
        raise StyleError(f"{path} is of opset {opset}, at least {_FIRST_OPSET} is needed; {CURE}")
    return bytes(rest) + field(_GRAPH, inner)


def _opset(walk: Walk, part: Field) -> int:
    """The version of the standard operators; 0 for those of another domain."""
    fields = {each.number: each for each in walk.fields(part.start, part.end)}
    domain = walk.text(fields[1]).decode() if 1 in fields else ""
    return walk.number(fields[2]) if domain in ("", "ai.onnx") and 2 in fields else 0


def _inner_graph(walk: Walk, graph: Field, ports: tuple[str, str], white: int, model: bytes) -> bytes:
    """The graph from bytes to bytes. What was inferred from fixed sizes is left out."""
    nodes, others, inputs, constants = bytearray(), bytearray(), list[tuple[bytes, bytes]](), set[bytes]()
    for part in walk.fields(graph.start, graph.end):
        if part.number == _NODE:
            nodes += field(_NODE, renamed(walk, part, (1, 2), _OTHERWISE))
        elif part.number in _NAMED:
            number = _NAMED[part.number]
            name = next((walk.text(each) for each in walk.fields(part.start, part.end) if each.number == number), b"")
            payload = renamed(walk, part, (number,), _OTHERWISE)
            if part.number == _INPUT:
                inputs.append((name, payload))
            else:
                constants.add(name)
                others += field(_INITIALIZER, payload)
        elif part.number not in (_OUTPUT, _VALUE_INFO):
            others += field(part.number, model[part.start : part.end]) if part.kind == BYTES else b""
    source, result = (_OTHERWISE.get(port.encode(), port.encode()).decode() for port in ports)
    kept = b"".join(field(_INPUT, payload) for name, payload in inputs if name in constants)
    return b"".join((
        _before(source), bytes(nodes), _after(result), bytes(others),
        tensor("nstcam/order", np.array([2, 1, 0], np.int64), INT64),
        tensor("nstcam/scale", np.array(white / 255, np.float32), FLOAT),
        tensor("nstcam/white", np.array(255, np.float32), FLOAT),
        tensor("nstcam/half", np.array(0.5, np.float32), FLOAT),
        field(_INPUT, picture_port(INPUT_NAME)), kept, field(_OUTPUT, picture_port(OUTPUT_NAME)),
    ))  # fmt: skip


def _before(port: str) -> bytes:
    return (
        node("Cast", [INPUT_NAME], "nstcam/floats", to=FLOAT)
        + node("Transpose", ["nstcam/floats"], "nstcam/planes", perm=[0, 3, 1, 2])
        + node("Gather", ["nstcam/planes", "nstcam/order"], "nstcam/rgb", axis=1)
        + node("Mul", ["nstcam/rgb", "nstcam/scale"], port)
    )


def _after(port: str) -> bytes:
    """Rounds and clips with operators that every opset has in the same form."""
    return (
        node("Div", [port, "nstcam/scale"], "nstcam/levels")
        + node("Relu", ["nstcam/levels"], "nstcam/above")
        + node("Sub", ["nstcam/white", "nstcam/above"], "nstcam/left")
        + node("Relu", ["nstcam/left"], "nstcam/left_above")
        + node("Sub", ["nstcam/white", "nstcam/left_above"], "nstcam/within")
        + node("Add", ["nstcam/within", "nstcam/half"], "nstcam/raised")
        + node("Floor", ["nstcam/raised"], "nstcam/whole")
        + node("Gather", ["nstcam/whole", "nstcam/order"], "nstcam/bgr", axis=1)
        + node("Transpose", ["nstcam/bgr"], "nstcam/pixels", perm=[0, 2, 3, 1])
        + node("Cast", ["nstcam/pixels"], OUTPUT_NAME, to=BYTE)
    )
