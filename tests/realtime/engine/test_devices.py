"""Devices by name: what is tried, and what is said where one cannot run. By substitution; no GPU needed."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import onnxruntime
import pytest

from nstcam.realtime.engine import cuda_memory, devices
from nstcam.realtime.errors import DeviceError
from tests.support.fake_cuda import FakeDriver


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


@pytest.mark.parametrize(
    ("system", "installed", "tried"),
    [
        ("linux", ["TensorrtExecutionProvider", "CUDAExecutionProvider"], ["CUDA", "CPU"]),
        ("linux", ["MIGraphXExecutionProvider"], ["CUDA", "MIGraphX", "CPU"]),
        ("win32", ["DmlExecutionProvider"], ["CUDA", "DirectML", "CPU"]),
        ("win32", ["CoreMLExecutionProvider"], ["CUDA", "CPU"]),
        ("darwin", ["CoreMLExecutionProvider"], ["CoreML", "CPU"]),
        ("darwin", [], ["CPU"]),
    ],
)
def test_auto_tries_what_the_system_may_have_and_ends_on_the_cpu(
    monkeypatch: pytest.MonkeyPatch, system: str, installed: list[str], tried: list[str]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    install(monkeypatch, *installed)
    if system == "darwin":  # there is no CUDA for it at all
        monkeypatch.setattr(devices, "worth_trying", lambda d: d.provider in installed)
    assert [device.title for device in devices.candidates("auto")] == tried


def test_a_device_by_name_is_the_only_one_tried() -> None:
    assert devices.candidates("tensorrt") == [devices.TENSORRT]
    with pytest.raises(DeviceError, match="device gpu is unknown; there are auto, cpu, cuda, tensorrt, "):
        devices.candidates("gpu")


class TestMissing:
    def test_no_driver(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cuda_memory, "load_driver", no_driver)
        assert devices.missing(devices.CUDA) == "no NVIDIA driver found"
        assert devices.missing(devices.TENSORRT_RTX) == "no NVIDIA driver found"
        assert devices.missing(devices.CPU) is None

    def test_a_driver_without_a_gpu(self, driver: FakeDriver) -> None:
        driver.gpus = 0
        assert devices.missing(devices.CUDA) == "the NVIDIA driver finds no GPU; nvidia-smi tells more"
        driver.gpus, driver.fails = 1, "cuInit"
        assert devices.missing(devices.CUDA) == "the NVIDIA driver finds no GPU; nvidia-smi tells more"

    def test_a_driver_that_is_too_old(self, driver: FakeDriver) -> None:
        driver.version = 12040
        assert str(devices.missing(devices.CUDA)).startswith("the NVIDIA driver is made for CUDA 12.4, onnxruntime")
        assert str(devices.missing(devices.CUDA)).endswith("for CUDA 13.0; update the driver")

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
        self, driver: FakeDriver, monkeypatch: pytest.MonkeyPatch, device: devices.Device, package: str
    ) -> None:
        monkeypatch.setattr(sys, "platform", device.systems[0])
        install(monkeypatch)
        reason = str(devices.missing(device))
        assert f"has no {device.title} support; pip uninstall -y onnxruntime" in reason
        assert reason.endswith(f"pip install --force-reinstall {package}")

    def test_a_device_of_another_system(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        assert devices.missing(devices.COREML) == "CoreML exists for macOS only"
        assert devices.missing(devices.DIRECTML) == "DirectML exists for Windows only"

    @pytest.mark.skipif(sys.platform != "linux", reason="the loader of other systems does not name the library")
    @pytest.mark.parametrize(
        ("device", "cure"),
        [(devices.CUDA, "pip install 'nstcam[cuda]'"), (devices.TENSORRT, "pip install 'nstcam[cuda]' 'tensorrt-")],
    )
    def test_half_an_installation_names_the_library_and_the_package(
        self, driver: FakeDriver, device: devices.Device, cure: str
    ) -> None:
        if device.provider not in onnxruntime.get_available_providers():
            pytest.skip(f"the installed onnxruntime has no {device.title}")
        reason = devices.missing(device)
        if reason is None:
            pytest.skip("here all of it is installed")
        assert f"{device.title} cannot be loaded (lib" in reason
        assert ".so" in reason.partition("(lib")[2]
        assert cure in reason

    def test_a_plugin_that_is_not_installed(self, driver: FakeDriver) -> None:
        reason = devices.missing(devices.TENSORRT_RTX)
        assert reason == "TensorRT-RTX is not installed; pip install onnxruntime-ep-nv-tensorrt-rtx"


class TestOptions:
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
        return tmp_path

    def test_cuda(self) -> None:
        options = devices.session_options(devices.CUDA, graph=True)
        assert options["enable_cuda_graph"] == "1"
        assert options["cudnn_conv_algo_search"] == "HEURISTIC"
        assert options["prefer_nhwc"] == "1"
        assert devices.session_options(devices.CUDA, graph=False)["enable_cuda_graph"] == "0"

    def test_engines_are_kept_in_the_users_cache(self, cache: Path) -> None:
        options = devices.session_options(devices.TENSORRT, graph=False)
        assert Path(options["trt_engine_cache_path"]) == cache / "tensorrt"
        assert Path(options["trt_engine_cache_path"]).is_dir()
        assert options["trt_engine_cache_enable"] == "1"

    def test_what_compiles_nothing_makes_no_folder(self, cache: Path) -> None:
        devices.session_options(devices.DIRECTML, graph=False)
        assert list(cache.iterdir()) == []


class TestPlugin:
    def test_is_registered_once_and_gives_its_devices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        registered: list[tuple[str, str]] = []
        mine = SimpleNamespace(ep_name="NvTensorRTRTXExecutionProvider")
        plugin = ModuleType(devices.TENSORRT_RTX.module)
        vars(plugin).update(get_ep_name=lambda: mine.ep_name, get_library_path=lambda: "libplugin.so")
        monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
        monkeypatch.setattr("onnxruntime.get_ep_devices", lambda: [mine] * len(registered))
        monkeypatch.setattr(
            "onnxruntime.register_execution_provider_library", lambda name, path: registered.append((name, path))
        )
        for _ in range(2):
            assert list(devices.plugin_devices(devices.TENSORRT_RTX)) == [mine]
        assert registered == [(mine.ep_name, "libplugin.so")]
        monkeypatch.setattr("onnxruntime.get_ep_devices", lambda: [])
        with pytest.raises(DeviceError, match="TensorRT-RTX finds no GPU"):
            devices.plugin_devices(devices.TENSORRT_RTX)
