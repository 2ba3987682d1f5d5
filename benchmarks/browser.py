"""Measures what a frame costs a visitor whose own browser paints (nstcam serve --static). Node.js stands for it.

    python -m benchmarks.browser [--style starry] [--size 424x240] [--frames 60] [--rounds 3] [--runtime DIR] [--json F]

The folder's own painter paints the same photograph over and over, on one thread. With `--runtime`, dist of the npm
package onnxruntime-web, ONNX Runtime paints it too, from the same style in 8 bits, by turns. Printed are processor time
and wall clock per frame in milliseconds, the mean of each round's frames after as many that are not counted, and the
largest difference between the two pictures in levels.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.tools.machine import processor, tell
from nstcam.realtime.page.contents import own_file
from nstcam.realtime.page.kernel.lite_file import lite_files
from nstcam.realtime.page.visitors.static_folder import check_runtime
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style_preview import photograph

JOB: Final = """
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Kernel } from "./kernel.mjs";

const { width, height, frames, rounds, runtime } = JSON.parse(readFileSync("job.json"));
const source = readFileSync("frame.rgba");
const pixels = new Uint8ClampedArray(source.length);
const module = new WebAssembly.Module(readFileSync("lite.wasm"));
const painters = { own: new Kernel(module, readFileSync("style"), readFileSync("noise")) };
if (runtime) {
  const folder = pathToFileURL(`${runtime}/`).href;
  const ort = await import(`${folder}ort.wasm.min.mjs`);
  Object.assign(ort.env.wasm, { numThreads: 1, wasmPaths: folder });
  ort.env.wasm.wasmBinary = readFileSync(`${runtime}/ort-wasm-simd-threaded.wasm`);
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync("style.onnx")));
  const { Runtime } = await import("./runtime.mjs");
  painters.onnxruntime = new Runtime(ort, session, "");
}
const found = {};
for (const name of Object.keys(painters)) found[name] = { cpu_ms: [], ms: [] };
for (let round = 0; round < rounds; round++) {
  for (const [name, painter] of Object.entries(painters)) {
    for (let i = -frames, cpu, wall; i < frames; i++) {
      if (i === 0) [cpu, wall] = [process.cpuUsage(), performance.now()];
      pixels.set(source);
      await painter.paint(pixels, width, height);
      if (i < frames - 1) continue;
      const { user, system } = process.cpuUsage(cpu);
      found[name].cpu_ms.push((user + system) / 1000 / frames);
      found[name].ms.push((performance.now() - wall) / frames);
    }
    writeFileSync(`${name}.rgba`, pixels);
  }
}
console.log(JSON.stringify({ node: process.version, painters: found }));
"""


def measure(name: str, size_wh: tuple[int, int], frames: int, rounds: int, runtime: Path | None) -> dict[str, Any]:
    """The figures, as JSON takes them.

    Args:
        runtime: dist of the npm package onnxruntime-web.
    """
    style = find_style(name)
    assert style.int8_path is not None, f"{name} has no 8-bit file"
    model = style.int8_path.read_bytes()
    files = lite_files(model)
    job: dict[str, object] = {"width": size_wh[0], "height": size_wh[1], "frames": frames, "rounds": rounds}
    if runtime is not None:
        check_runtime(runtime)
        job["runtime"] = str(runtime.resolve())
    frame = cv2.resize(photograph(), size_wh, interpolation=cv2.INTER_AREA)
    with TemporaryDirectory() as made:
        folder = Path(made)
        for target, data in (
            ("kernel.mjs", own_file("kernel.js")), ("runtime.mjs", own_file("runtime.js")), ("job.mjs", JOB.encode()),
            ("lite.wasm", own_file("lite.wasm")), ("style", files.style), ("noise", files.noise),
            ("style.onnx", model), ("frame.rgba", cv2.cvtColor(frame, cv2.COLOR_BGR2RGBA).tobytes()),
            ("job.json", json.dumps(job).encode()),
        ):  # fmt: skip
            (folder / target).write_bytes(data)
        done = subprocess.run(["node", "job.mjs"], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        pictures = [np.fromfile(folder / f"{painter}.rgba", np.uint8).astype(int) for painter in found["painters"]]
    rounded = {
        painter: {key: [round(value, 2) for value in values] for key, values in figures.items()}
        for painter, figures in found["painters"].items()
    }
    result = {"processor": processor(), "node": found["node"], "style": name, "size_wh": list(size_wh), **rounded}
    if len(pictures) > 1:
        result["largest_difference"] = int(np.abs(pictures[0] - pictures[1]).max())
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", default="starry")
    parser.add_argument("--size", default="424x240")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runtime", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    tell(measure(options.style, (width, height), options.frames, options.rounds, options.runtime), options.json)


if __name__ == "__main__":
    main()
