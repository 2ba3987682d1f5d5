"""Large pictures painted in tiles: memory, time, and the difference from painting them whole.

    python -m benchmarks.image_tiles [--style starry] [--megapixels 4 12 48 100]

Each line is measured in a process of its own. "MB more" is the rise of its memory while it paints, including the
result, which takes 3 bytes per pixel either way. Prints a table, and writes JSON with --json FILE.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.tools.memory import peak_above_start
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.picture.tiles import stylize_tiled
from nstcam.realtime.style_files.library import find_style

WHOLE_UP_TO: Final = 24
"""Up to so many megapixels the picture is also painted whole, for comparison; beyond, many machines lack the memory."""


def scene(megapixels: float) -> Frame:
    """A picture of 4:3 with blobs of many sizes."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(height * 4 / 3)
    dice = np.random.default_rng(1)
    out = np.zeros((height, width, 3), np.uint8)
    for cells, share in ((4, 0.5), (40, 0.3), (400, 0.2)):
        small = dice.integers(0, 255, (cells * 3 // 4, cells, 3), np.uint8)
        out += (resize(small, (width, height)) * np.float32(share)).astype(np.uint8)
    return out


def worker(style: str, megapixels: float, tiled: bool, out: Path) -> None:
    frame, stylizer = scene(megapixels), Stylizer(find_style(style), "cpu")
    stylizer.warm_up(64, 64)
    began = time.monotonic()
    with peak_above_start() as rise:
        painted = stylize_tiled(frame, stylizer) if tiled else stylizer.stylize(frame)
    record = {
        "megapixels": megapixels, "size": f"{frame.shape[1]}x{frame.shape[0]}", "tiled": tiled,
        "seconds": round(time.monotonic() - began, 1), "extra_mb": round(rise[0]),
        "result_mb": round(painted.nbytes / (1 << 20)),
    }  # fmt: skip
    np.save(out, painted)
    print(json.dumps(record))


def run(style: str, megapixels: float, tiled: bool, out: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.image_tiles", "--worker", style, str(megapixels), str(tiled), str(out)]
    record: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return record


def main() -> None:
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", default="starry")
    parser.add_argument("--megapixels", type=float, nargs="+", default=[4, 12, 48, 100])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    records = []
    print(f"{'size':>12} {'way':>6} {'seconds':>8} {'MB more':>8} {'result':>7} {'levels apart':>13}")
    with tempfile.TemporaryDirectory() as name:
        for megapixels in asked.megapixels:
            tiled_file, whole_file = Path(name) / "tiled.npy", Path(name) / "whole.npy"
            rows = [run(asked.style, megapixels, True, tiled_file)]
            if megapixels <= WHOLE_UP_TO:
                rows.append(run(asked.style, megapixels, False, whole_file))
                difference = np.abs(np.load(tiled_file).astype(np.int16) - np.load(whole_file))
                rows[0]["levels_apart"] = int(difference.max())
            for row in rows:
                way, apart = "tiles" if row["tiled"] else "whole", row.get("levels_apart", "")
                cells = f"{row['size']:>12} {way:>6} {row['seconds']:>8} {row['extra_mb']:>8} {row['result_mb']:>7}"
                print(f"{cells} {apart:>13}", flush=True)
            records += rows
    if asked.json:
        asked.json.write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2], float(sys.argv[3]), sys.argv[4] == "True", Path(sys.argv[5]))
    else:
        main()
