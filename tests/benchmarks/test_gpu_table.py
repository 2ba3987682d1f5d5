"""The table of benchmarks.gpu."""

from __future__ import annotations

from typing import Any

from benchmarks.gpu.steps import Outcome
from benchmarks.gpu.table import table


def test_the_table_of_all_steps() -> None:
    def ended(status: Any, **values: Any) -> dict[str, Any]:
        return Outcome(status, 3.2, values.pop("reason", ""), values).as_json()

    row = {"style": "lite", "size_wh": [1280, 720], "prefer_nhwc": "1", "fuse_conv_bias": "0", "enable_cuda_graph": "1"}
    other = {"prefer_nhwc": "0"}
    machine = {"date": "today", "processor": "P", "cores": 2, "load": 0.1, "python": "3", "onnxruntime": "1"}
    result = {
        "machine": machine | {"onnxruntime-gpu": None, "device": "cuda", "rehearsal": False},
        "steps": {
            "versions": ended("ok", gpu="NVIDIA H100, 580, 80 GB", missing=None),
            "smoke": ended(
                "wrong",
                styles={
                    "starry": {
                        "way": "fixed size",
                        "pictures": [{"mean": 0.01}, {"mean": 93.2}],
                    },
                    "wave": {"error": "out | of memory", "pictures": []},
                },
            ),
            "placement": ended(
                "wrong",
                styles={
                    "a.onnx": {"graph": {"on_device": 70, "elsewhere": {}}},
                    "b.onnx": {"graph": {"refused": "no graph"}},
                    "c.onnx": {"graph": {"on_device": 69, "elsewhere": {"Pad": 1}}},
                },
            ),
            "sweep": ended("ok", cases=[row | {"ms": 0.9}, row | {"error": "x"}, row | {"ms": 0.5, **other}]),
            "speed": ended(
                "ok",
                cases={
                    "lite": {
                        "size_wh": [3840, 2160],
                        "live_ms": 10.0,
                        "device_ms": 9.0,
                        "overhead": 0.11,
                        "target_fps": 60,
                    }
                },
            ),
            "kernels-lite": ended("out of time", reason="ended after 30 s", kernels=[{"name": "conv", "share": 0.7}]),
            "training-photos": ended(
                "ok", preset="lite", content="photographs", batch=4, crop=256, steps_a_second=41.26
            ),
            "training-johnson": ended("failed", reason="out of memory"),
        },
    }
    lines = table(result).splitlines()
    assert lines[0].endswith("NVIDIA H100, 580, 80 GB, cuda")
    rows = {line.split("|")[1].strip(): line for line in lines if line.startswith("| ")}
    assert all(line.count("|") == 5 for line in rows.values())
    assert (
        "| wrong | 3 | starry: fixed size, at most 93.20 levels from the CPU; wave: out / of memory |" in rows["smoke"]
    )
    assert "1 of 3 entirely on the device; not b.onnx, c.onnx" in rows["placement"]
    assert "lite 1280x720: 0.50 ms (nhwc 0, fused bias 0, graph 1)" in rows["sweep"]
    assert "lite 3840x2160: 100 fps live (target 60), 9.00 ms on the device, the host adds 11 %" in rows["speed"]
    assert "| out of time | 3 | ended after 30 s; conv 70% |" in rows["kernels-lite"]
    assert "lite, photographs, batch 4 of 256 px: 41.3 steps a second" in rows["training-photos"]
    assert "out of memory" in rows["training-johnson"]
