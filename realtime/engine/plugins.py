"""Execution providers that come as plugins: libraries registered with ONNX Runtime while it runs."""

from __future__ import annotations

import importlib
from typing import Any

import onnxruntime

from nstcam.realtime.engine.devices import Device
from nstcam.realtime.errors import DeviceError


def plugin_device(device: Device) -> Any:
    """The first hardware device that a plugin finds; the first call registers the plugin.

    Only one, even if there are several: WebGPU's plugin takes one per session and chooses among GPUs itself.

    Raises:
        DeviceError: the plugin finds no hardware, or cannot be loaded into this onnxruntime.
    """
    plugin = importlib.import_module(device.module)
    name = plugin.get_ep_name()
    found = [each for each in onnxruntime.get_ep_devices() if each.ep_name == name]
    if not found:
        try:
            onnxruntime.register_execution_provider_library(name, plugin.get_library_path())
        except Exception as error:  # ONNX Runtime's errors share no type of their own
            reason, version = " ".join(str(error).split()), onnxruntime.__version__
            raise DeviceError(
                f"{device.package} cannot be loaded into onnxruntime {version} ({reason}); upgrade both"
            ) from error
        found = [each for each in onnxruntime.get_ep_devices() if each.ep_name == name]
    if not found:
        wants = f"; it needs {device.needs}" if device.needs else ""
        raise DeviceError(f"{device.title} finds no GPU that it can use{wants}")
    return found[0]
