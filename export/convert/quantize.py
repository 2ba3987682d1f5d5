"""LiteNet in 8-bit integers for CPUs: no floats between the bytes of the frame and those of the stylized frame.

Post-training quantization (Jacob et al. 2018): activations are uint8 with one range per feature map, weights int8 with
one scale per output channel, sums int32. The rectifier is free: the range of a rectified map starts at 0, so negative
values saturate. The final rounding and clipping are free too: the last convolution saturates at 0 and 255.
"""

from __future__ import annotations

import numpy as np
import onnx
from torch import Tensor

from nstcam.export.convert import fold
from nstcam.export.convert.frame_cells import FrameSize, cells_to_frame, frame_to_cells, reflected_frame
from nstcam.export.convert.graph import GraphBuilder
from nstcam.export.convert.lite import FRAME, paint
from nstcam.export.convert.ranges import measure
from nstcam.realtime.palette.eight_bits import Range, kernel_in_bytes
from nstcam.train.network.canvas import CELL, NOISE_STEP
from nstcam.train.network.networks import LiteNet


def build_int8_graph(network: LiteNet, ranges: dict[str, Range] | None = None) -> onnx.ModelProto:
    """A model that follows the style contract, without metadata.

    Args:
        network: in evaluation mode, float32, on the CPU.
        ranges: the range of every named value; by default measured on the bundled photographs.
    """
    g = GraphBuilder()
    size = FrameSize.of_input(g)
    bordered = g.op("Add", size.cells, g.integers(2, 2))
    cells = frame_to_cells(g, reflected_frame(g, size, CELL), bordered)
    a = Int8Arithmetic(g, measure(network) if ranges is None else ranges, size.cells)
    cells_to_frame(g, paint(network, (FRAME, cells), a)[1], size)
    return g.model()


Named = tuple[str, str]
"""A value's name in `nstcam.export.convert.lite.paint`, and the graph's name of its bytes (N, rows, columns, C)."""


class Int8Arithmetic:
    """`nstcam.export.convert.lite.Arithmetic` in ONNX Runtime's quantized operators, channels last."""

    def __init__(self, g: GraphBuilder, ranges: dict[str, Range], cells: str) -> None:
        self._g = g
        self._ranges = ranges
        self._cells = cells

    def conv(self, name: str, x: Named, kernel: fold.Kernel, dilation: int = 1, relu: bool = False) -> Named:
        out = self._g.microsoft(
            "QLinearConv",
            x[1],
            *self._quantized(name, x[0], kernel),
            channels_last=1,
            kernel_shape=list(kernel[0].shape[2:]),
            dilations=[dilation] * 2,
        )
        return name, out

    def add(self, name: str, a: Named, b: Named, relu: bool = False) -> Named:
        out = self._g.microsoft("QLinearAdd", a[1], *self._range(a[0]), b[1], *self._range(b[0]), *self._range(name))
        return name, out

    def reflect(self, x: Named, amount: int) -> Named:
        return x[0], self._g.pad(x[1], (1, 2), amount, "reflect")

    def canvas(self, name: str, noise: Tensor, kernel: fold.Kernel) -> Named:
        self._ranges = self._ranges | {"noise": Range(NOISE_STEP, 128)}
        zero = self._range("noise")[1]
        one = self._g.named("one", np.array(1, np.float32))
        phases = self._g.op("QuantizeLinear", self._g.canvas_phases(noise, NOISE_STEP), one, zero)
        return self.conv(name, ("noise", self._g.canvas(phases, self._cells)), kernel)

    def _quantized(self, name: str, source: str, kernel: fold.Kernel) -> list[str]:
        """The inputs of a QLinearConv after the first: both ranges, and the kernel in 8 bits."""
        weight, bias = (np.asarray(part, np.float32) for part in kernel)
        levels, scales, sums = kernel_in_bytes(weight, bias, self._ranges[source].scale)
        constants = levels, scales, np.zeros(len(scales), np.int8)
        weights = [self._g.constant(each) for each in constants]
        return [*self._range(source), *weights, *self._range(name), self._g.constant(sums)]

    def _range(self, name: str) -> tuple[str, str]:
        """Names of two constants: scale and zero point."""
        found = self._ranges[name]
        scale = self._g.named(f"{name}_scale", np.array(found.scale, np.float32))
        return scale, self._g.named(f"{name}_zero", np.array(found.zero, np.uint8))
