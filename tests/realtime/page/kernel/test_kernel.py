"""Tests that the kernel for browsers paints what ONNX Runtime paints. Node.js stands for the browser."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest

from nstcam.export.convert.quantize import build_int8_graph
from nstcam.export.convert.ranges import measure
from nstcam.realtime.engine import devices
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.frame import Frame
from nstcam.realtime.page.contents import own_file
from nstcam.realtime.page.kernel.lite_file import LiteFiles, lite_files
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import ORDER
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.network.networks import LiteNet, NetworkConfig
from nstcam.train.picture import PHOTOS, read_rgb
from scripts import build_kernel
from tests.support.models.tiny import random_network

SIZES_HW: Final = ((240, 424), (241, 423), (33, 50))
JOB: Final = """
import { readFileSync, writeFileSync } from "node:fs";
import { Kernel } from "./kernel.mjs";
const module = new WebAssembly.Module(readFileSync("lite.wasm"));
for (const { style, noise, frames } of JSON.parse(readFileSync("jobs.json"))) {
  const kernel = new Kernel(module, readFileSync(style), readFileSync(noise));
  for (const { source, target, width, height } of frames) {
    const pixels = new Uint8ClampedArray(readFileSync(source));
    kernel.paint(pixels, width, height);
    writeFileSync(target, pixels);
  }
}
"""
with_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")


def photograph(height: int, width: int) -> Frame:
    rgb = cv2.resize(read_rgb(PHOTOS / "coffee.jpg"), (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(rgb[..., ::-1])


def in_node(folder: Path, styles: Mapping[str, LiteFiles], frames: Sequence[Frame]) -> dict[str, list[Frame]]:
    """What the kernel paints, in one process: each style all of the frames, of any sizes."""
    (folder / "lite.wasm").write_bytes(own_file("lite.wasm"))
    (folder / "kernel.mjs").write_bytes(own_file("kernel.js"))
    (folder / "job.mjs").write_text(JOB)
    jobs = list[object]()
    for number, frame in enumerate(frames):
        cv2.cvtColor(frame, cv2.COLOR_BGR2RGBA).tofile(folder / f"{number}.rgba")
    for name, files in styles.items():
        (folder / f"{name}.style").write_bytes(files.style)
        (folder / f"{name}.noise").write_bytes(files.noise)
        each = [
            {"source": f"{n}.rgba", "target": f"{name}.{n}", "width": frame.shape[1], "height": frame.shape[0]}
            for n, frame in enumerate(frames)
        ]
        jobs.append({"style": f"{name}.style", "noise": f"{name}.noise", "frames": each})
    (folder / "jobs.json").write_text(json.dumps(jobs))
    done = subprocess.run(["node", "job.mjs"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = dict[str, list[Frame]]()
    for name in styles:
        rgba = [np.fromfile(folder / f"{name}.{n}", np.uint8).reshape(*f.shape[:2], 4) for n, f in enumerate(frames)]
        assert all((picture[..., 3] == 255).all() for picture in rgba)
        found[name] = [np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2BGR)) for picture in rgba]
    return found


def differences(model: bytes, frames: Sequence[Frame], painted: Sequence[Frame]) -> list[np.ndarray]:
    """From what ONNX Runtime paints on the CPU, in levels."""
    session = open_session(model, devices.CPU, threads=1)
    ports = {port.name for port in session.get_inputs()}
    found = []
    for frame, picture in zip(frames, painted, strict=True):
        inputs = {"frame": frame[None], "canvas_offset": np.zeros(2, np.int64)}
        expected = session.run(None, {name: value for name, value in inputs.items() if name in ports})[0][0]
        assert np.ptp(expected) > 20, "something is painted"
        found.append(np.abs(picture.astype(int) - expected))
    return found


def check(levels: np.ndarray, where: str) -> None:
    """x86 processors with FMA add as the kernel does. Others may round a sum of two bytes that lies in the middle the
    other way, and the network makes more of it."""
    if re.fullmatch(r"x86_64|AMD64", platform.machine()):
        assert levels.max() <= 2, where
    assert levels.mean() < 0.25, where


@with_node
def test_all_bundled_styles_are_painted_as_by_onnx_runtime(tmp_path: Path) -> None:
    models = {name: (BUNDLED_STYLES / f"{name}{INT8_SUFFIX}").read_bytes() for name in ORDER}
    frames = [photograph(*size) for size in SIZES_HW]
    painted = in_node(tmp_path, {name: lite_files(model) for name, model in models.items()}, frames)
    for name, model in models.items():
        for size, levels in zip(SIZES_HW, differences(model, frames, painted[name]), strict=True):
            check(levels, f"{name} at {size}")


@with_node
@pytest.mark.parametrize(
    "config",
    [
        NetworkConfig("lite", width=16, dilations=(1, 7)),
        NetworkConfig("lite", width=32, dilations=(3,), canvas_channels=8),
    ],
)
def test_networks_of_other_shapes(config: NetworkConfig, tmp_path: Path) -> None:
    network = random_network(config)
    assert isinstance(network, LiteNet)
    ranges = measure(network, [photograph(64, 96)])
    model = build_int8_graph(network, ranges).SerializeToString()
    frames = [photograph(64, 45), photograph(32, 32)]
    painted = in_node(tmp_path, {"one": lite_files(model)}, frames)["one"]
    for levels in differences(model, frames, painted):
        check(levels, str(config))


@with_node
@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: files._replace(style=files.style[:-4]),
        lambda files: files._replace(style=files.style + bytes(4)),
        lambda files: files._replace(style=b"NSL9" + files.style[4:]),
        lambda files: files._replace(noise=files.noise[1:]),
    ],
)
def test_files_that_are_damaged_are_refused(spoil: Callable[[LiteFiles], LiteFiles], tmp_path: Path) -> None:
    files = spoil(lite_files((BUNDLED_STYLES / f"wave{INT8_SUFFIX}").read_bytes()))
    with pytest.raises(AssertionError, match="the style's files are damaged"):
        in_node(tmp_path, {"wave": files}, [photograph(32, 32)])


@with_node
def test_a_frame_that_is_too_small_is_refused(tmp_path: Path) -> None:
    files = lite_files((BUNDLED_STYLES / f"wave{INT8_SUFFIX}").read_bytes())
    with pytest.raises(AssertionError, match="a frame of 40x31 pixels cannot be painted: sides are 32 to 8192"):
        in_node(tmp_path, {"wave": files}, [photograph(31, 40)])


def test_the_kernel_was_built_from_its_source() -> None:
    section = build_kernel.custom_section(build_kernel.SECTION, build_kernel.sum_of_sources())
    assert own_file("lite.wasm").endswith(section), "python -m scripts.build_kernel"


def test_the_kernel_is_small_and_calls_nothing() -> None:
    kernel = own_file("lite.wasm")
    assert kernel.startswith(b"\0asm\1\0\0\0")
    assert len(kernel) < 40_000
    sections, at = set(), 8
    while at < len(kernel):
        kind, at, length, shift = kernel[at], at + 1, 0, 0
        while True:
            byte, at = kernel[at], at + 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        sections.add(kind)
        at += length
    assert 2 not in sections, "imports"
