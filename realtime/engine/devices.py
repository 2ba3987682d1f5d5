"""Device names and ONNX Runtime's execution providers: how each is requested, and what it lacks if it cannot run."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import importlib.util
import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nstcam.media.own_files import is_ours
from nstcam.realtime.engine import cuda_memory, cuda_options
from nstcam.realtime.errors import DeviceError

Options = dict[str, Any]

_SYSTEMS: Final = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


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
    """Whether constant shapes are faster, so that each working size gets its own session."""
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


def missing(device: Device) -> str | None:
    """The reason why the device cannot run here, with the cure; None if it should work.

    `get_available_providers()` only lists what was compiled in, and opening a CUDA session without a driver prints
    red errors before it falls back, so the driver is looked for first.
    """
    import onnxruntime

    if device is CPU:
        return None
    if device.systems and sys.platform not in device.systems:
        return f"{device.title} exists for {' and '.join(_SYSTEMS[name] for name in device.systems)} only"
    if device.nvidia:
        reason = missing_driver()
        if reason:
            return reason
    if device.module:
        if importlib.util.find_spec(device.module) is None:
            return f"{device.title} is not installed; pip install {device.package}"
        return None
    if device.provider not in onnxruntime.get_available_providers():
        return (
            f"the installed onnxruntime {onnxruntime.__version__} has no {device.title} support; pip uninstall -y "
            f"onnxruntime onnxruntime-gpu && pip install --force-reinstall {device.package}"
        )
    return missing_library(device) if device.nvidia else None


def missing_driver() -> str | None:
    """The reason why NVIDIA's driver will not do: none, no GPU, or too old for the installed onnxruntime; else None."""
    import onnxruntime

    try:
        driver = cuda_memory.load_driver()
    except OSError:
        return "no NVIDIA driver found"
    if cuda_memory.count_gpus(driver) == 0:
        return "the NVIDIA driver finds no GPU; run nvidia-smi for details"
    built_for = str(getattr(onnxruntime, "cuda_version", "") or "")
    has_major, has_minor = cuda_memory.driver_cuda_version(driver)
    if built_for and int(built_for.partition(".")[0]) > has_major:
        return (
            f"the NVIDIA driver supports CUDA {has_major}.{has_minor}, but onnxruntime {onnxruntime.__version__} needs "
            f"CUDA {built_for}; update the driver"
        )
    return None


def missing_library(device: Device) -> str | None:
    """Loads CUDA, cuDNN and TensorRT from pip's packages, then the provider.

    Returns:
        The loader's message with the cure if the provider cannot be loaded, else None.
    """
    import onnxruntime

    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it cannot find; our message is clearer
        onnxruntime.preload_dlls()
    major = str(getattr(onnxruntime, "cuda_version", "")).partition(".")[0] or "12"
    if device is TENSORRT:
        preload_tensorrt()
    folder = Path(onnxruntime.__file__).parent / "capi"
    kind = "cuda" if device is CUDA else "tensorrt"
    prefix, suffix = ("", ".dll") if sys.platform == "win32" else ("lib", ".so")
    try:
        for name in ("shared", kind):
            ctypes.CDLL(str(folder / f"{prefix}onnxruntime_providers_{name}{suffix}"), ctypes.RTLD_GLOBAL)
    except OSError as error:
        return f"{device.title} cannot be loaded ({error}); pip install {device.libraries.format(cuda=major)}"
    return None


def preload_tensorrt() -> None:
    """Loads TensorRT from pip's package if that is installed."""
    found = importlib.util.find_spec("tensorrt_libs")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for library in sorted(Path(folder).glob("*nvinfer*")) + sorted(Path(folder).glob("*nvonnxparser*")):
            with contextlib.suppress(OSError):
                ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)


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
