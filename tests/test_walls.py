"""Tests which package may import which, in fresh interpreters."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("modules", "forbidden"),
    [
        ("nstcam.realtime.cli.app", ["torch", "onnx", "nstcam.train", "nstcam.export", "cv2", "av", "onnxruntime"]),
        (
            "nstcam.realtime.live.loop, nstcam.realtime.video.convert, nstcam.realtime.engine.stylizer",
            ["torch", "onnx", "nstcam.train", "nstcam.export"],
        ),
        (
            "nstcam.train.cli.nst_train, nstcam.train.cli.nst_paint",
            ["nstcam.realtime", "nstcam.export", "onnx", "onnxruntime", "av"],
        ),
        (
            "nstcam.media.decode",
            ["torch", "nstcam.realtime", "nstcam.train", "nstcam.export", "onnx", "onnxruntime", "av"],
        ),
        ("nstcam.train.preview.window", ["torch", "nstcam.realtime", "nstcam.export", "onnx", "onnxruntime", "av"]),
    ],
)
def test_imports_stay_on_their_side(modules: str, forbidden: list[str]) -> None:
    code = f"import sys, {modules}; print([m for m in {forbidden} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
