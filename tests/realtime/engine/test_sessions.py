"""Tests how styles get to a device: what runs where, and what is refused."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli.running.opening import stylizer_opener
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.engine import availability, cuda_lane, cuda_memory, devices, stylizer
from nstcam.realtime.engine.cuda_memory import CudaMemory
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import SessionRefused, check_device, open_session, placement
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.engine.ways import Way
from nstcam.realtime.errors import DeviceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import Style, read_style
from tests.support.fakes.cuda import FakeDriver, FakeSessions, FakeTensor, assigned


@pytest.fixture
def style(tmp_path: Path) -> Style:
    """Paints 255 - frame."""
    return read_style(write_negative_style(tmp_path / "n.onnx"))


def noise(seed: int, height: int = 37, width: int = 53) -> Frame:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def no_driver() -> Any:
    raise OSError


class TestDevices:
    def test_auto_without_a_driver_runs_on_the_cpu_and_says_so(
        self, style: Style, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cuda_memory, "load_driver", no_driver)
        monkeypatch.setattr(devices, "candidates", lambda _: [devices.CUDA, devices.CPU])
        told = list[str]()
        stylizer = Stylizer(style, tell=told.append)
        assert told == ["running on the CPU (no NVIDIA driver found)"]
        assert stylizer.device == "CPU"
        assert stylizer.notice == "running on the CPU (no NVIDIA driver found)"

    def test_a_device_by_name_fails_with_what_is_missing(self, style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cuda_memory, "load_driver", no_driver)
        with pytest.raises(DeviceError, match="--device cuda: no NVIDIA driver found; or use --device cpu"):
            Stylizer(style, "cuda")

    def test_auto_is_silent_where_the_second_choice_is_a_gpu(
        self, style: Style, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = FakeSessions()
        monkeypatch.setattr(cuda_memory, "load_driver", no_driver)
        monkeypatch.setattr(devices, "candidates", lambda _: [devices.CUDA, devices.DIRECTML, devices.CPU])
        monkeypatch.setattr(availability, "missing", lambda d: "no driver" if d is devices.CUDA else None)
        monkeypatch.setattr(stylizer, "open_session", lambda *_, **k: opened(k["size_hw"]))
        made = Stylizer(style)
        made.warm_up(64, 64)
        assert (made.device, made.notice) == ("DirectML", None)
        assert opened.opened == [(None, False), ((64, 64), False)]

    def test_coreml_gets_sessions_of_fixed_sizes_only(self, style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
        opened = FakeSessions()
        monkeypatch.setattr(availability, "missing", lambda _: None)
        monkeypatch.setattr(stylizer, "open_session", lambda *_, **k: opened(k["size_hw"]))
        made = Stylizer(style, "coreml")
        assert np.array_equal(made.stylize(noise(0)), 255 - noise(0))
        assert [size for size, _ in opened.opened] == [(64, 64), (37, 53)]

    def test_cuda_by_substitution(self, style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
        opened, driver = FakeSessions(), FakeDriver()
        monkeypatch.setattr(availability, "missing", lambda _: None)
        monkeypatch.setattr(cuda_lane, "device_tensor", FakeTensor)
        monkeypatch.setattr(stylizer, "open_session", lambda *_, **k: opened(k["size_hw"], graph=k["graph"]))
        monkeypatch.setattr(stylizer, "CudaLane", lambda open_: cuda_lane.CudaLane(open_, lambda: CudaMemory(driver)))
        made = Stylizer(style, "cuda", at_once=2)
        made.warm_up(37, 53)
        assert made.device == "CUDA"
        assert opened.opened == [(None, False), (None, False), ((37, 53), True), ((37, 53), True)]
        with ThreadPoolExecutor(2) as threads:
            for seed, painted in enumerate(threads.map(made.stylize, [noise(seed) for seed in range(8)])):
                assert np.array_equal(painted, 255 - noise(seed))
        driver.fails = "cuMemcpyHtoD_v2"
        with pytest.raises(DeviceError, match="CUDA failed on a 53x37 frame in style n: CUDA failed in cuMemcpyHtoD"):
            made.stylize(noise(0))
        made.close()

    def test_a_style_with_an_operator_on_the_cpu_says_so_once(
        self, style: Style, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        opened, told = FakeSessions(on_cpu=["Pad"]), list[str]()
        monkeypatch.setattr(availability, "missing", lambda _: None)
        monkeypatch.setattr(cuda_lane, "device_tensor", FakeTensor)
        monkeypatch.setattr(stylizer, "open_session", lambda *_, **k: opened(k["size_hw"], graph=k["graph"]))
        monkeypatch.setattr(
            stylizer, "CudaLane", lambda open_: cuda_lane.CudaLane(open_, lambda: CudaMemory(FakeDriver()))
        )
        made = Stylizer(style, "cuda", at_once=2, tell=told.append)
        assert (made.notice, made.slower, told) == (None, None, [])
        for side in (37, 64):
            made.warm_up(side, side)
            assert np.array_equal(made.stylize(noise(side, side, side)), 255 - noise(side, side, side))
        assert made.taken(64, 64).way is Way.REBOUND
        assert told == [
            "style n is slower than it could be on CUDA: Pad runs on the CPU, so no CUDA graph is used; export it again"
            " with nst-export"
        ]
        assert made.notice == told[0]
        made.close()
        notices = Notices()
        made = stylizer_opener("cuda", None, notices)(style)
        made.warm_up(37, 53)
        notices.tell()
        assert capsys.readouterr().err == f"nstcam: {told[0]}\n"
        made.close()

    def test_a_session_that_silently_fell_back_is_found_out(
        self, style: Style, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A driver, a CUDA build, but no CUDA libraries: ONNX Runtime gives a CPU session without an error."""
        monkeypatch.setattr(availability, "missing", lambda _: None)
        monkeypatch.setattr(devices, "candidates", lambda _: [devices.CUDA, devices.CPU])
        monkeypatch.setattr(stylizer, "CudaLane", lambda open_: HostLane(open_()))
        if availability.missing_driver() is None:
            pytest.skip("here CUDA may really work")
        made = Stylizer(style, "auto")
        assert made.device == "CPU"
        assert made.notice is not None
        assert "CUDA cannot run style n: its libraries are missing" in made.notice
        assert "pip install 'nstcam[cuda]'" in made.notice
        monkeypatch.setattr(devices, "candidates", lambda _: [devices.CUDA])
        with pytest.raises(DeviceError, match="--device cuda: CUDA cannot run style n: its libraries"):
            Stylizer(style, "cuda")


class TestWhoDoesTheWork:
    def session(self, on_cpu: Sequence[str], on_gpu: Sequence[str] = ()) -> Any:
        return SimpleNamespace(
            get_providers=lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
            get_provider_graph_assignment_info=lambda: assigned(
                {"CUDAExecutionProvider": on_gpu, "CPUExecutionProvider": on_cpu}
            ),
        )

    def test_small_operators_may_run_on_the_cpu_and_are_counted(self) -> None:
        session = self.session(["Pad", "Shape", "Pad"], ["Conv", "Relu"])
        check_device(session, devices.CUDA)
        assert placement(session) == (5, {"Pad": 2, "Shape": 1})

    @pytest.mark.parametrize("heavy", ["Conv", "QLinearConv", "ConvTranspose", "MatMulInteger", "Gemm"])
    def test_what_is_most_of_the_work_may_not(self, heavy: str) -> None:
        with pytest.raises(SessionRefused, match=rf"2 of its 3 operators would run on the CPU \(Pad, {heavy}\)"):
            check_device(self.session(["Pad", heavy], ["Conv"]), devices.CUDA)

    def test_nor_may_everything(self) -> None:
        with pytest.raises(SessionRefused, match=r"all of its 3 operators would run on the CPU \(2 Relu, Add\)"):
            check_device(self.session(["Relu", "Add", "Relu"]), devices.CUDA)

    def test_an_older_onnxruntime_does_not_tell(self) -> None:
        check_device(SimpleNamespace(get_providers=lambda: ["CUDAExecutionProvider"]), devices.CUDA)

    def test_the_installed_onnxruntime_tells(self, style: Style) -> None:
        """The names that the check reads are real."""
        session = open_session(style.path, devices.CPU)
        nodes = [
            (part.ep_name, node.op_type)
            for part in session.get_provider_graph_assignment_info()
            for node in part.get_nodes()
        ]
        assert nodes == [("CPUExecutionProvider", "BitwiseNot")]
        assert placement(session) == (1, {}), "that the CPU's own work is on the CPU is no news"


def test_threads_wait_busily_within_a_frame_but_not_between_frames(tmp_path: Path) -> None:
    options = open_session(write_negative_style(tmp_path / "x.onnx"), devices.CPU).get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "1"
    assert options.get_session_config_entry("session.force_spinning_stop") == "1"
    assert options.get_session_config_entry("session.intra_op.spin_duration_us") == "200"
