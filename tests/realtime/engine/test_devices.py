"""Tests devices by name: which are tried, and the options they are opened with. With fakes; no GPU needed."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from nstcam.realtime.engine import cuda_options, devices
from nstcam.realtime.engine.sessions import SessionRefused, open_session
from nstcam.realtime.errors import DeviceError


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


@pytest.mark.parametrize(
    ("system", "provider", "tried"),
    [
        ("linux", "MIGraphXExecutionProvider", ["CUDA", "MIGraphX", "WebGPU", "CPU"]),
        ("win32", "DmlExecutionProvider", ["CUDA", "DirectML", "WebGPU", "CPU"]),
        ("darwin", "CoreMLExecutionProvider", ["CoreML", "WebGPU", "CPU"]),
    ],
)
def test_auto_tries_webgpu_where_it_is_installed_after_what_vendors_have(
    monkeypatch: pytest.MonkeyPatch, system: str, provider: str, tried: list[str]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    install(monkeypatch, provider)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if "webgpu" in name else None)
    assert [device.title for device in devices.candidates("auto")] == tried


def test_a_device_by_name_is_the_only_one_tried() -> None:
    assert devices.candidates("tensorrt") == [devices.TENSORRT]
    with pytest.raises(DeviceError, match="device gpu is unknown; choose one of auto, cpu, cuda, tensorrt, "):
        devices.candidates("gpu")


def test_what_each_device_needs_and_takes() -> None:
    def named(what: str) -> list[str]:
        return [name for name, device in devices.DEVICES.items() if getattr(device, what)]

    every = list(devices.DEVICES)
    assert named("nvidia") == ["cuda", "tensorrt", "tensorrt-rtx"]
    assert named("cuda_tensors") == named("graph_option") == ["cuda", "tensorrt"]
    assert named("module") == ["tensorrt-rtx", "webgpu"]
    assert named("fixed_sizes") == [name for name in every if name != "cpu"]
    assert named("any_size") == [name for name in every if name != "coreml"]


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

    def test_options_of_cuda_can_be_chosen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(cuda_options.VARIABLE, "fuse_conv_bias=1, prefer_nhwc=0 enable_cuda_graph=1")
        before = dict(devices.CUDA.options)
        options = devices.session_options(devices.CUDA, graph=False)
        assert options == before | {"fuse_conv_bias": "1", "prefer_nhwc": "0", "enable_cuda_graph": "0"}
        assert devices.session_options(devices.CUDA, graph=True)["enable_cuda_graph"] == "1"
        assert devices.CUDA.options == before
        assert "fuse_conv_bias" not in devices.session_options(devices.TENSORRT, graph=False)
        monkeypatch.setenv(cuda_options.VARIABLE, "")
        assert devices.session_options(devices.CUDA, graph=False) == before | {"enable_cuda_graph": "0"}

    def test_graphs_can_be_forbidden(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(cuda_options.VARIABLE, "enable_cuda_graph=0")
        assert devices.session_options(devices.CUDA, graph=False)["enable_cuda_graph"] == "0"
        with pytest.raises(DeviceError, match="NSTCAM_CUDA_OPTIONS has enable_cuda_graph=0"):
            devices.session_options(devices.CUDA, graph=True)

    @pytest.mark.parametrize(
        ("text", "answer"),
        [
            (
                "fuse_bias=1",
                "option fuse_bias is unknown; choose from prefer_nhwc, fuse_conv_bias, enable_cuda_graph, ",
            ),
            ("fuse_conv_bias=yes", "fuse_conv_bias is yes; it takes 0 or 1"),
            ("prefer_nhwc=", "prefer_nhwc is empty; it takes 0 or 1"),
            ("prefer_nhwc", "prefer_nhwc is not of the form NAME=VALUE, like fuse_conv_bias=1"),
            ("use_tf32=1,use_tf32=0", "use_tf32 is given twice"),
        ],
    )
    def test_a_wrong_choice_is_an_error_before_anything_is_opened(
        self, monkeypatch: pytest.MonkeyPatch, text: str, answer: str
    ) -> None:
        monkeypatch.setenv(cuda_options.VARIABLE, text)
        for name in ("cuda", "tensorrt"):
            with pytest.raises(DeviceError) as caught:
                devices.candidates(name)
            assert str(caught.value).startswith(f"NSTCAM_CUDA_OPTIONS: {answer}")
        assert devices.candidates("cpu") == [devices.CPU]

    def test_what_can_be_chosen_contains_every_default(self) -> None:
        assert all(value in cuda_options.KNOWN[name] for name, value in devices.CUDA.options.items())

    def test_engines_are_kept_in_the_users_cache(self, cache: Path) -> None:
        options = devices.session_options(devices.TENSORRT, graph=False, compiled="abc")
        assert Path(options["trt_engine_cache_path"]) == cache / "tensorrt" / "abc"
        assert Path(options["trt_engine_cache_path"]).is_dir()
        assert Path(options["trt_timing_cache_path"]) == cache / "tensorrt", "which serves all styles"
        assert options["trt_engine_cache_enable"] == "1"

    def test_engines_of_another_style_or_size_are_not_found(
        self, cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """TensorRT and CoreML look for them by names of files and nodes, which styles share."""
        folders: list[str] = []

        def open_nothing(_: object, __: object, providers: list[tuple[str, dict[str, str]]], **___: object) -> None:
            folders.append(providers[0][1]["ModelCacheDirectory"])
            raise RuntimeError("no session")

        monkeypatch.setattr("onnxruntime.InferenceSession", open_nothing)
        path = tmp_path_factory.mktemp("styles") / "x.onnx"
        for model, size in ((b"one", (48, 64)), (b"one", (48, 64)), (b"one", (64, 48)), (b"two", (48, 64))):
            path.write_bytes(model)
            for given in (path, model):
                with pytest.raises(SessionRefused, match="no session"):
                    open_session(given, devices.COREML, size_hw=size)
        assert [folders.index(folder) for folder in folders] == [0, 0, 0, 0, 4, 4, 6, 6]
        assert {Path(folder).parent for folder in folders} == {cache / "coreml"}

    def test_what_compiles_nothing_makes_no_folder(self, cache: Path) -> None:
        devices.session_options(devices.DIRECTML, graph=False)
        assert list(cache.iterdir()) == []

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
    def test_the_cache_of_another_user_is_not_used(self, cache: Path) -> None:
        options = devices.session_options(devices.TENSORRT, graph=False, compiled="abc")
        folder = cache / "tensorrt" / "abc"
        assert str(folder) in options.values()
        os.chown(folder, 12345, -1)
        with pytest.raises(DeviceError, match=rf"the cache {folder} belongs to another user; delete it"):
            devices.session_options(devices.TENSORRT, graph=False, compiled="abc")
