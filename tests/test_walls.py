"""Who may import whom, proven in fresh interpreters."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("nstcam.realtime.cli.app", ["torch", "onnx", "train", "export", "cv2", "av", "onnxruntime"]),
        ("nstcam.realtime.live.loop", ["torch", "onnx", "train", "export"]),
        ("nstcam.realtime.video.convert", ["torch", "onnx", "train", "export"]),
        ("nstcam.realtime.engine.stylizer", ["torch", "onnx", "train", "export"]),
        ("nstcam.train.cli.nst_train", ["realtime", "export", "onnx", "onnxruntime", "av"]),
        ("nstcam.train.preview.window", ["torch", "realtime", "export", "onnx", "onnxruntime", "av"]),
        ("nstcam.train.cli.nst_paint", ["realtime", "export", "onnx", "onnxruntime", "av"]),
    ],
)
def test_imports_stay_on_their_side(module: str, forbidden: list[str]) -> None:
    code = f"import sys, {module}; print([m for m in {forbidden} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
