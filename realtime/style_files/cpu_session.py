"""Sessions on the CPU to read a model, or to try it once: they print nothing, and paint no frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime


def cpu_session(model: Path | bytes, *, threads: int = 0, optimized: bool = True) -> onnxruntime.InferenceSession:
    """Opens a model on the CPU.

    Args:
        threads: 0: one for each core.
        optimized: whether the graph is rewritten to run faster, which takes time to open.

    Raises:
        Exception: it cannot be opened; ONNX Runtime's errors share no type of their own.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # with the fallback it prints four lines about a file that it cannot read
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"], enable_fallback=False)
