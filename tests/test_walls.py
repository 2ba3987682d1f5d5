"""Who may import whom, proven in fresh interpreters."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("realtime.cli", ["torch", "onnx", "train", "export", "cv2", "av", "onnxruntime"]),
        ("realtime.live", ["torch", "onnx", "train", "export"]),
        ("realtime.convert", ["torch", "onnx", "train", "export"]),
        ("realtime.stylizer", ["torch", "onnx", "train", "export"]),
        ("train.cli", ["realtime", "export", "onnx", "onnxruntime", "av"]),
        ("train.preview_window", ["torch", "realtime", "export", "onnx", "onnxruntime", "av"]),
        ("train.paint_cli", ["realtime", "export", "onnx", "onnxruntime", "av"]),
    ],
)
def test_imports_stay_on_their_side(module: str, forbidden: list[str]) -> None:
    code = f"import sys, {module}; print([m for m in {forbidden} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
