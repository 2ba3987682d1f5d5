"""Device names and ONNX Runtime's execution providers: how each is requested, and which ones `auto` tries."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nstcam.media.own_files import is_ours
from nstcam.realtime.engine import cuda_options
from nstcam.realtime.errors import DeviceError

Options = dict[str, Any]


@dataclass(frozen=True)
class Device:
    """One row per execution provider that nstcam can ask for."""

    title: str
    """The name shown to users."""
    provider: str
    package: str = ""
    """The pip package that contains the provider: a build of onnxruntime, or a plugin."""
    options: Options = field(default_factory=dict)
    systems: tuple[str, ...] = ()
    """Values of sys.platform on which it exists and `auto` considers it; if empty, `auto` never does."""
    nvidia: bool = False
    """Needs NVIDIA's driver."""
    libraries: str = ""
    """The arguments of pip install that supply the provider's libraries."""
    cuda_tensors: bool = False
    """Whether frames go through our own CUDA tensors; otherwise ONNX Runtime copies them."""
    graph_option: str = ""
    """The provider option that records a CUDA graph."""
    cache_options: tuple[str, ...] = ()
    """Provider options that point at our cache of one model compiled for one size."""
    shared_cache_options: tuple[str, ...] = ()
    """Provider options that point at our cache of data that speeds up compiling any model."""
    fixed_sizes: bool = True
    """Whether constant shapes are faster, so that each size gets its own session."""
    any_size: bool = True
    """Whether one session can take frames of all sizes."""
    module: str = ""
    """For plugins, the Python module that knows where the library is."""
    needs: str = ""
    """For plugins, the hardware and driver required; shown when none is found."""


CPU: Final = Device("CPU", "CPUExecutionProvider", "onnxruntime", fixed_sizes=False)
CUDA: Final = Device(
    "CUDA",
    "CUDAExecutionProvider",
    "onnxruntime-gpu",
    {
        # The default, EXHAUSTIVE, stalls 0.3 to 1.3 s at every new frame size; DEFAULT makes every frame slow.
        "cudnn_conv_algo_search": "HEURISTIC",
        "cudnn_conv_use_max_workspace": "1",
        "prefer_nhwc": "1",  # the layout of tensor cores
        "use_tf32": "1",  # float32 styles on tensor cores; 10 bits of mantissa are plenty for 8-bit pictures
        "arena_extend_strategy": "kSameAsRequested",
    },
    systems=("linux", "win32"),
    nvidia=True,
    libraries="'nstcam[cuda]'",
    cuda_tensors=True,
    graph_option="enable_cuda_graph",
)
TENSORRT: Final = Device(
    "TensorRT",
    "TensorrtExecutionProvider",
    "onnxruntime-gpu",
    {"trt_fp16_enable": "1", "trt_engine_cache_enable": "1", "trt_timing_cache_enable": "1"},
    nvidia=True,
    libraries="'nstcam[cuda]' 'tensorrt-cu{cuda}<11'",
    cuda_tensors=True,
    graph_option="trt_cuda_graph_enable",
    cache_options=("trt_engine_cache_path",),
    shared_cache_options=("trt_timing_cache_path",),
)
TENSORRT_RTX: Final = Device(
    "TensorRT-RTX",
    "NvTensorRTRTXExecutionProvider",
    "onnxruntime-ep-nv-tensorrt-rtx",
    {},
    nvidia=True,
    cache_options=("nv_runtime_cache_path",),
    module="onnxruntime_ep_nv_tensorrt_rtx",
)
DIRECTML: Final = Device("DirectML", "DmlExecutionProvider", "onnxruntime-directml", systems=("win32",))
COREML: Final = Device(
    "CoreML",
    "CoreMLExecutionProvider",
    "onnxruntime",
    {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL", "RequireStaticInputShapes": "1"},
    systems=("darwin",),
    cache_options=("ModelCacheDirectory",),
    any_size=False,  # it leaves operators without constant shapes to the CPU
)
OPENVINO: Final = Device(
    "OpenVINO",
    "OpenVINOExecutionProvider",
    "onnxruntime-openvino",
    {"device_type": "GPU"},  # Intel's; AUTO might choose the CPU without saying so
    systems=("linux", "win32"),
    cache_options=("cache_dir",),
)
MIGRAPHX: Final = Device("MIGraphX", "MIGraphXExecutionProvider", "onnxruntime-migraphx", systems=("linux",))
ROCM: Final = Device("ROCm", "ROCMExecutionProvider", "onnxruntime-rocm", systems=("linux",))

WEBGPU: Final = Device(
    "WebGPU",
    "WebGpuExecutionProvider",
    "onnxruntime-ep-webgpu",
    systems=("linux", "win32", "darwin"),
    module="onnxruntime_ep_webgpu",
    needs="a GPU with a driver for Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS)",
)

DEVICES: Final = {
    "cpu": CPU,
    "cuda": CUDA,
    "tensorrt": TENSORRT,
    "tensorrt-rtx": TENSORRT_RTX,
    "directml": DIRECTML,
    "coreml": COREML,
    "openvino": OPENVINO,
    "migraphx": MIGRAPHX,
    "rocm": ROCM,
    "webgpu": WEBGPU,
}
"""The devices by the names that --device takes besides auto, in the order in which `auto` tries them.

`auto` never takes TensorRT, which compiles for minutes before the first frame.
"""


def candidates(name: str) -> list[Device]:
    """The devices to try for `name`, the best first.

    Raises:
        DeviceError: `name` is unknown, or CUDA is among the devices and NSTCAM_CUDA_OPTIONS is invalid.
    """
    if name == "auto":
        found = [device for device in DEVICES.values() if sys.platform in device.systems and worth_trying(device)]
        found.append(CPU)
    elif name in DEVICES:
        found = [DEVICES[name]]
    else:
        raise DeviceError(f"device {name} is unknown; choose one of auto, {', '.join(DEVICES)}")
    if any(device.cuda_tensors for device in found):
        cuda_options.chosen()
    return found


def worth_trying(device: Device) -> bool:
    """Whether `auto` tries the device and reports why it fails: always for CUDA, otherwise only if it is installed."""
    import onnxruntime

    if device.module:
        return importlib.util.find_spec(device.module) is not None
    return device is CUDA or device.provider in onnxruntime.get_available_providers()


def session_options(device: Device, *, graph: bool, compiled: str = "") -> Options:
    """The provider's options, with its cache folders, which are created.

    Args:
        graph: whether the session is to record a CUDA graph.
        compiled: subfolder of the cache, unique to the model and its size. Providers look up compiled models by the
            names of files and nodes, which all styles share, and would otherwise run one style's engine for another.

    Raises:
        DeviceError: NSTCAM_CUDA_OPTIONS is invalid, or forbids the graph that is requested, or a cache folder
            belongs to another user.
    """
    options = dict(device.options)
    for keys, name in ((device.cache_options, compiled), (device.shared_cache_options, "")):
        if keys:
            folder = compiled_folder(device) / name
            folder.mkdir(parents=True, exist_ok=True)
            if not is_ours(folder):  # what is in it would run as our code
                raise DeviceError(f"the cache {folder} belongs to another user; delete it")
            options |= dict.fromkeys(keys, str(folder))
    if device.graph_option:
        options[device.graph_option] = "1" if graph else "0"
    if device is CUDA:
        chosen = cuda_options.chosen()
        if graph and chosen.get(device.graph_option) == "0":
            raise DeviceError(f"{cuda_options.VARIABLE} has {device.graph_option}=0")
        options |= {name: value for name, value in chosen.items() if name != device.graph_option}
    return options


def compiled_folder(device: Device) -> Path:
    """The folder where the provider caches compiled models; may be deleted at any time."""
    import platformdirs

    return platformdirs.user_cache_path("nstcam", appauthor=False) / device.title.lower()
