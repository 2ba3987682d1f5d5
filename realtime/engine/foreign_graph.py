"""Puts operators around the graph of another program's model, which make it one from bytes to bytes.

They are written as protobuf, without the package onnx, and are such as all versions of the format since opset 7 have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from nstcam.realtime.engine.contract import INPUT_NAME, OUTPUT_NAME
from nstcam.realtime.errors import StyleError
from nstcam.realtime.protobuf import BYTES, VARINT, Damaged, Field, Walk, field, varint

CURE: Final = "nst-export --import says more about it, and may make a style of it"
_FIRST_OPSET: Final = 7
"""The first whose arithmetic broadcasts as NumPy's does."""
_FLOAT, _BYTE, _INT64 = 1, 2, 7
"""TensorProto.DataType."""
_GRAPH, _OPSETS = 7, 8
"""Fields of ModelProto; those below are GraphProto's."""
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13


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
    nodes, others, inputs, constants = bytearray(), bytearray(), list[tuple[str, bytes]](), set[str]()
    name_of = {_INPUT: 1, _INITIALIZER: 8}
    for part in walk.fields(graph.start, graph.end):
        payload = model[part.start : part.end]
        if part.number == _NODE:
            names = [walk.text(each) for each in walk.fields(part.start, part.end) if each.number in (1, 2)]
            if {INPUT_NAME.encode(), OUTPUT_NAME.encode()} & set(names):
                raise Damaged(f"a value in it is called {INPUT_NAME} or {OUTPUT_NAME}, as ours are")
            nodes += field(_NODE, payload)
        elif part.number in name_of:
            name = next(
                (walk.text(each) for each in walk.fields(part.start, part.end) if each.number == name_of[part.number]),
                b"",
            ).decode()
            if part.number == _INPUT:
                inputs.append((name, payload))
            else:
                constants.add(name)
                others += field(_INITIALIZER, payload)
        elif part.number not in (_OUTPUT, _VALUE_INFO):
            others += field(part.number, payload) if part.kind == BYTES else b""
    before, after = _before(ports[0]), _after(ports[1])
    kept = b"".join(field(_INPUT, payload) for name, payload in inputs if name in constants)
    return b"".join((
        before, bytes(nodes), after, bytes(others),
        _tensor("nstcam/order", np.array([2, 1, 0], np.int64), _INT64),
        _tensor("nstcam/scale", np.array(white / 255, np.float32), _FLOAT),
        _tensor("nstcam/white", np.array(255, np.float32), _FLOAT),
        _tensor("nstcam/half", np.array(0.5, np.float32), _FLOAT),
        field(_INPUT, _port(INPUT_NAME)), kept, field(_OUTPUT, _port(OUTPUT_NAME)),
    ))  # fmt: skip


def _before(name_in: str) -> bytes:
    return (
        _node("Cast", [INPUT_NAME], "nstcam/floats", to=_FLOAT)
        + _node("Transpose", ["nstcam/floats"], "nstcam/planes", perm=[0, 3, 1, 2])
        + _node("Gather", ["nstcam/planes", "nstcam/order"], "nstcam/rgb", axis=1)
        + _node("Mul", ["nstcam/rgb", "nstcam/scale"], name_in)
    )


def _after(name_out: str) -> bytes:
    """Rounds and clips with operators that every opset has in the same form."""
    return (
        _node("Div", [name_out, "nstcam/scale"], "nstcam/levels")
        + _node("Relu", ["nstcam/levels"], "nstcam/above")
        + _node("Sub", ["nstcam/white", "nstcam/above"], "nstcam/left")
        + _node("Relu", ["nstcam/left"], "nstcam/left_above")
        + _node("Sub", ["nstcam/white", "nstcam/left_above"], "nstcam/within")
        + _node("Add", ["nstcam/within", "nstcam/half"], "nstcam/raised")
        + _node("Floor", ["nstcam/raised"], "nstcam/whole")
        + _node("Gather", ["nstcam/whole", "nstcam/order"], "nstcam/bgr", axis=1)
        + _node("Transpose", ["nstcam/bgr"], "nstcam/pixels", perm=[0, 2, 3, 1])
        + _node("Cast", ["nstcam/pixels"], OUTPUT_NAME, to=_BYTE)
    )


def _node(kind: str, inputs: list[str], output: str, **attributes: int | list[int]) -> bytes:
    """A NodeProto in its field of the graph."""
    parts = [field(1, name.encode()) for name in inputs]
    parts += [field(2, output.encode()), field(3, f"nstcam/{output}".encode()), field(4, kind.encode())]
    for name, value in attributes.items():
        if isinstance(value, int):
            stated = _number(3, value) + _number(20, 2)
        else:
            stated = b"".join(_number(8, each) for each in value) + _number(20, 7)
        parts.append(field(5, field(1, name.encode()) + stated))
    return field(_NODE, b"".join(parts))


def _tensor(name: str, values: Any, kind: int) -> bytes:
    dims = b"".join(_number(1, side) for side in values.shape)
    return field(_INITIALIZER, dims + _number(2, kind) + field(8, name.encode()) + field(9, values.tobytes()))


def _port(name: str) -> bytes:
    """A ValueInfoProto: bytes [batch, height, width, 3]."""
    free = b"".join(field(1, field(2, side.encode())) for side in ("batch", "height", "width"))
    shape = free + field(1, _number(1, 3))
    return field(1, name.encode()) + field(2, field(1, _number(1, _BYTE) + field(2, shape)))


def _number(number: int, value: int) -> bytes:
    return varint(number << 3 | VARINT) + varint(value)
