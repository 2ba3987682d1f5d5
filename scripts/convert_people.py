"""Converts MediaPipe's selfie segmentation to ONNX: python -m scripts.convert_people PACKAGE [--check PHOTO...]

PACKAGE is the folder that `npm pack @mediapipe/selfie_segmentation` gives when unpacked. Writes wide.onnx and
square.onnx into realtime/people/nets/. Needs `pip install tflite`, and with --check `pip install ai-edge-litert`, the
original runtime: both run on the photographs, and the largest and the mean difference are printed. What the graphs take
and give: people_converter.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx

from scripts.people_converter import Converter

NETS: Final = {"wide": "selfie_segmentation_landscape.tflite", "square": "selfie_segmentation.tflite"}
OUT: Final = Path(__file__).parents[1] / "realtime" / "people" / "nets"


def check(original: Path, converted: Path, photographs: Sequence[Path]) -> tuple[float, float]:
    """The largest and the mean difference between the original runtime and the converted file on these pictures.

    Compared are means over 2x2 pixels, which is what the converted file gives.
    """
    import cv2
    import onnxruntime
    from ai_edge_litert.interpreter import Interpreter

    session = onnxruntime.InferenceSession(str(converted), providers=["CPUExecutionProvider"])
    interpreter = Interpreter(str(original))
    interpreter.allocate_tensors()
    into, out = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    _, height, width, _ = into["shape"]
    differences = []
    for photograph in photographs:
        picture = cv2.imread(str(photograph))
        if picture is None:
            raise SystemExit(f"{photograph} is not a picture")
        frame = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        interpreter.set_tensor(into["index"], (frame[None, ..., ::-1] / 255).astype(np.float32))
        interpreter.invoke()
        pixels = interpreter.get_tensor(out["index"])[0, ..., 0]
        expected = pixels.reshape(height // 2, 2, width // 2, 2).mean((1, 3))
        planes = np.array(cv2.split(frame), np.float32)[None]
        differences.append(np.abs(session.run(None, {"planes": planes})[0] - expected))
    return float(np.max(differences)), float(np.mean(differences))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, metavar="PACKAGE")
    parser.add_argument("--check", type=Path, nargs="+", metavar="PHOTO", help="compare with the original runtime")
    parser.add_argument("--output", type=Path, default=OUT, metavar="FOLDER")
    options = parser.parse_args()
    for name, file in NETS.items():
        original, target = options.package / file, options.output / f"{name}.onnx"
        onnx.save(Converter(original.read_bytes()).model(), target)
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} KB", end="")
        if options.check:
            largest, mean = check(original, target, options.check)
            print(f", differs by at most {largest:.1e}, {mean:.1e} in the mean", end="")
        print()


if __name__ == "__main__":
    main()
