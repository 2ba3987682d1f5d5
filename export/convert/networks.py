"""Builds the floating-point style graph of each kind of trained network."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from torch import Tensor, nn

from nstcam.export.convert import fold, lite
from nstcam.export.convert.frame_cells import FrameSize, cells_to_frame, frame_to_cells, reflected_frame
from nstcam.export.convert.graph import FloatArithmetic, GraphBuilder
from nstcam.realtime.style_files.contract import OUTPUT_NAME
from nstcam.train.network.canvas import CELL
from nstcam.train.network.networks import JohnsonBlock, LiteNet, TransformerNet


def build_graph(network: TransformerNet | LiteNet, float_type: type[np.floating[Any]] = np.float32) -> onnx.ModelProto:
    """A model that follows the style contract, without metadata.

    Args:
        network: in evaluation mode, float32, on the CPU.
        float_type: type of the weights and of all arithmetic between the bytes at both ends, np.float32 or np.float16.
    """
    g = GraphBuilder()
    size = FrameSize.of_input(g)
    a = FloatArithmetic(g, float_type, size.cells)
    if isinstance(network, LiteNet):
        bordered = g.op("Add", size.cells, g.integers(2, 2))
        cells = frame_to_cells(g, reflected_frame(g, size, CELL), bordered)
        levels = lite.paint(network, a.from_bytes(cells, 128.0), a)
        cells_to_frame(g, a.to_bytes(levels), size)
    else:
        levels = johnson(network, a.from_bytes(reflected_frame(g, size, 0), 127.5), a, g)
        g.op("Slice", a.to_bytes(levels), g.integers(0, 0), size.pixels, g.integers(1, 2), output=OUTPUT_NAME)
    return g.model()


def johnson(network: TransformerNet, x: str, a: FloatArithmetic, g: GraphBuilder) -> str:
    """Adds Johnson's network: BGR levels minus 127.5, (N, 3, H, W) -> BGR levels of the same shape, not yet rounded."""

    def norm(x: str, layer: nn.Module, relu: bool = True) -> str:
        assert isinstance(layer, nn.InstanceNorm2d)
        scale, shift = a.floats(layer.weight.detach()), a.floats(layer.bias.detach())
        out = g.op("InstanceNormalization", x, scale, shift, epsilon=layer.eps)
        return g.op("Relu", out) if relu else out

    down = list(network.down)
    for stage, layer in zip(down[0::3], down[1::3], strict=True):
        conv = _convolution(stage)
        kernel = fold.kernel(conv)
        if stage is down[0]:
            kernel = fold.from_levels(kernel)
        x = a.reflect(x, conv.kernel_size[0] // 2)
        x = norm(a.conv("down", x, kernel, stride=int(conv.stride[0])), layer)
    if network.canvas_conv is not None:
        x = a.add("canvas", x, a.canvas("canvas", *fold.canvas(network)))
    for block in network.blocks:
        assert isinstance(block, JohnsonBlock)
        first, second = _convolution(block.body[0]), _convolution(block.body[3])
        dilation = int(first.dilation[0])
        y = norm(a.conv("block", a.reflect(x, dilation), fold.kernel(first), dilation), block.body[1])
        y = a.conv("block", a.reflect(y, dilation), fold.kernel(second), dilation)
        x = a.add("block", x, norm(y, block.body[4], relu=False))
    for stage, layer in ((network.up[1], network.up[2]), (network.up[5], network.up[6])):
        kernel = fold.sub_pixel(fold.kernel(_convolution(stage)))
        x = a.conv("up", g.pad(x, (2, 3), 1, "edge"), kernel)
        x = norm(g.op("DepthToSpace", x, blocksize=2, mode="CRD"), layer)
    last = _convolution(network.to_rgb)
    return a.conv("levels", a.reflect(x, last.kernel_size[0] // 2), fold.to_levels(fold.kernel(last)))


def macs_per_pixel(network: TransformerNet | LiteNet) -> float:
    """Multiply-accumulates of the graph's convolutions per pixel of the frame, not counting borders."""
    if isinstance(network, LiteNet):
        counted = _Counting()
        lite.paint(network, None, counted)
        return counted.macs / CELL**2
    macs = 0.0 if network.canvas_conv is None else fold.canvas(network)[1][0].numel() / CELL**2
    resolution = 1.0  # output positions of a convolution per pixel of the frame
    for stage in network.modules():
        if isinstance(stage, nn.Upsample):
            # The sub-pixel form has 4 times the outputs at a quarter of these positions: the same count.
            resolution *= 4
        elif isinstance(stage, nn.Conv2d) and stage is not network.canvas_conv:
            resolution /= stage.stride[0] * stage.stride[1]
            macs += stage.weight.numel() * resolution
    return macs


class _Counting:
    """`nstcam.export.convert.lite.Arithmetic` that only counts the multiplications per cell."""

    def __init__(self) -> None:
        self.macs = 0

    def conv(self, name: str, x: None, kernel: fold.Kernel, dilation: int = 1, relu: bool = False) -> None:
        self.macs += kernel[0].numel()

    def add(self, name: str, a: None, b: None, relu: bool = False) -> None: ...

    def reflect(self, x: None, amount: int) -> None: ...

    def canvas(self, name: str, noise: Tensor, kernel: fold.Kernel) -> None:
        self.macs += kernel[0].numel()


def _convolution(stage: nn.Module) -> nn.Conv2d:
    """The convolution inside a ReflectConv."""
    assert isinstance(stage, nn.Sequential)
    conv = stage[1]
    assert isinstance(conv, nn.Conv2d)
    return conv
