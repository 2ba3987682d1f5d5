"""Style graphs in ONNX, built node by node from trained networks: uint8 BGR frames in and out.

Written out instead of traced from PyTorch: the graph is small, every node is meant, and shapes stay dynamic without
a tracer's guesses. `nstcam.export.convert.parity` holds it against the trained network.

Inside: pixel scale, colour order and batch norm live in the convolutions, and the shuffles between the full frame and
the network's resolution move bytes, in runs of a cell's row, not floats. CUDA has every operator for the types that
floating-point graphs use it with: one that it lacks would run on the CPU, with copies there and back in each frame and
no recorded CUDA graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn import functional as F

from nstcam.export.convert import fold
from nstcam.realtime.engine.half import INSIDE
from nstcam.realtime.engine.style import CANVAS_INPUT, INPUT_NAME, OUTPUT_NAME
from nstcam.train.network.canvas import CANVAS_SIZE, CELL, cubic_taps

OPSET: Final = 14
"""An old one, for the sake of older runtimes. Not all of them take Pad with axes, which came with 18."""

CELL_ROW: Final = 3 * CELL
"""Bytes of one row of pixels of a cell, the longest run that lies together in both orders."""

_IR_VERSION: Final = 8
_MICROSOFT: Final = "com.microsoft"


class GraphBuilder:
    """Collects nodes and constants; values are named by the operator that makes them."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._has_canvas = False

    def op(self, kind: str, *inputs: str, output: str | None = None, domain: str = "", **attributes: Any) -> str:
        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def microsoft(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """An operator of ONNX Runtime's own."""
        return self.op(kind, *inputs, domain=_MICROSOFT, **attributes)

    def integers(self, *values: int) -> str:
        return self.named("i_" + "_".join(map(str, values)).replace("-", "m"), np.array(values, np.int64))

    def scalar(self, value: int) -> str:
        return self.named(f"s_{value}".replace("-", "m"), np.array(value, np.int64))

    def constant(self, array: NDArray[Any]) -> str:
        return self.named(f"w_{len(self._constants)}", array)

    def named(self, name: str, array: NDArray[Any]) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def cast(self, x: str, kind: type[np.generic]) -> str:
        return self.op("Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def inside(self, x: str, kind: type[np.generic]) -> str:
        """A cast to the type that the network is computed in, under a name by which half.py finds it."""
        name = f"{INSIDE}{len(self._nodes)}"
        return self.op("Cast", x, output=name, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def pad(self, x: str, axes: tuple[int, int], amount: int, mode: str) -> str:
        """Pads rows and columns, which lie in `axes`, on all sides."""
        one_side = [amount if axis in axes else 0 for axis in range(4)]
        return self.op("Pad", x, self.integers(*one_side, *one_side), mode=mode)

    def canvas_phases(self, noise: str) -> str:
        """Floats (C, 1, R + 3, Q + 3), see `wrapped` -> (16, R, Q, C), the noise moved by each pixel of a cell.

        All of it is constant, so ONNX Runtime computes it once, when the file is opened.
        """
        taps = np.array([cubic_taps(pixel / CELL) for pixel in range(CELL)], np.float32)
        kernels = np.einsum("ai,bj->abij", taps, taps).reshape(CELL * CELL, 1, 4, 4)
        phases = self.op("Conv", noise, self.named("phases", kernels), kernel_shape=[4, 4])
        return self.op("Transpose", phases, perm=[1, 2, 3, 0])

    def canvas(self, phases: str, size: str) -> str:
        """The noise of `canvas_phases` at the canvas's offset: (1, rows + 2, columns + 2, C) for `size` cells and their
        neighbours.

        Gathered by computed places, not rolled by Slice: those are values of the device, which a recorded CUDA graph
        reads anew in each run; the starts of a Slice are values of the host, which it would keep. Channels lie last
        so that cells are copied whole, and each cell once: as quick as repeating the tile.
        """
        self._has_canvas = True
        within = self.op("Mod", CANVAS_INPUT, self.integers(CELL))
        cells = self.op("Div", self.op("Sub", CANVAS_INPUT, within), self.integers(CELL))
        phase = self.op("ReduceSum", self.op("Mul", within, self.integers(CELL, 1)), keepdims=1)
        seen = self.op("Gather", phases, phase, axis=0)
        for axis in (0, 1):
            many, by = (self.op("Gather", pair, self.scalar(axis)) for pair in (size, cells))
            beyond = self.op("Add", many, self.scalar(1))
            places = self.op("Sub", self.op("Range", self.scalar(-1), beyond, self.scalar(1)), by)
            seen = self.op("Gather", seen, self.op("Mod", places, self.scalar(CANVAS_SIZE[axis])), axis=1 + axis)
        return seen

    def model(self) -> onnx.ModelProto:
        frame, stylized = (
            helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", "height", "width", 3])
            for name in (INPUT_NAME, OUTPUT_NAME)
        )
        offset = helper.make_tensor_value_info(CANVAS_INPUT, TensorProto.INT64, [2])
        inputs = [frame, offset] if self._has_canvas else [frame]
        graph = helper.make_graph(self._nodes, "style", inputs, [stylized], list(self._constants.values()))
        opsets = [helper.make_opsetid("", OPSET)]
        if any(node.domain == _MICROSOFT for node in self._nodes):
            opsets.append(helper.make_opsetid(_MICROSOFT, 1))
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="nst-export")


@dataclass(frozen=True)
class FrameSize:
    """int64 [2] values: rows, columns."""

    pixels: str
    missing: str
    """Pixels to the next multiple of `CELL`."""
    cells: str

    @classmethod
    def of_input(cls, g: GraphBuilder) -> FrameSize:
        pixels = g.op("Slice", g.op("Shape", INPUT_NAME), g.integers(1), g.integers(3), g.integers(0))
        missing = g.op("Mod", g.op("Neg", pixels), g.integers(CELL))
        return cls(pixels, missing, g.op("Div", g.op("Add", pixels, missing), g.integers(CELL)))


def reflected_frame(g: GraphBuilder, size: FrameSize, border: int) -> str:
    """The frame reflected outward by `border` pixels, and at the far edges further up to a multiple of `CELL`.

    Gather and Concat, axis by axis, and not Pad: CUDA pads floats but no bytes. Columns come first, while there are
    fewer rows to copy.
    """
    frame = INPUT_NAME
    for axis in (1, 0):
        pixels, missing = (g.op("Gather", pair, g.scalar(axis)) for pair in (size.pixels, size.missing))
        last = g.op("Sub", pixels, g.scalar(2))  # the edge itself is not repeated
        beyond = g.op("Sub", last, g.op("Add", missing, g.scalar(border)))
        after = g.op("Gather", frame, g.op("Range", last, beyond, g.scalar(-1)), axis=1 + axis)
        before = [g.op("Gather", frame, g.integers(*range(border, 0, -1)), axis=1 + axis)] if border else []
        frame = g.op("Concat", *before, frame, after, axis=1 + axis)
    return frame


def frame_to_cells(g: GraphBuilder, frame: str, cells: str) -> str:
    """Bytes (N, H, W, 3) -> (N, H/4, W/4, 48), a cell's pixels row by row, colour last."""
    rows, columns = _split(g, cells)
    turned = _turned(g, frame, g.integers(CELL), columns)
    shape = g.op("Concat", g.integers(-1), rows, columns, g.integers(CELL * CELL_ROW), axis=0)
    return g.op("Reshape", turned, shape)


def cells_to_frame(g: GraphBuilder, levels: str, size: FrameSize) -> None:
    """Bytes (N, H/4, W/4, 48) -> the output, (N, H, W, 3), cropped to the frame."""
    rows, columns = _split(g, g.op("Mul", size.cells, g.integers(CELL)))
    turned = _turned(g, levels, _split(g, size.cells)[1], g.integers(CELL))
    frame = g.op("Reshape", turned, g.op("Concat", g.integers(-1), rows, columns, g.integers(3), axis=0))
    g.op("Slice", frame, g.integers(0, 0), size.pixels, g.integers(1, 2), output=OUTPUT_NAME)


def _turned(g: GraphBuilder, data: str, first: str, second: str) -> str:
    """Bytes read as (-1, first, second, `CELL_ROW`) -> (-1, second, first, `CELL_ROW`).

    Gather and not Transpose: ONNX Runtime's CPU runs a Gather on all threads and a Transpose on one.
    """
    count = g.op("Mul", first, second)
    runs = g.op("Reshape", data, g.op("Concat", g.integers(-1), count, g.integers(CELL_ROW), axis=0))
    places = g.op("Range", g.scalar(0), g.op("Squeeze", count), g.scalar(1))
    places = g.op("Reshape", places, g.op("Concat", first, second, axis=0))
    return g.op("Gather", runs, g.op("Transpose", places, perm=[1, 0]), axis=1)


def wrapped(noise: Tensor) -> NDArray[np.float32]:
    """Periodic (1, C, R, Q) -> (C, 1, R + 3, Q + 3), with the neighbours that `canvas_phases` wants."""
    return np.asarray(F.pad(noise, (2, 1, 2, 1), mode="circular").transpose(0, 1), np.float32)


class FloatArithmetic:
    """`nstcam.export.convert.lite.Arithmetic` in ONNX, channels first, and what Johnson's network needs besides.

    Args:
        float_type: np.float32, or np.float16 for weights and arithmetic between the uint8 edges.
    """

    def __init__(self, g: GraphBuilder, float_type: type[np.floating[Any]], cells: str) -> None:
        self._g = g
        self._float_type = float_type
        self._cells = cells

    def conv(
        self, name: str, x: str, kernel: fold.Kernel, dilation: int = 1, relu: bool = False, stride: int = 1
    ) -> str:
        weight, bias = kernel
        out = self._g.op(
            "Conv",
            x,
            self.floats(weight),
            self.floats(bias),
            kernel_shape=list(weight.shape[2:]),
            dilations=[dilation] * 2,
            strides=[stride] * 2,
        )
        return self._g.op("Relu", out) if relu else out

    def add(self, name: str, a: str, b: str, relu: bool = False) -> str:
        out = self._g.op("Add", a, b)
        return self._g.op("Relu", out) if relu else out

    def reflect(self, x: str, amount: int) -> str:
        return self._g.pad(x, (2, 3), amount, "reflect")

    def canvas(self, name: str, noise: Tensor, kernel: fold.Kernel) -> str:
        # Stored in half precision, which noise has to spare; moved in float32, which every ONNX Runtime can fold.
        stored = self._g.named("noise", wrapped(noise).astype(np.float16))
        phases = self._g.inside(self._g.canvas_phases(self._g.cast(stored, np.float32)), self._float_type)
        seen = self._g.op("Transpose", self._g.canvas(phases, self._cells), perm=[0, 3, 1, 2])
        return self.conv(name, seen, kernel)

    def from_bytes(self, pixels: str, zero: float) -> str:
        """uint8 (N, rows, columns, C) less `zero` -> (N, C, rows, columns)."""
        planes = self._g.inside(self._g.op("Transpose", pixels, perm=[0, 3, 1, 2]), self._float_type)
        return self._g.op("Sub", planes, self.floats(zero))

    def to_bytes(self, levels: str) -> str:
        """(N, C, rows, columns) -> uint8 (N, rows, columns, C)."""
        # A cast alone would wrap around: 256 would become 0.
        rounded = self._g.op("Clip", self._g.op("Round", levels), self.floats(0.0), self.floats(255.0))
        return self._g.op("Transpose", self._g.cast(rounded, np.uint8), perm=[0, 2, 3, 1])

    def floats(self, values: Tensor | float) -> str:
        """A constant in the precision of the graph's inside.

        Behind a cast although it is stored in that type: so one byte for each of them turns the whole inside to another
        (`nstcam.realtime.engine.half`). ONNX Runtime computes casts of constants when it opens the file.
        """
        return self._g.inside(self._g.constant(np.asarray(values, self._float_type)), self._float_type)


def _split(g: GraphBuilder, pair: str) -> list[str]:
    return [g.op("Slice", pair, g.integers(i), g.integers(i + 1), g.integers(0)) for i in (0, 1)]
