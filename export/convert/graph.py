"""Builds style graphs in ONNX, node by node, from trained networks: uint8 BGR frames in and out.

The graph is written by hand instead of traced from PyTorch: it is small, no node is there by accident, and its shapes
stay dynamic without a tracer's guesses. `nstcam.export.convert.parity` compares it with the trained network.

Pixel scale, colour order and batch norm are folded into the convolutions. The reordering between the full frame and the
network's resolution moves bytes rather than floats, one row of a cell at a time. Floating-point graphs use only
operators that CUDA implements for their types: any other would run on the CPU, with copies there and back in each frame
and without a recorded CUDA graph.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn import functional as F

from nstcam.export.convert import fold
from nstcam.realtime.engine.half import INSIDE
from nstcam.realtime.style_files.contract import CANVAS_INPUT, INPUT_NAME, OUTPUT_NAME
from nstcam.train.network.canvas import CANVAS_SIZE, CELL, NOISE_STEP, cubic_taps

OPSET: Final = 14
"""Kept low for older runtimes; some do not support Pad with axes, which came with 18."""

_IR_VERSION: Final = 8
_MICROSOFT: Final = "com.microsoft"


class GraphBuilder:
    """Collects the nodes and constants of a graph. Values are named after the operator that computes them."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._has_canvas = False

    def op(self, kind: str, *inputs: str, output: str | None = None, domain: str = "", **attributes: Any) -> str:
        """Adds a node and returns the name of its only output."""
        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def microsoft(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node with an operator that only ONNX Runtime has."""
        return self.op(kind, *inputs, domain=_MICROSOFT, **attributes)

    def integers(self, *values: int) -> str:
        """A constant of int64, shape (number of values,)."""
        return self.named("i_" + "_".join(map(str, values)).replace("-", "m"), np.array(values, np.int64))

    def scalar(self, value: int) -> str:
        """A constant of int64 without dimensions."""
        return self.named(f"s_{value}".replace("-", "m"), np.array(value, np.int64))

    def constant(self, array: NDArray[Any]) -> str:
        """A constant under a new name."""
        return self.named(f"w_{len(self._constants)}", array)

    def named(self, name: str, array: NDArray[Any]) -> str:
        """The constant of that name, added if it is not there yet."""
        self._constants.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def cast(self, x: str, kind: type[np.generic]) -> str:
        """A cast to that type."""
        return self.op("Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def inside(self, x: str, kind: type[np.generic]) -> str:
        """A cast to the type the network computes in. nstcam.realtime.engine.half finds it by its name."""
        name = f"{INSIDE}{len(self._nodes)}"
        return self.op("Cast", x, output=name, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def pad(self, x: str, axes: tuple[int, int], amount: int, mode: str) -> str:
        """Pads a 4-D value by `amount` at both ends of the two `axes` (rows and columns)."""
        one_side = [amount if axis in axes else 0 for axis in range(4)]
        return self.op("Pad", x, self.integers(*one_side, *one_side), mode=mode)

    def canvas_phases(self, noise: Tensor, unit: float) -> str:
        """The periodic noise (1, C, R, Q), shifted by 0 to 3 pixels in each direction: (16, R, Q, C), float32.

        The file keeps the noise in int8, in steps of NOISE_STEP; the phases are in units of `unit`. All of this is
        constant, so ONNX Runtime computes it once, when it opens the file.
        """
        taps = np.array([cubic_taps(pixel / CELL) for pixel in range(CELL)], np.float32)
        kernels = np.einsum("ai,bj->abij", taps, taps).reshape(CELL * CELL, 1, 4, 4) * np.float32(NOISE_STEP / unit)
        bordered = F.pad(noise, (2, 1, 2, 1), mode="circular").transpose(0, 1)  # (C, 1, R + 3, Q + 3)
        steps = self.cast(self.named("noise", np.asarray(torch.round(bordered / NOISE_STEP), np.int8)), np.float32)
        phases = self.op("Conv", steps, self.named("phases", kernels), kernel_shape=[4, 4])
        return self.op("Transpose", phases, perm=[1, 2, 3, 0])

    def canvas(self, phases: str, size: str) -> str:
        """The noise of `canvas_phases` at the canvas's offset: (1, rows + 2, columns + 2, C), for `size` cells and the
        ring of cells around them.

        Gather at computed indices is used rather than Slice: the indices are on the device, and a recorded CUDA graph
        reads them again in each run; the starts of a Slice are on the host, and the graph would keep the first ones.
        Channels come last, so that each cell is copied once and in one piece, as fast as tiling the noise.
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
        """The finished model: frames in, stylized frames out, and the canvas's offset as an input if it is used."""
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


class FloatArithmetic:
    """`nstcam.export.convert.lite.Arithmetic` in ONNX, channels first, with what Johnson's network needs in addition.

    Args:
        float_type: type of the weights and of all arithmetic between the bytes at both ends, np.float32 or np.float16.
        cells: name of the number of cells, see `FrameSize.cells`.
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
        # Shifted in float32, which every ONNX Runtime can fold.
        phases = self._g.inside(self._g.canvas_phases(noise, 1.0), self._float_type)
        seen = self._g.op("Transpose", self._g.canvas(phases, self._cells), perm=[0, 3, 1, 2])
        return self.conv(name, seen, kernel)

    def from_bytes(self, pixels: str, zero: float) -> str:
        """uint8 (N, rows, columns, C) -> floats (N, C, rows, columns) with `zero` subtracted."""
        planes = self._g.inside(self._g.op("Transpose", pixels, perm=[0, 3, 1, 2]), self._float_type)
        return self._g.op("Sub", planes, self.floats(zero))

    def to_bytes(self, levels: str) -> str:
        """Floats (N, C, rows, columns) -> uint8 (N, rows, columns, C), rounded and clipped to 0..255."""
        # A cast alone would wrap around: 256 would become 0.
        rounded = self._g.op("Clip", self._g.op("Round", levels), self.floats(0.0), self.floats(255.0))
        return self._g.op("Transpose", self._g.cast(rounded, np.uint8), perm=[0, 2, 3, 1])

    def floats(self, values: Tensor | float) -> str:
        """A constant in the type the network computes in.

        It goes through a cast even if it is stored in that type: nstcam.realtime.engine.half changes one byte of each
        such cast to make the network compute in another type. ONNX Runtime folds casts of constants when it opens the
        file. Kernels are stored in half precision: that halves the file, and pictures differ by at most one level.
        """
        stored = np.float16 if isinstance(values, Tensor) and values.ndim > 1 else self._float_type
        return self._g.inside(self._g.constant(np.asarray(values, stored)), self._float_type)
