"""Tests which libraries of a GPU are loaded, from where, and the borders between CUDA's versions."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from nstcam.realtime.engine import availability, cuda_memory, devices
from nstcam.realtime.engine.availability import missing_driver, missing_library
from tests.support.fakes.cuda import FakeDriver


@pytest.mark.parametrize(
    ("built_for", "version", "fits"),
    [("12.8", 12040, True), ("12.8", 13000, True), ("13.0", 12090, False), ("13.0", 13000, True),
     ("13.2", 13000, True), ("", 12040, True), (None, 11080, True)],
)  # fmt: skip
def test_a_driver_runs_what_was_built_for_its_major_version_or_an_older_one(
    monkeypatch: pytest.MonkeyPatch, built_for: str | None, version: int, fits: bool
) -> None:
    monkeypatch.setattr(cuda_memory, "load_driver", lambda: FakeDriver(version=version))
    monkeypatch.setattr(onnxruntime, "cuda_version", built_for, raising=False)
    said = missing_driver()
    assert said == (
        None if fits else
        f"the NVIDIA driver supports CUDA {version // 1000}.{version % 1000 // 10}, but onnxruntime "
        f"{onnxruntime.__version__} needs CUDA {built_for}; update the driver"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("device", "system", "kind", "tensorrt"),
    [
        (devices.CUDA, "linux", ("lib", "cuda", ".so"), 0),
        (devices.CUDA, "win32", ("", "cuda", ".dll"), 0),
        (devices.TENSORRT, "linux", ("lib", "tensorrt", ".so"), 1),
    ],
)
def test_the_part_that_providers_share_is_loaded_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    device: devices.Device, system: str, kind: tuple[str, str, str], tensorrt: int,
) -> None:  # fmt: skip
    loaded: list[tuple[Any, ...]] = []
    before: list[str] = []
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(ctypes, "CDLL", lambda *given: loaded.append(given))
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("not found"), raising=False)
    monkeypatch.setattr(availability, "preload_tensorrt", lambda: before.append("TensorRT"))
    assert missing_library(device) is None
    prefix, name, suffix = kind
    folder = Path(onnxruntime.__file__).parent / "capi"
    assert loaded == [
        (str(folder / f"{prefix}onnxruntime_providers_{part}{suffix}"), ctypes.RTLD_GLOBAL) for part in ("shared", name)
    ]
    assert len(before) == tensorrt
    assert capsys.readouterr().out == ""
