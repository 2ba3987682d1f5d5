"""The nodes of a style graph that turn the frame's bytes into cells and back, at any frame size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nstcam.export.convert.graph import GraphBuilder
from nstcam.realtime.style_files.contract import INPUT_NAME, OUTPUT_NAME
from nstcam.train.network.canvas import CELL

CELL_ROW: Final = 3 * CELL
"""Bytes of one pixel row of a cell: the longest run that is contiguous in the frame and in the cells."""


@dataclass(frozen=True)
class FrameSize:
    """Names of int64 values of shape (2,): rows, columns."""

    pixels: str
    missing: str
    """Pixels missing to the next multiple of `CELL`, 0 to 3."""
    cells: str

    @classmethod
    def of_input(cls, g: GraphBuilder) -> FrameSize:
        """Computes the size of the graph's input."""
        pixels = g.op("Slice", g.op("Shape", INPUT_NAME), g.integers(1), g.integers(3), g.integers(0))
        missing = g.op("Mod", g.op("Neg", pixels), g.integers(CELL))
        return cls(pixels, missing, g.op("Div", g.op("Add", pixels, missing), g.integers(CELL)))


def reflected_frame(g: GraphBuilder, size: FrameSize, border: int) -> str:
    """The frame, extended by reflection: by `border` pixels on all sides, and at the bottom and right edges up to a
    multiple of `CELL`.

    Uses Gather and Concat, axis by axis, because CUDA's Pad does not take bytes. Columns come first, while there are
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
    """Bytes (N, H, W, 3) -> (N, H/4, W/4, 48): the pixels of each cell row by row, colour last."""
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

    Uses Gather rather than Transpose: on CPUs ONNX Runtime runs Gather on all threads, Transpose on one.
    """
    count = g.op("Mul", first, second)
    runs = g.op("Reshape", data, g.op("Concat", g.integers(-1), count, g.integers(CELL_ROW), axis=0))
    places = g.op("Range", g.scalar(0), g.op("Squeeze", count), g.scalar(1))
    places = g.op("Reshape", places, g.op("Concat", first, second, axis=0))
    return g.op("Gather", runs, g.op("Transpose", places, perm=[1, 0]), axis=1)


def _split(g: GraphBuilder, pair: str) -> list[str]:
    return [g.op("Slice", pair, g.integers(i), g.integers(i + 1), g.integers(0)) for i in (0, 1)]
