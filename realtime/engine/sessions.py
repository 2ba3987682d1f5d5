"""ONNX Runtime sessions for styles: options, fixed sizes, and the check that the requested device does the work."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import onnxruntime

from nstcam.realtime.engine import devices
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.engine.plugins import plugin_device

Spin = Literal["never", "within", "always"]
"""When idle CPU threads spin: never, between the operators of a frame, or between frames as well."""

_SPINNING: Final[dict[Spin, tuple[str, str]]] = {"never": ("0", "0"), "within": ("1", "1"), "always": ("1", "0")}
"""ONNX Runtime's settings for each: whether to allow spinning, and whether to stop it at the end of a run."""

_SPIN_US: Final = 200
"""How long a CPU thread spins before it sleeps, in microseconds: longer than between two operators of a frame. ONNX
Runtime's default is so long that its threads spin while the next style is opened, which then takes twice the processor
time (64 ms instead of 25 with starry; frames are as fast). Older versions of ONNX Runtime ignore it."""

_HEAVY: Final = "Conv", "MatMul", "Gemm"
"""Parts of the names of the operators that do nearly all of a network's work."""

_ORT_ERRORS_ONLY: Final = 3
_ORT_FATAL_ONLY: Final = 4


class SessionRefused(Exception):  # noqa: N818 (caught by our callers; users see a DeviceError or a StyleError)
    """The device cannot run the model; the text says why."""


def open_session(
    path: Path | bytes,
    device: Device,
    *,
    threads: int = 0,
    size_hw: tuple[int, int] | None = None,
    graph: bool = False,
    spin: Spin = "within",
    profile: Path | None = None,
) -> Any:
    """Opens an onnxruntime.InferenceSession that really runs on the device; it never falls back to the CPU silently.

    Args:
        path: the model's file, or its bytes.
        threads: CPU threads; 0 for all cores.
        size_hw: (height, width) of all frames, so that shapes are constants; None for any size.
        graph: whether to record a CUDA graph at the first run; inputs and outputs must then stay at their addresses.
        spin: when idle CPU threads spin; applies to the CPU only. Waking a thread takes as long as a small operator,
            but threads that spin between frames take whole cores from capture, resizing and everything else.
        profile: prefix of the file names of ONNX Runtime's profiles; None to make none.

    Raises:
        SessionRefused: the model cannot run on the device.
    """
    options = onnxruntime.SessionOptions()
    # A GPU session logs every fall-back as an error; we report what we find ourselves, in one line.
    options.log_severity_level = _ORT_ERRORS_ONLY if device is devices.CPU else _ORT_FATAL_ONLY
    options.intra_op_num_threads = threads
    # Beside a GPU the CPU runs small operators at most, so spinning does not pay.
    spin = spin if device is devices.CPU else "never"
    allowed, stopped = _SPINNING[spin]
    options.add_session_config_entry("session.intra_op.allow_spinning", allowed)
    options.add_session_config_entry("session.force_spinning_stop", stopped)
    if spin == "within":
        options.add_session_config_entry("session.intra_op.spin_duration_us", str(_SPIN_US))
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    if size_hw is not None:
        for name, value in (("batch", 1), ("height", size_hw[0]), ("width", size_hw[1])):
            options.add_free_dimension_override_by_name(name, value)
    if device is devices.DIRECTML:
        options.enable_mem_pattern = False  # DirectML requires it
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    try:
        own = devices.session_options(device, graph=graph, compiled=_fingerprint(path, device, size_hw))
        session = _session(path, options, device, own)
    except Exception as error:  # ONNX Runtime's errors share no type of their own
        raise SessionRefused(first_line(error)) from error
    if device is not devices.CPU:
        check_device(session, device)
    return session


def _session(path: Path | bytes, options: onnxruntime.SessionOptions, device: Device, own: devices.Options) -> Any:
    if device.module:
        options.add_provider_for_devices([plugin_device(device)], own)
        return onnxruntime.InferenceSession(path, options, enable_fallback=False)
    asked: list[tuple[str, devices.Options]] = [(device.provider, own)]
    if device is devices.TENSORRT:  # operators that TensorRT does not take stay on the GPU
        asked.append((devices.CUDA.provider, devices.session_options(devices.CUDA, graph=False)))
    if device is not devices.CPU:
        asked.append((devices.CPU.provider, {}))
    return onnxruntime.InferenceSession(path, options, providers=asked, enable_fallback=False)


def _fingerprint(path: Path | bytes, device: Device, size_hw: tuple[int, int] | None) -> str:
    """A hash of the model and its size that names its compile cache; "" for devices without one."""
    if not device.cache_options:
        return ""
    data = path if isinstance(path, bytes) else path.read_bytes()
    return hashlib.sha256(data + str(size_hw).encode()).hexdigest()[:16]


class Placement(NamedTuple):
    """Where ONNX Runtime placed the operators of a session from `open_session`."""

    operators: int
    """The number of operators; 0 if onnxruntime is too old to report it."""
    on_cpu: Counter[str]
    """Operators that run on the CPU, counted by kind in the order of the graph; empty if the device is the CPU."""


def placement(session: Any) -> Placement:
    """Asks ONNX Runtime where the session's operators run."""
    if not hasattr(session, "get_provider_graph_assignment_info"):  # an older onnxruntime
        return Placement(0, Counter())
    nodes = [
        (part.ep_name, node.op_type)
        for part in session.get_provider_graph_assignment_info()
        for node in part.get_nodes()
    ]
    if session.get_providers()[0] == devices.CPU.provider:
        return Placement(len(nodes), Counter())
    return Placement(len(nodes), Counter(kind for provider, kind in nodes if provider == devices.CPU.provider))


def check_device(session: Any, device: Device) -> None:
    """Checks that the session runs on the device: ONNX Runtime falls back to the CPU if a provider does not load or
    takes none of the work.

    Small operators may run on the CPU (`placement` lists them): the picture is right, only slower.

    Raises:
        SessionRefused: all operators would run on the CPU, or one that does most of the work.
    """
    if session.get_providers()[0] != device.provider:
        cure = f"; pip install {device.libraries}" if device.libraries and "{" not in device.libraries else ""
        raise SessionRefused(f"its libraries are missing or do not fit the driver{cure}")
    operators, on_cpu = placement(session)
    if operators and on_cpu.total() == operators:
        raise SessionRefused(f"all of its {operators} operators would run on the CPU ({listed(on_cpu)})")
    if any(word in kind for kind in on_cpu for word in _HEAVY):
        raise SessionRefused(f"{on_cpu.total()} of its {operators} operators would run on the CPU ({listed(on_cpu)})")


def listed(operators: Counter[str]) -> str:
    """Operators as text for users, the most frequent first, such as `2 Round, Pad`."""
    return ", ".join(kind if times == 1 else f"{times} {kind}" for kind, times in operators.most_common())


def first_line(error: Exception) -> str:
    """The first line of an error's text, at most 300 characters; its type if it has no text."""
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
