"""Tests with which options and providers ONNX Runtime is asked for a session, on each kind of device."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.engine import devices, sessions
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.engine.sessions import SessionRefused, Spin, check_device, first_line, listed, open_session


class Options:
    """ONNX Runtime's SessionOptions, which do not tell all that was set."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.enable_mem_pattern, self.enable_profiling, self.profile_file_prefix = True, False, ""
        self.added: list[Any] = []

    def add_session_config_entry(self, name: str, value: str) -> None:
        self.entries[name] = value

    def add_free_dimension_override_by_name(self, name: str, value: int) -> None:
        self.sizes[name] = value

    def add_provider_for_devices(self, found: list[Any], options: dict[str, Any]) -> None:
        self.added.append((found, options))


class Asked:
    """What the last session was asked for."""

    options: Options
    providers: list[tuple[str, dict[str, Any]]] | None
    fallback: bool


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    found = Asked()

    def session(_: object, options: Options, providers: Any = None, *, enable_fallback: bool) -> Any:
        found.options, found.providers, found.fallback = options, providers, enable_fallback
        name = providers[0][0] if providers else devices.WEBGPU.provider
        return SimpleNamespace(get_providers=lambda: [name, "CPUExecutionProvider"])

    monkeypatch.setattr("onnxruntime.SessionOptions", Options)
    monkeypatch.setattr("onnxruntime.InferenceSession", session)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(sessions, "plugin_device", lambda device: f"the {device.title}")
    return found


@pytest.mark.parametrize(
    ("device", "spin", "allowed", "stopped", "microseconds"),
    [
        (devices.CPU, "never", "0", "0", None),
        (devices.CPU, "within", "1", "1", "200"),
        (devices.CPU, "always", "1", "0", None),
        (devices.CUDA, "within", "0", "0", None),
        (devices.CUDA, "always", "0", "0", None),
    ],
)
def test_threads_spin_on_the_cpu_only(
    asked: Asked, device: Device, spin: Spin, allowed: str, stopped: str, microseconds: str | None
) -> None:
    open_session(b"", device, threads=3, spin=spin)
    entries = asked.options.entries
    assert entries["session.intra_op.allow_spinning"] == allowed
    assert entries["session.force_spinning_stop"] == stopped
    assert entries.get("session.intra_op.spin_duration_us") == microseconds
    assert entries["session.record_ep_graph_assignment_info"] == "1"
    assert vars(asked.options)["intra_op_num_threads"] == 3


def test_by_default_all_cores_any_size_no_graph_and_no_profile(asked: Asked) -> None:
    open_session(b"", devices.CPU)
    assert vars(asked.options)["intra_op_num_threads"] == 0
    assert asked.options.sizes == {}
    assert (asked.options.enable_profiling, asked.options.profile_file_prefix) == (False, "")
    assert (asked.providers, asked.fallback) == ([("CPUExecutionProvider", {})], False)
    open_session(b"", devices.CUDA)
    assert asked.providers is not None
    assert asked.providers[0][1]["enable_cuda_graph"] == "0"
    open_session(b"", devices.CUDA, size_hw=(48, 64), graph=True, profile=Path("x/run"))
    assert asked.providers[0][1]["enable_cuda_graph"] == "1"
    assert asked.options.sizes == {"batch": 1, "height": 48, "width": 64}
    assert (asked.options.enable_profiling, asked.options.profile_file_prefix) == (True, str(Path("x/run")))


@pytest.mark.parametrize(
    ("device", "level", "pattern", "names"),
    [
        (devices.CPU, 3, True, ["CPU"]),
        (devices.CUDA, 4, True, ["CUDA", "CPU"]),
        (devices.DIRECTML, 4, False, ["Dml", "CPU"]),
        (devices.TENSORRT, 4, True, ["Tensorrt", "CUDA", "CPU"]),
    ],
)
def test_what_a_device_does_not_take_goes_to_the_next(
    asked: Asked, device: Device, level: int, pattern: bool, names: list[str]
) -> None:
    """The log of a GPU's session is for fatal errors: its fall-backs are reported by ourselves."""
    open_session(b"", device)
    assert asked.providers is not None
    assert [name for name, _ in asked.providers] == [f"{name}ExecutionProvider" for name in names]
    assert vars(asked.options)["log_severity_level"] == level
    assert (asked.options.enable_mem_pattern, asked.options.added, asked.fallback) == (pattern, [], False)
    if device is devices.TENSORRT:
        assert asked.providers[1][1]["enable_cuda_graph"] == "0", "TensorRT records the graph"


def test_a_plugin_is_asked_by_its_device(asked: Asked) -> None:
    open_session(b"", devices.WEBGPU)
    assert asked.options.added == [(["the WebGPU"], {})]
    assert (asked.providers, asked.fallback) == (None, False)


@pytest.mark.parametrize(
    ("device", "cure"),
    [(devices.CUDA, "; pip install 'nstcam[cuda]'"), (devices.TENSORRT, ""), (devices.DIRECTML, "")],
)
def test_a_session_elsewhere_is_refused_with_the_cure_where_one_is_known(device: Device, cure: str) -> None:
    with pytest.raises(SessionRefused) as caught:
        check_device(SimpleNamespace(get_providers=lambda: ["CPUExecutionProvider"]), device)
    assert str(caught.value) == f"its libraries are missing or do not fit the driver{cure}"


def test_operators_are_listed_with_their_numbers_the_most_frequent_first() -> None:
    assert listed(Counter({"Pad": 1, "Round": 3, "Add": 1})) == "3 Round, Pad, Add"
    assert listed(Counter()) == ""


@pytest.mark.parametrize(
    ("text", "line"),
    [("one\ntwo", "one"), ("\n one \n", "one"), ("", "ValueError"), ("x" * 299, "x" * 299), ("x" * 301, "x" * 300)],
)
def test_the_first_line_of_an_error(text: str, line: str) -> None:
    assert first_line(ValueError(text)) == line
