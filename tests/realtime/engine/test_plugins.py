"""Tests execution providers that are plugins: with fakes, and WebGPU itself if its plugin and a GPU are present."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.engine import availability, devices
from nstcam.realtime.engine.devices import TENSORRT_RTX, WEBGPU, Device
from nstcam.realtime.engine.plugins import plugin_device
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import DeviceError
from nstcam.realtime.style_files.style import BUNDLED_STYLES, read_style
from nstcam.realtime.stylizing import UNMOVED, Offset


class FakePlugin:
    """Installed for `device`; `hardware` is what it finds once it is registered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, device: Device, hardware: int = 1) -> None:
        self.hardware = [SimpleNamespace(ep_name=device.provider, number=number) for number in range(hardware)]
        self.registered: list[tuple[str, str]] = []
        self.error: Exception | None = None
        plugin = ModuleType(device.module)
        vars(plugin).update(get_ep_name=lambda: device.provider, get_library_path=lambda: "libplugin.so")
        monkeypatch.setitem(sys.modules, device.module, plugin)
        cpu = SimpleNamespace(ep_name="CPUExecutionProvider")
        monkeypatch.setattr(onnxruntime, "get_ep_devices", lambda: [cpu, *(self.hardware if self.registered else [])])
        monkeypatch.setattr(onnxruntime, "register_execution_provider_library", self.register)

    def register(self, name: str, path: str) -> None:
        if self.error:
            raise self.error
        self.registered.append((name, path))


@pytest.mark.parametrize("device", [TENSORRT_RTX, WEBGPU])
def test_a_plugin_is_registered_once_and_gives_one_device(monkeypatch: pytest.MonkeyPatch, device: Device) -> None:
    plugin = FakePlugin(monkeypatch, device, hardware=2)
    for _ in range(2):
        assert plugin_device(device) is plugin.hardware[0]
    assert plugin.registered == [(device.provider, "libplugin.so")]


def test_a_plugin_without_hardware_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePlugin(monkeypatch, WEBGPU, hardware=0)
    with pytest.raises(
        DeviceError, match=r"^WebGPU finds no GPU that it can use; it needs a GPU with a driver for Vul"
    ):
        plugin_device(WEBGPU)
    FakePlugin(monkeypatch, TENSORRT_RTX, hardware=0)
    with pytest.raises(DeviceError, match=r"^TensorRT-RTX finds no GPU that it can use$"):
        plugin_device(TENSORRT_RTX)


def test_a_plugin_that_does_not_fit_names_both_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    FakePlugin(monkeypatch, WEBGPU).error = RuntimeError("it wants\nanother API")
    with pytest.raises(DeviceError) as caught:
        plugin_device(WEBGPU)
    assert str(caught.value) == (
        f"onnxruntime-ep-webgpu cannot be loaded into onnxruntime {onnxruntime.__version__} (it wants another API); "
        "upgrade both"
    )


def test_a_session_is_opened_on_the_one_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plugin, asked = FakePlugin(monkeypatch, WEBGPU, hardware=2), list[Any]()

    class Options(onnxruntime.SessionOptions):  # type: ignore[misc]
        def add_provider_for_devices(self, devices: list[Any], options: dict[str, str]) -> None:
            asked.append((devices, options))

    session = SimpleNamespace(get_providers=lambda: [WEBGPU.provider, "CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "SessionOptions", Options)
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: session)
    assert open_session(tmp_path / "x.onnx", WEBGPU, size_hw=(32, 32)) is session
    assert asked == [([plugin.hardware[0]], {})]


def test_auto_goes_on_to_the_cpu_where_the_plugin_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    FakePlugin(monkeypatch, WEBGPU, hardware=0)
    monkeypatch.setattr(devices, "candidates", lambda _: [WEBGPU, devices.CPU])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    style = read_style(write_negative_style(tmp_path / "n.onnx"))
    made = Stylizer(style)
    assert made.device == "CPU"
    assert str(made.notice).startswith("running on the CPU (WebGPU cannot run style n: WebGPU finds no GPU")


def test_webgpu_paints_what_the_cpu_does() -> None:
    """Runs on whatever GPU there is. Three pictures and offsets would show an input that is not read again."""
    if importlib.util.find_spec(WEBGPU.module) is None:
        pytest.skip(str(availability.missing(WEBGPU)))
    try:
        plugin_device(WEBGPU)
    except DeviceError as error:
        pytest.skip(str(error))
    style = read_style(BUNDLED_STYLES / "starry.onnx")
    there, here = Stylizer(style, "webgpu"), Stylizer(style, "cpu")
    assert there.device == "WebGPU"
    for prepared in (False, True):
        if prepared:
            there.warm_up(48, 64)
            assert str(there.taken(48, 64)).startswith("fixed size")
        for number, offset in enumerate([UNMOVED, Offset(3, 5), Offset(-40, 8)]):
            frame = TestPattern((64, 48)).draw(float(number))
            painted = there.stylize(frame, offset).astype(np.int16)
            assert np.abs(painted - here.stylize(frame, offset)).mean() < 1
    there.close()
    here.close()
