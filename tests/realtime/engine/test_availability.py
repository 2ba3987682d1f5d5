"""Tests the messages for devices that cannot run here. With fakes; no GPU needed."""

import ctypes
import importlib.util
import sys
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from nstcam.realtime.engine import availability, cuda_memory, devices
from tests.support.fakes.cuda import FakeDriver


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    """A driver for CUDA 13.2 with one GPU."""
    driver = FakeDriver()
    monkeypatch.setattr(cuda_memory, "load_driver", lambda: driver)
    monkeypatch.setattr(onnxruntime, "cuda_version", "13.0", raising=False)
    return driver


def no_driver() -> Any:
    raise OSError("libcuda.so.1: cannot open shared object file")


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """The providers that the installed onnxruntime has, apart from the CPU's."""
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [*names, "CPUExecutionProvider"])


def test_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_memory, "load_driver", no_driver)
    assert availability.missing(devices.CUDA) == "no NVIDIA driver found"
    assert availability.missing(devices.TENSORRT_RTX) == "no NVIDIA driver found"
    assert availability.missing(devices.CPU) is None


def test_a_driver_without_a_gpu(driver: FakeDriver) -> None:
    driver.gpus = 0
    assert availability.missing(devices.CUDA) == "the NVIDIA driver finds no GPU; run nvidia-smi for details"
    driver.gpus, driver.fails = 1, "cuInit"
    assert availability.missing(devices.CUDA) == "the NVIDIA driver finds no GPU; run nvidia-smi for details"


def test_a_driver_that_is_too_old(driver: FakeDriver) -> None:
    driver.version = 12040
    assert str(availability.missing(devices.CUDA)).startswith("the NVIDIA driver supports CUDA 12.4, but onnxruntime")
    assert str(availability.missing(devices.CUDA)).endswith("needs CUDA 13.0; update the driver")


@pytest.mark.parametrize(
    ("device", "package"),
    [
        (devices.CUDA, "onnxruntime-gpu"),
        (devices.DIRECTML, "onnxruntime-directml"),
        (devices.OPENVINO, "onnxruntime-openvino"),
        (devices.MIGRAPHX, "onnxruntime-migraphx"),
    ],
)
def test_an_onnxruntime_of_another_kind_names_the_right_package(
    driver: FakeDriver, monkeypatch: pytest.MonkeyPatch, device: devices.Device, package: str
) -> None:
    monkeypatch.setattr(sys, "platform", device.systems[0])
    install(monkeypatch)
    reason = str(availability.missing(device))
    assert f"has no {device.title} support; pip uninstall -y onnxruntime" in reason
    assert reason.endswith(f"pip install --force-reinstall {package}")


def test_a_device_of_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert availability.missing(devices.COREML) == "CoreML exists for macOS only"
    assert availability.missing(devices.DIRECTML) == "DirectML exists for Windows only"


@pytest.mark.skipif(sys.platform != "linux", reason="the loader of other systems does not name the library")
@pytest.mark.parametrize(
    ("device", "cure"),
    [(devices.CUDA, "pip install 'nstcam[cuda]'"), (devices.TENSORRT, "pip install 'nstcam[cuda]' 'tensorrt-")],
)
def test_half_an_installation_names_the_library_and_the_package(
    driver: FakeDriver, device: devices.Device, cure: str
) -> None:
    if device.provider not in onnxruntime.get_available_providers():
        pytest.skip(f"the installed onnxruntime has no {device.title}")
    reason = availability.missing(device)
    if reason is None:
        pytest.skip("here all of it is installed")
    assert f"{device.title} cannot be loaded (lib" in reason
    assert ".so" in reason.partition("(lib")[2]
    assert cure in reason


def test_a_plugin_that_is_not_installed(driver: FakeDriver) -> None:
    reason = availability.missing(devices.TENSORRT_RTX)
    assert reason == "TensorRT-RTX is not installed; pip install onnxruntime-ep-nv-tensorrt-rtx"


def test_webgpu_needs_no_driver_of_a_vendor_but_its_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_memory, "load_driver", no_driver)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert availability.missing(devices.WEBGPU) == "WebGPU is not installed; pip install onnxruntime-ep-webgpu"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert availability.missing(devices.WEBGPU) is None


def test_tensorrt_is_loaded_from_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loaded: list[str] = []

    def load(path: str, _: int) -> None:
        loaded.append(Path(path).name)
        if "parser" not in path:
            raise OSError("a library that it needs is missing")

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.syspath_prepend(tmp_path)
    availability.preload_tensorrt()
    assert loaded == [], "not installed"
    (tmp_path / "tensorrt_libs").mkdir()
    for name in ("__init__.py", "libnvonnxparser.so.10", "libnvinfer.so.10", "libother.so"):
        (tmp_path / "tensorrt_libs" / name).touch()
    availability.preload_tensorrt()
    assert loaded == ["libnvinfer.so.10", "libnvonnxparser.so.10"]
