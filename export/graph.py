"""Style graphs in ONNX, built node by node from trained networks: uint8 BGR frames in and out.

Written out instead of traced from PyTorch: the graph is small, every node is meant, and shapes stay dynamic without
a tracer's guesses. `export.parity` holds it against the trained network.

Inside: pixel scale, colour order and batch norm live in the convolutions; resize-convolutions run in their sub-pixel
form; and the shuffles between the full frame and the network's resolution move bytes, not floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from export import fold
from realtime.style import INPUT_NAME, OUTPUT_NAME
from train.networks import CANVAS_PERIOD, CELL, JohnsonBlock, LiteBlock, LiteNet, TransformerNet, reflection_steps

OPSET: Final = 18
"""The oldest that has all operators used (Pad with axes), for the sake of older runtimes."""

_IR_VERSION: Final = 8


class GraphBuilder:
    """Collects nodes and constants; values are named by the operator that makes them."""

    def __init__(self, float_type: type[np.floating[Any]]) -> None:
        self._float_type = float_type
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def integers(self, *values: int) -> str:
        return self._constant("i_" + "_".join(map(str, values)).replace("-", "m"), np.array(values, np.int64))

    def floats(self, tensor: Tensor | NDArray[np.float32] | float) -> str:
        """A constant in the precision of the graph's inside."""
        array = np.asarray(tensor, self._float_type)
        return self._constant(f"w_{len(self._constants)}", array)

    def conv(self, x: str, kernel: fold.Kernel, pad: int, dilation: int = 1, stride: int = 1) -> str:
        weight, bias = kernel
        return self.op(
            "Conv",
            x,
            self.floats(weight),
            self.floats(bias),
            kernel_shape=list(weight.shape[2:]),
            pads=[pad] * 4,
            dilations=[dilation] * 2,
            strides=[stride] * 2,
        )

    def pad(self, x: str, amount: int, mode: str) -> str:
        """Pads rows and columns of an NCHW tensor on all sides."""
        return self.op("Pad", x, self.integers(*[amount] * 4), "", self.integers(2, 3), mode=mode)

    def instance_norm(self, x: str, norm: nn.Module) -> str:
        assert isinstance(norm, nn.InstanceNorm2d)
        weight, bias = self.floats(norm.weight.detach()), self.floats(norm.bias.detach())
        return self.op("InstanceNormalization", x, weight, bias, epsilon=norm.eps)

    def cast(self, x: str, kind: type[np.generic]) -> str:
        return self.op("Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def cast_to_float(self, x: str) -> str:
        return self.cast(x, self._float_type)

    def model(self) -> onnx.ModelProto:
        ports = [
            helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", "height", "width", 3])
            for name in (INPUT_NAME, OUTPUT_NAME)
        ]
        graph = helper.make_graph(self._nodes, "style", ports[:1], ports[1:], list(self._constants.values()))
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION, producer_name="nst-export"
        )

    def _constant(self, name: str, array: NDArray[Any]) -> str:
        self._constants.setdefault(name, numpy_helper.from_array(array, name))
        return name


def build_graph(network: TransformerNet | LiteNet, float_type: type[np.floating[Any]] = np.float32) -> onnx.ModelProto:
    """The network (evaluation mode, float32, CPU) as a model in the contract, without metadata.

    Args:
        float_type: np.float32, or np.float16 for weights and arithmetic between the uint8 edges.
    """
    g = GraphBuilder(float_type)
    border = network.border if isinstance(network, LiteNet) else 0
    size = g.op("Slice", g.op("Shape", INPUT_NAME), g.integers(1), g.integers(3), g.integers(0))  # height, width
    missing = g.op("Mod", g.op("Neg", size), g.integers(CELL))
    frame, more = INPUT_NAME, missing
    for step in reflection_steps(border):
        pads = g.op("Concat", g.integers(step, step), g.op("Add", more, g.integers(step)), axis=0)
        frame = g.op("Pad", frame, pads, "", g.integers(1, 2), mode="reflect")
        more = g.integers(0, 0)
    padded = g.op("Add", g.op("Add", size, missing), g.integers(2 * border))
    cells = g.op("Div", padded, g.integers(CELL))

    if isinstance(network, LiteNet):
        levels, factor = _lite(g, network, frame, cells), 2
    else:
        levels, factor = _johnson(g, network, frame), 1

    # A cast alone would wrap around: 256 would become 0.
    rounded = g.op("Clip", g.op("Round", levels), g.floats(0.0), g.floats(255.0))
    out = _depth_to_frame(g, g.cast(rounded, np.uint8), factor, g.op("Div", padded, g.integers(factor)))
    begin = g.integers(border, border)
    g.op("Slice", out, begin, g.op("Add", size, begin), g.integers(1, 2), output=OUTPUT_NAME)
    return g.model()


def _lite(g: GraphBuilder, network: LiteNet, frame: str, cells: str) -> str:
    """(N, 12, H/2, W/2) levels, sub-pixels of the result."""
    planes = g.cast_to_float(_frame_to_depth(g, frame, cells))
    x = g.op("Sub", planes, g.floats(128.0))
    x = g.conv(x, fold.from_levels(fold.with_norm(network.stem, network.stem_norm)), pad=1)
    if network.canvas_conv is not None:
        # The noise is stored, not what the convolution makes of it: a quarter of the bytes, folded when opened.
        noise = F.pad(network.canvas, (1, 1, 1, 1), mode="circular")
        tile = g.conv(g.floats(noise), fold.kernel(network.canvas_conv), pad=0)
        x = g.op("Add", x, _tiled(g, tile, CANVAS_PERIOD, cells))
    x = g.op("Relu", x)
    for block in network.blocks:
        assert isinstance(block, LiteBlock)
        dilation = int(block.conv1.dilation[0])
        y = g.op("Relu", g.conv(x, fold.with_norm(block.conv1, block.norm1), dilation, dilation))
        x = g.op("Add", x, g.conv(y, fold.with_norm(block.conv2, block.norm2), dilation, dilation))
    x = g.conv(x, fold.sub_pixel(fold.with_norm(network.up1, network.up1_norm)), pad=1)
    x = g.op("Relu", g.op("DepthToSpace", x, blocksize=2, mode="CRD"))
    return g.conv(x, fold.sub_pixel(fold.to_levels(fold.kernel(network.up2))), pad=1)


def _johnson(g: GraphBuilder, network: TransformerNet, frame: str) -> str:
    """(N, 3, H, W) levels."""
    x = g.op("Sub", g.cast_to_float(g.op("Transpose", frame, perm=[0, 3, 1, 2])), g.floats(127.5))
    stages = list(network.down)
    for conv, norm in zip(stages[0::3], stages[1::3], strict=True):
        convolution = _convolution(conv)
        kernel = fold.kernel(convolution)
        if conv is stages[0]:
            kernel = fold.from_levels(kernel)
        x = g.pad(x, convolution.kernel_size[0] // 2, "reflect")
        x = g.op("Relu", g.instance_norm(g.conv(x, kernel, pad=0, stride=int(convolution.stride[0])), norm))
    for block in network.blocks:
        assert isinstance(block, JohnsonBlock)
        y = x
        for conv, norm, last in ((block.body[0], block.body[1], False), (block.body[3], block.body[4], True)):
            convolution = _convolution(conv)
            dilation = int(convolution.dilation[0])
            y = g.conv(g.pad(y, dilation, "reflect"), fold.kernel(convolution), 0, dilation)
            y = g.instance_norm(y, norm)
            y = y if last else g.op("Relu", y)
        x = g.op("Add", x, y)
    for conv, norm in ((network.up[1], network.up[2]), (network.up[5], network.up[6])):
        x = g.conv(g.pad(x, 1, "edge"), fold.sub_pixel(fold.kernel(_convolution(conv))), pad=0)
        x = g.op("Relu", g.instance_norm(g.op("DepthToSpace", x, blocksize=2, mode="CRD"), norm))
    last_convolution = _convolution(network.to_rgb)
    x = g.pad(x, last_convolution.kernel_size[0] // 2, "reflect")
    return g.conv(x, fold.to_levels(fold.kernel(last_convolution)), pad=0)


def _frame_to_depth(g: GraphBuilder, frame: str, cells: str) -> str:
    """(N, H, W, 3) -> (N, 48, H/4, W/4), colour-major as pixel_unshuffle orders it."""
    rows, columns = _split(g, cells)
    cell = g.integers(CELL)
    blocks = g.op("Reshape", frame, g.op("Concat", g.integers(0), rows, cell, columns, cell, g.integers(3), axis=0))
    planes = g.op("Transpose", blocks, perm=[0, 5, 2, 4, 1, 3])
    return g.op("Reshape", planes, g.op("Concat", g.integers(0), g.integers(3 * CELL * CELL), cells, axis=0))


def _depth_to_frame(g: GraphBuilder, levels: str, factor: int, size: str) -> str:
    """(N, 3 factor^2, H, W) in the order of pixel_shuffle -> (N, H factor, W factor, 3); `size` holds H, W."""
    sub_pixels = g.op("Reshape", levels, g.op("Concat", g.integers(0, 3, factor, factor), size, axis=0))
    blocks = g.op("Transpose", sub_pixels, perm=[0, 4, 2, 5, 3, 1])
    rows, columns = _split(g, g.op("Mul", size, g.integers(factor)))
    return g.op("Reshape", blocks, g.op("Concat", g.integers(0), rows, columns, g.integers(3), axis=0))


def _tiled(g: GraphBuilder, tile: str, period: int, cells: str) -> str:
    """A (1, C, period, period) tile repeated to the size in `cells`."""
    repeats = g.op("Div", g.op("Add", cells, g.integers(period - 1)), g.integers(period))
    many = g.op("Tile", tile, g.op("Concat", g.integers(1, 1), repeats, axis=0))
    return g.op("Slice", many, g.integers(0, 0), cells, g.integers(2, 3))


def _split(g: GraphBuilder, pair: str) -> Sequence[str]:
    return [g.op("Slice", pair, g.integers(i), g.integers(i + 1), g.integers(0)) for i in (0, 1)]


def _convolution(stage: nn.Module) -> nn.Conv2d:
    """The convolution of a ReflectConv."""
    assert isinstance(stage, nn.Sequential)
    conv = stage[1]
    assert isinstance(conv, nn.Conv2d)
    return conv
