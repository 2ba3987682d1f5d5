"""LiteNet at inference: one walk through its layers for any arithmetic that can convolve, reflect and add.

The same walk writes the floating-point graph, writes the 8-bit graph and measures the ranges for the latter, so the
three cannot drift apart.

Everything runs at the resolution of the cells, 4x4 pixels each; only the bytes of the frame are reordered, at either
end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol, TypeVar

from torch import Tensor
from torch.nn import functional as F

from nstcam.export.convert import fold
from nstcam.train.network.canvas import window
from nstcam.train.network.networks import LiteBlock, LiteNet

FRAME: Final = "frame"
LEVELS: Final = "levels"
"""Names of the values that `paint` takes and returns: cells of 48 levels in the order row, column, colour (BGR)."""

Map = TypeVar("Map")


class Arithmetic(Protocol[Map]):
    """The operations of the walk. Each result has a name; convolutions do not pad."""

    def conv(self, name: str, x: Map, kernel: fold.Kernel, dilation: int = 1, relu: bool = False) -> Map: ...

    def add(self, name: str, a: Map, b: Map, relu: bool = False) -> Map: ...

    def reflect(self, x: Map, amount: int) -> Map: ...

    def canvas(self, name: str, noise: Tensor, kernel: fold.Kernel) -> Map:
        """The 3x3 convolution of the periodic `noise` (1, C, rows, columns), shifted by the canvas's offset.

        The result covers the cells of the frame.
        """


def paint(network: LiteNet, cells: Map, a: Arithmetic[Map]) -> Map:
    """Cells of a frame, extended by one cell of reflection, minus 128 -> cells of the stylized frame, in levels."""
    stem = fold.from_cells(fold.with_norm(network.stem, network.stem_norm))
    x = a.conv("stem", cells, stem, relu=network.canvas_conv is None)
    if network.canvas_conv is not None:
        x = a.add("trunk0", x, a.canvas("canvas", *fold.canvas(network)), relu=True)
    for number, block in enumerate(blocks(network), 1):
        reach = block.reach
        inner = fold.with_norm(block.conv1, block.norm1)
        outer = fold.with_norm(block.conv2, block.norm2)
        y = a.conv(f"inner{number}", a.reflect(x, reach), inner, reach, relu=True)
        y = a.conv(f"change{number}", a.reflect(y, reach), outer, reach)
        x = a.add(f"trunk{number}", x, y)
    x = a.conv("up1", a.reflect(x, 1), fold.with_norm(network.up1, network.up1_norm), relu=True)
    return a.conv(LEVELS, x, fold.to_cells(fold.kernel(network.up2)))


def blocks(network: LiteNet) -> Iterator[LiteBlock]:
    """The residual blocks in order."""
    for block in network.blocks:
        assert isinstance(block, LiteBlock)
        yield block


class TorchArithmetic:
    """The walk in PyTorch, float32, (1, C, rows, columns): the reference for the graphs, layer by layer.

    Args:
        rows, columns: cells of the frame.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._size = rows, columns

    def conv(self, name: str, x: Tensor, kernel: fold.Kernel, dilation: int = 1, relu: bool = False) -> Tensor:
        out = F.conv2d(x, *kernel, dilation=dilation)
        return self.seen(name, F.relu(out) if relu else out)

    def add(self, name: str, a: Tensor, b: Tensor, relu: bool = False) -> Tensor:
        return self.seen(name, F.relu(a + b) if relu else a + b)

    def reflect(self, x: Tensor, amount: int) -> Tensor:
        return F.pad(x, (amount,) * 4, mode="reflect")

    def canvas(self, name: str, noise: Tensor, kernel: fold.Kernel) -> Tensor:
        tile = F.conv2d(F.pad(noise, (1, 1, 1, 1), mode="circular"), *kernel)
        return window(self.seen(name, tile), 0, 0, *self._size)

    def seen(self, name: str, x: Tensor) -> Tensor:
        """Called with every value and its name; returns the value to go on with. Subclasses measure here."""
        return x
