"""The benchmarks' parts, on tiny styles: what they count is true, and they run. No speed is asserted."""

import time
from functools import partial
from pathlib import Path

import pytest
from onnx import helper

from benchmarks import cpu, gpu
from benchmarks.tools.allocations import allocated
from benchmarks.tools.host import Host, host
from benchmarks.tools.machine import machine, title
from benchmarks.tools.operators import operators
from nstcam.realtime.engine.cuda_memory import CudaMemory
from nstcam.realtime.engine.devices import CPU, CUDA
from nstcam.realtime.engine.lanes import CudaLane
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.engine.style import Style, read_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.stylizing import UNMOVED
from tests.support.fake_cuda import FakeDriver, FakeSessions, FakeTensor
from tests.support.models import TINY_JOHNSON, write_model, write_negative_style


@pytest.fixture
def style(tmp_path: Path) -> Style:
    return read_style(write_negative_style(tmp_path / "n.onnx"))


def test_no_stage_of_the_steady_loop_takes_memory_for_a_frame(style: Style) -> None:
    most = allocated(Stylizer(style, "cpu", 1), (320, 240))
    assert set(most) == {"resize", "stylize", "steady"}
    assert max(most.values()) < 3 * 320 * 240, "maps of a sixteenth of its pixels, but no frame"


def test_a_stage_that_takes_memory_is_found(style: Style) -> None:
    class Wasteful(Stylizer):
        def stylize(self, frame, canvas_offset=UNMOVED):  # type: ignore[no-untyped-def]
            return super().stylize(frame, canvas_offset).copy()

    assert allocated(Wasteful(style, "cpu", 1), (320, 240))["stylize"] >= 3 * 320 * 240


def test_the_share_of_the_host_is_what_no_session_does(style: Style) -> None:
    class Slow:
        def __init__(self) -> None:
            self.session = open_session(style.path, CPU, threads=1)

        def __getattr__(self, name: str) -> object:
            return getattr(self.session, name)

        def run_with_iobinding(self, *given: object) -> None:
            time.sleep(0.02)
            self.session.run_with_iobinding(*given)

    found = host(Slow(), (64, 48), frames=5)
    assert found.session >= 20
    assert found.resize > 0
    assert found.around > 0
    assert Host(resize=1, around=2, session=27).share == pytest.approx(0.1)


def test_operators_share_the_whole(style: Style) -> None:
    (only,) = operators(style.path, (64, 48), threads=1, frames=3)
    assert (only.name, only.nodes) == ("BitwiseNot", 1)
    assert only.share == pytest.approx(1)


def test_both_programs_are_timed_by_turns(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    class Peer:
        def __init__(self) -> None:
            self.asked: list[tuple[tuple[int, int], int]] = []

        def times(self, size_wh: tuple[int, int], count: int) -> list[float]:
            self.asked.append((size_wh, count))
            return [4000.0] * count

    monkeypatch.setattr(cpu, "ROUND_SECONDS", 0.01)
    peer = Peer()
    table = cpu.against_peer([style], peer, (64, 48), threads=1, rounds=2)
    assert peer.asked == [((64, 48), 1), ((64, 48), 3), ((64, 48), 3)]
    assert table["peer"] == {"median": 4000.0, "min": 4000.0, "max": 4000.0}
    assert table["n"]["times_peer"] == pytest.approx(4000 / table["n"]["median"], rel=0.5)
    used = cpu.settings(style, (64, 48), threads=2, rounds=1)
    assert list(used) == [name for name, *_ in cpu.SETTINGS]


def test_the_machine_is_described() -> None:
    facts = machine()
    assert facts["processor"] in title(facts)
    assert int(facts["cores"]) >= 1


class TestGpu:
    def test_without_a_gpu_one_line_says_what_is_missing(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("nstcam.realtime.engine.devices.missing", lambda _: "no NVIDIA driver found")
        assert gpu.main(["--output", str(tmp_path / "x.json")]) == 1
        assert capsys.readouterr().err == "benchmarks.gpu: nothing to measure on: no NVIDIA driver found\n"
        assert not (tmp_path / "x.json").exists()
        assert gpu.main(["--device", "coreml"]) == 1
        assert "none of NVIDIA's" in capsys.readouterr().err

    @pytest.mark.parametrize("refuse", [False, True])
    def test_times_of_the_session_that_does_the_work(self, monkeypatch: pytest.MonkeyPatch, refuse: bool) -> None:
        monkeypatch.setattr("nstcam.realtime.engine.lanes.device_tensor", FakeTensor)
        memory = partial(CudaMemory, FakeDriver())
        whole, inside, graph = gpu.live_figures(
            FakeSessions(refuse_graph=refuse), (64, 48), 5, lambda opened: CudaLane(opened, memory)
        )
        assert graph is not refuse
        assert len(whole) == len(inside) == 5
        assert all(alone < all_ for alone, all_ in zip(inside, whole, strict=True))

    def test_frames_overlap_in_video(self, style: Style) -> None:
        assert gpu.video_ms(Stylizer(style, "cpu", 2, at_once=2), (64, 48), 6) > 0

    def test_an_overflow_is_found(self, style: Style, tmp_path: Path) -> None:
        same = gpu.difference(style, style, "cpu", (64, 48))
        assert (same["mean"], same["largest"]) == (0, 0)
        assert same["deviation"] > 1
        nodes = [
            helper.make_node("Sub", ["frame", "frame"], ["none"]),
            helper.make_node("BitwiseNot", ["none"], ["stylized"]),
        ]
        flat = read_style(write_model(tmp_path / "w.onnx", nodes, metadata={"nst.contract": "1", "nst.name": "w"}))
        white = gpu.difference(flat, style, "cpu", (64, 48))
        assert white["mean"] > 4
        assert white["deviation"] == 0

    def test_styles_for_it_are_made_from_presets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("nstcam.train.network.networks.PRESETS", {"johnson": TINY_JOHNSON})
        made = gpu.make_styles(tmp_path, None)
        assert {name: (made[name].network, made[name].precision) for name in made} == {
            "johnson": ("johnson", "float16"),
            "johnson-float32": ("johnson", "float32"),
            "lite": ("lite", "float16"),
        }
        assert all(style.macs_per_pixel for style in made.values())

    def test_the_lines_of_a_row(self) -> None:
        found = gpu.Figures(True, 8.0, 8.5, 7.5, 0.0667, 7.4, 2)
        text = gpu.case_lines(gpu.CASES[0], found)
        assert "johnson float16 1920x1080, CUDA graph replayed" in text
        assert "125.0 fps, target 120" in text
        assert "the host adds 7 %" in text

    @pytest.mark.gpu
    def test_the_whole_table(self, tmp_path: Path) -> None:
        reason = gpu.refusal(CUDA)
        if reason:
            pytest.skip(reason)
        assert gpu.main(["--frames", "20", "--output", str(tmp_path / "gpu.json")]) == 0
        assert (tmp_path / "gpu.json").exists()
