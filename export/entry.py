"""Where nst-export and nst-eval begin: also where PyTorch or onnx is missing."""

from __future__ import annotations

from train.entry import enter


def export() -> None:
    enter("export.cli", "nst-export")


def evaluate() -> None:
    enter("export.eval_cli", "nst-eval")
