"""LiteNet at inference: one walk through its layers, for any arithmetic that can convolve, reflect and add.

The same walk writes the floating-point graph, writes the 8-bit graph and measures the ranges that the latter needs, so
the three cannot drift apart.

All is done at the resolution of the cells, 4x4 pixels each: the only shuffles are those of the frame's own bytes at
either end.
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
"""Names of the values that `paint` takes and returns: cells of 48 levels, ordered row, column, colour (BGR)."""

Map = TypeVar("Map")


class Arithmetic(Protocol[Map]):
    """Feature maps by name. Convolutions do not pad."""

    def conv(self, name: str, x: Map, kernel: fold.Kernel, dilation: int = 1, relu: bool = False) -> Map: ...

    def add(self, name: str, a: Map, b: Map, relu: bool = False) -> Map: ...

    def reflect(self, x: Map, amount: int) -> Map: ...

    def canvas(self, name: str, noise: Tensor, kernel: fold.Kernel) -> Map:
        """`noise` (1, C, rows, columns), periodic, moved, as far as the frame's cells go, through the 3x3 kernel."""


def paint(network: LiteNet, cells: Map, a: Arithmetic[Map]) -> Map:
    """Cells of a frame, reflected outward by one cell, less 128 -> cells of the stylized frame, in levels."""
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
    for block in network.blocks:
        assert isinstance(block, LiteBlock)
        yield block


class TorchArithmetic:
    """The walk in PyTorch, float32, (1, C, rows, columns): what the graphs are held against, layer by layer."""

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
        """For measuring: called with every value under its name."""
        return x
