"""Other people's ONNX models of one picture in, one picture out, run as styles straight away.

Like the fast neural style models of the ONNX model zoo: float32 NCHW, RGB of 0..255 or 0..1. In memory, a few
operators are put around the model's graph, which turn it into one of bytes, as the contract has it. They are such as
all versions of the format since opset 7 have, so the model need not be converted. The sides of frames are made
multiples of 4 before, and a model of one size gets frames with a border: see `Foreign.around`. `nst-export --import`
makes style files of such models, with all of that inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nstcam.realtime.engine.contract import INPUT_NAME, OUTPUT_NAME
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.protobuf import BYTES, VARINT, Damaged, Field, Walk, field, varint

if TYPE_CHECKING:
    import onnxruntime

SMALL: Final = 2.0
"""A network whose picture never exceeds this gives 0..1."""
_MOST_BYTES: Final = 200_000_000
_SIZES: Final = ((64, 96), (76, 48))
"""(height, width) of the frames that a model is tried with."""
_SIDE: Final = 4
"""Sides are multiples of this, which networks that halve them twice give back as they are."""
_LARGEST_SIDE: Final = 4096
_FIRST_OPSET: Final = 7
"""The first whose arithmetic broadcasts as NumPy's does."""
_NEEDED: Final = "needed is one input and one output, float32 [batch, 3, height, width]"
_CURE: Final = "nst-export --import says more about it, and may make a style of it"
_FLOAT, _BYTE, _INT64 = 1, 2, 7
"""TensorProto.DataType."""
_GRAPH, _OPSETS = 7, 8
"""Fields of ModelProto; those below are GraphProto's."""
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13


@dataclass(frozen=True)
class Foreign:
    """How a model is made a style.

    Attributes:
        ports: the names of its input and its output.
        white: what it takes and gives for white, 255 or 1.
        only_hw: (height, width) of the pictures that it takes; None: it takes all sizes.
    """

    ports: tuple[str, str]
    white: int
    only_hw: tuple[int, int] | None = None

    def size_for(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of what the model gets for a frame of that size."""
        return self.only_hw or (-(-height // _SIDE) * _SIDE, -(-width // _SIDE) * _SIDE)

    def around(self, frame: Frame, paint: Callable[[Frame], Frame]) -> Frame:
        """Has a frame painted in a size that the model takes; the result has the frame's own."""
        import cv2

        height, width = frame.shape[:2]
        room_h, room_w = self.size_for(height, width)
        scale = min(room_h / height, room_w / width) if self.only_hw else 1.0
        inner_h = max(min(round(height * scale), room_h), 1)
        inner_w = max(min(round(width * scale), room_w), 1)
        if (inner_h, inner_w) == (height, width) == (room_h, room_w):
            return paint(frame)
        if (inner_h, inner_w) != (height, width):
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            frame = cv2.resize(frame, (inner_w, inner_h), interpolation=method).astype(np.uint8, copy=False)
        top, left = (room_h - inner_h) // 2, (room_w - inner_w) // 2
        if not self.only_hw:
            top = left = 0
        bordered = cv2.copyMakeBorder(
            frame, top, room_h - inner_h - top, left, room_w - inner_w - left, cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)  # norms over the frame take its mean; black bars would darken the picture
        painted = paint(bordered)[top : top + inner_h, left : left + inner_w]
        if (inner_h, inner_w) != (height, width):
            painted = cv2.resize(painted, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
        return np.ascontiguousarray(painted)


def examined(path: Path, session: onnxruntime.InferenceSession) -> Foreign:
    """Finds out, by trying, how a model can be run as a style.

    Args:
        session: the model as it is, on the CPU.

    Raises:
        StyleError: it is too large, or a model of another kind; the text says what it has and what is needed.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise StyleError(f"{path} has {path.stat().st_size:,} bytes, too many for a style; at most {_MOST_BYTES:,}")
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1 or not all(_fits(port) for port in (*inputs, *outputs)):
        has = "; ".join(f"{port.name} {port.type} {_dims(port)}" for port in (*inputs, *outputs)[:6])
        raise StyleError(f"{path} is no style of nstcam, and a model that has {has}; {_NEEDED}")
    ports, shape = (inputs[0].name, outputs[0].name), inputs[0].shape
    only = (shape[2], shape[3]) if len(shape) == 4 and all(isinstance(side, int) for side in shape[2:]) else None
    picture = np.random.default_rng(0).random((1, 3, *(only or _SIZES[0])), np.float32)
    try:
        made = np.asarray(session.run(None, {ports[0]: picture})[0])
    except Exception as error:  # ONNX Runtime's errors share no type of their own
        raise StyleError(f"{path} does not run ({one_line(error)}); {_CURE}") from error
    white = 255 if np.abs(made).max() > SMALL else 1
    data, reason = path.read_bytes(), ""
    for only_hw in (None, only) if only else (None,):
        foreign = Foreign(ports, white, only_hw)
        reason = _tried(wrapped(path, data, foreign), [only_hw] if only_hw else _SIZES)
        if not reason:
            return foreign
    raise StyleError(f"{path} {reason}; {_CURE}")


def wrapped(path: Path, model: bytes, foreign: Foreign) -> bytes:
    """The model as one that follows the contract, for frames of the sizes that `Foreign.around` makes.

    Args:
        path: names it in messages.

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
        inner = _inner_graph(walk, graph, foreign, bytes(model))
    except (Damaged, UnicodeDecodeError) as error:
        raise StyleError(f"{path} is not an ONNX model or is damaged ({error})") from error
    if opset < _FIRST_OPSET:
        raise StyleError(f"{path} is of opset {opset}, at least {_FIRST_OPSET} is needed; {_CURE}")
    return bytes(rest) + field(_GRAPH, inner)


def _opset(walk: Walk, part: Field) -> int:
    """The version of the standard operators; 0 for those of another domain."""
    fields = {each.number: each for each in walk.fields(part.start, part.end)}
    domain = walk.text(fields[1]).decode() if 1 in fields else ""
    return walk.number(fields[2]) if domain in ("", "ai.onnx") and 2 in fields else 0


def _inner_graph(walk: Walk, graph: Field, foreign: Foreign, model: bytes) -> bytes:
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
    before, after = _before(foreign), _after(foreign)
    kept = b"".join(field(_INPUT, payload) for name, payload in inputs if name in constants)
    return b"".join((
        before, bytes(nodes), after, bytes(others),
        _tensor("nstcam/order", np.array([2, 1, 0], np.int64), _INT64),
        _tensor("nstcam/scale", np.array(foreign.white / 255, np.float32), _FLOAT),
        _tensor("nstcam/white", np.array(255, np.float32), _FLOAT),
        _tensor("nstcam/half", np.array(0.5, np.float32), _FLOAT),
        field(_INPUT, _port(INPUT_NAME)), kept, field(_OUTPUT, _port(OUTPUT_NAME)),
    ))  # fmt: skip


def _before(foreign: Foreign) -> bytes:
    return (
        _node("Cast", [INPUT_NAME], "nstcam/floats", to=_FLOAT)
        + _node("Transpose", ["nstcam/floats"], "nstcam/planes", perm=[0, 3, 1, 2])
        + _node("Gather", ["nstcam/planes", "nstcam/order"], "nstcam/rgb", axis=1)
        + _node("Mul", ["nstcam/rgb", "nstcam/scale"], foreign.ports[0])
    )


def _after(foreign: Foreign) -> bytes:
    """Rounds and clips with operators that every opset has in the same form."""
    return (
        _node("Div", [foreign.ports[1], "nstcam/scale"], "nstcam/levels")
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


def _fits(port: Any) -> bool:
    sides = port.shape
    if port.type != "tensor(float)" or len(sides) not in (0, 4):
        return False
    small = all(not isinstance(side, int) or 32 <= side <= _LARGEST_SIDE for side in sides[2:])
    return not sides or (
        (sides[0] in (1, None) or isinstance(sides[0], str))
        and (sides[1] in (3, None) or isinstance(sides[1], str))
        and small
    )


def _dims(port: Any) -> str:
    return f"[{', '.join(str(side) for side in port.shape)}]"


def _tried(model: bytes, sizes: Any) -> str:
    """Why the wrapped model does not work at these sizes; "" if it does."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"], enable_fallback=False
        )
        for height, width in sizes:
            frame = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
            made = np.asarray(session.run(None, {INPUT_NAME: frame})[0])
            if made.shape != frame.shape:
                return f"makes {made.shape[2]}x{made.shape[1]} of a picture of {width}x{height}"
    except Exception as error:  # ONNX Runtime's errors share no type of their own
        return f"does not run ({one_line(error)})"
    return ""


def one_line(error: Exception) -> str:
    """The beginning of an error's text, on one line."""
    return " ".join(str(error).split())[:200]
