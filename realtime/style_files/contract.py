"""The names in the ONNX contract, version 1 (docs/architecture.md): what every style file has in common."""

from __future__ import annotations

from typing import Final

CONTRACT_VERSION: Final = "1"
INPUT_NAME: Final = "frame"
OUTPUT_NAME: Final = "stylized"
CANVAS_INPUT: Final = "canvas_offset"
GRID: Final = 4
"""Side in pixels of the cells that networks see: if frame and canvas move by a multiple of it, so does the painting."""
METADATA_PREFIX: Final = "nst."
LONGEST_PREVIEW: Final = 40_000
"""Letters of the metadata `nst.preview`, in base64; more of them count as no preview."""
INT8_SUFFIX: Final = ".int8.onnx"
"""NAME.int8.onnx beside NAME.onnx is the same style in 8-bit integers, which CPUs run several times faster."""
