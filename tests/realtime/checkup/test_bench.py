import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.checkup import roofline
from nstcam.realtime.checkup.bench import (
    bench,
    largest_that_holds,
    run_frames,
    summary,
)
from nstcam.realtime.checkup.bench_report import limit_line, report
from nstcam.realtime.checkup.limit import Limit, limit_of
from nstcam.realtime.cli.app import app
from nstcam.realtime.engine.devices import COREML, CPU, CUDA
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower
from tests.support.fakes.live import FakeStylizer, style_of


class SlowStylizer(FakeStylizer):
    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        time.sleep(0.02)
        return super().stylize(frame)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's rates are known: 200 billion products and 10 GB a second."""
    monkeypatch.setattr(roofline, "matrix_rate", lambda *_: 200e9)
    monkeypatch.setattr(roofline, "copy_rate", lambda *_: 10e9)


def test_stages_of_the_default_look_add_up_to_the_frame() -> None:
    style = replace(style_of("slow"), precision="float32", macs_per_pixel=10_000)
    result = bench(style, SlowStylizer(), (64, 48), None, 0.2)
    assert [stage.name for stage in result.stages] == ["shrink", "follow", "stylize", "enlarge", "steady", "draw"]
    assert [stage.name for stage in result.when_on] == ["blend"]
    by_name = {stage.name: stage for stage in result.stages}
    assert by_name["stylize"].median_ms >= 20
    assert result.ms.median_ms >= by_name["stylize"].median_ms
    assert result.fps == pytest.approx(1000 / result.ms.median_ms)
    assert result.fps <= 50
    assert 0 < result.host_share < 1
    assert result.limit.compute_ms == pytest.approx(1000 * 10_000 * 64 * 48 / 200e9)
    assert result.limit.copy_ms == pytest.approx(1000 * 6 * 64 * 48 / 10e9)
    assert result.limit.compute_ms is not None
    assert result.limit.share == pytest.approx(result.limit.compute_ms / by_name["stylize"].median_ms)


def test_frames_are_measured_for_as_long_as_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]

    class Timed(FakeStylizer):
        def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
            now[0] += 0.010 if len(taken) < 3 or len(taken) % 2 else 0.014
            taken.append(frame.shape)
            return frame

    def draw(*_: object) -> None:
        now[0] += 0.005

    taken: list[tuple[int, ...]] = []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr("nstcam.realtime.checkup.bench.hud.draw", draw)
    result = bench(style_of("x"), Timed(), (320, 240), 2, 0.1)
    assert (result.frames, result.painting_wh, result.threads) == (6, (320, 240), 2)
    assert (result.ms.median_ms, result.ms.p95_ms, result.fps) == pytest.approx((17, 19, 1000 / 17))
    assert result.host_share == pytest.approx(5 / 17)
    assert [stage.median_ms for stage in result.stages] == pytest.approx([0, 0, 12, 0, 0, 5])
    assert result.holds_wh == (480, 360), "640x480 is expected to take over twice the time"
    assert len(taken) > 9 + 0.5 / 0.019, "half a second"


@pytest.mark.parametrize(("threads", "asked"), [(None, (0, 1)), (0, (0, 1)), (3, (3, 3))])
def test_limits_are_those_of_as_many_threads_and_the_slower_of_two_counts(
    monkeypatch: pytest.MonkeyPatch, threads: int | None, asked: tuple[int, int]
) -> None:
    seen: list[int] = []

    def rate(value: float, count: int) -> float:
        seen.append(count)
        return value

    monkeypatch.setattr(roofline, "matrix_rate", lambda _, __, count: rate(1e9, count))
    monkeypatch.setattr(roofline, "copy_rate", lambda count: rate(6e6, count))
    style = replace(style_of("x"), precision="float32", macs_per_pixel=1000)
    limit = limit_of(style, "CPU", (100, 50), threads, 20.0)
    assert tuple(seen) == asked
    assert limit.compute_ms == pytest.approx(5.0)
    assert limit.copy_ms == pytest.approx(5.0)
    assert limit.share == pytest.approx(0.25)
    assert limit_of(replace(style, macs_per_pixel=4000), "CPU", (100, 50), threads, 20.0).share == pytest.approx(1)


@pytest.mark.parametrize(
    ("device", "stated", "has_int8", "computed_in", "expected"),
    [
        ("CPU", "float32", True, None, "int8"),
        ("CPU", "float32", False, None, "float32"),
        ("CUDA", "float32", True, None, "float32"),
        ("CUDA", "float32", True, "float16", "float16"),
        ("CPU", "", False, None, "float32"),
    ],
)
def test_the_limit_is_that_of_the_precision_in_use(
    monkeypatch: pytest.MonkeyPatch, device: str, stated: str, has_int8: bool, computed_in: str | None, expected: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(roofline, "matrix_rate", lambda _, precision, __: asked.append(precision))
    int8_path = Path("x.int8.onnx") if has_int8 else None
    style = replace(style_of("x"), precision=stated, int8_path=int8_path, macs_per_pixel=1)
    limit_of(style, device, (100, 50), 1, 20.0, computed_in)
    assert asked == [expected]


def test_the_stylizer_is_warm_before_frames_count() -> None:
    stylizer = FakeStylizer()
    clock = run_frames(style_of("x"), stylizer, (64, 48), 0.0)
    assert stylizer.warmed == [(48, 64)]
    assert {len(times) for times in clock.times.values()} == {5}


def test_a_style_that_does_not_tell_its_work_has_no_limit() -> None:
    result = bench(style_of("x"), FakeStylizer(), (64, 48), 2, 0.0)
    assert result.limit.share is None
    assert "limit: unknown, the style file does not state its work" in report(result)


def test_what_is_written_for_people() -> None:
    style = replace(style_of("x"), network="lite", precision="float32", macs_per_pixel=10_000)
    stylizer = FakeStylizer()
    stylizer.precision = "float16"  # what it computes in, not what the file says
    text = report(bench(style, stylizer, (64, 48), 2, 0.0))
    assert text.startswith("style x (lite, float16) on FAKE, 2 threads, 64x48, fixed size\n")
    assert " frames a second; " in text
    assert "this machine holds 30 frames a second up to " in text
    line = limit_line(Limit(4e9, 200e9, 10e9, 20.0, 0.18, 0.5))
    assert line.startswith("limit: 20.0 ms (4.0 billion multiply-accumulates a frame, measured 200 billion a second)")
    assert "reaches 50 % of it" in line
    assert "limit: unknown; 4.0 billion" in limit_line(Limit(4e9, None, 10e9, None, 0.18, None))


def test_the_way_that_frames_take_is_reported() -> None:
    stylizer = FakeStylizer()
    fast = bench(style_of("x"), stylizer, (64, 48), 2, 0.0)
    assert (fast.way, fast.slower) == ("fixed size", None)
    stylizer.slower_once_warm = Slower("Pad runs on the CPU", "export it again")
    assert bench(style_of("x"), stylizer, (64, 48), 2, 0.0).slower == "Pad runs on the CPU; export it again"


def test_chosen_options_of_cuda_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_CUDA_OPTIONS", "fuse_conv_bias=1")
    stylizer = FakeStylizer()
    assert bench(style_of("x"), stylizer, (64, 48), 2, 0.0).options == {}
    stylizer.device = "CUDA"
    result = bench(style_of("x"), stylizer, (64, 48), 2, 0.0)
    assert result.options == {"fuse_conv_bias": "1"}
    assert ", 64x48, fixed size, fuse_conv_bias=1\n" in report(result)


def test_median_and_95th_percentile() -> None:
    stage = summary("x", [float(n) for n in range(1, 101)])
    assert (stage.median_ms, stage.p95_ms) == (50.5, 96.0)
    assert summary("x", [float(n) for n in range(1, 11)]).p95_ms == 10
    assert (summary("x", [3.0]).median_ms, summary("x", [3.0]).p95_ms) == (3.0, 3.0)


class TestTheSizeThatHolds:
    def measured(self, ms_per_pixel: float, known_ms: float) -> tuple[tuple[int, int] | None, list[tuple[int, int]]]:
        tried: list[tuple[int, int]] = []

        def measure(size: tuple[int, int]) -> float:
            tried.append(size)
            return ms_per_pixel * size[0] * size[1]

        return largest_that_holds(measure, ((640, 480), known_ms)), tried

    def test_is_the_largest_that_is_quick_enough(self) -> None:
        found, tried = self.measured(20 / 307_200, 20)
        assert found == (640, 480)
        assert tried == [(1280, 720), (960, 540)], "those of more than twice the time are not tried"

    def test_may_be_larger_than_the_one_that_was_measured(self) -> None:
        assert self.measured(5 / 307_200, 5)[0] == (1280, 720)

    def test_may_not_exist(self) -> None:
        assert self.measured(900 / 307_200, 900) == (None, [])


class TestLimits:
    @pytest.mark.parametrize("precision", ["float32", "int8", "float16"])
    def test_rates_of_this_machine_are_measured(self, monkeypatch: pytest.MonkeyPatch, precision: str) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(roofline, "SIDES", {False: (64,), True: (64,)})
        rate = roofline.matrix_rate(CPU, precision, 1, 0.0)
        assert rate is not None
        assert 1e6 < rate < 1e14

    def test_what_cannot_be_measured_is_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        assert roofline.matrix_rate(COREML, "float32") is None
        assert roofline.matrix_rate(CPU, "ternary") is None
        if "CUDAExecutionProvider" not in __import__("onnxruntime").get_available_providers():
            pytest.skip("this onnxruntime has no CUDA at all")
        from nstcam.realtime.engine.availability import missing_driver

        if missing_driver() is not None:
            assert roofline.matrix_rate(CUDA, "float16") is None

    def test_copies_are_measured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(roofline, "COPIED", 1 << 16)
        assert 1e6 < roofline.copy_rate(2, 0.0) < 1e14

    def test_probes_are_what_the_script_writes(self) -> None:
        from scripts.make_probes import PROBES, probe

        for name, kinds in PROBES.items():
            assert (roofline.PROBES / f"{name}.onnx").read_bytes() == probe(*kinds).SerializeToString()


def test_command(tmp_path: Path) -> None:
    path = write_negative_style(tmp_path / "n.onnx", {"nst.macs_per_pixel": "12.5", "nst.precision": "float32"})
    command = ["bench", "--style", str(path), "--size", "64x48", "--seconds", "0.1", "--device", "cpu"]
    done = CliRunner().invoke(app, [*command, "--json"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["device"], result["size_wh"]) == ("CPU", [64, 48])
    assert result["limit"]["macs"] == pytest.approx(12.5 * 64 * 48)
    assert result["frames"] >= 5
    assert (result["way"], result["slower"]) == ("any size", None)
    done = CliRunner().invoke(app, command)
    assert done.stdout.startswith("style n (network unknown, float32) on CPU, 64x48\n")


def test_frames_are_those_of_the_asked_size() -> None:
    seen: set[tuple[int, ...]] = set()

    class Watching(FakeStylizer):
        def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
            seen.add(frame.shape)
            return np.zeros_like(frame)

    run_frames(style_of("x"), Watching(), (96, 64), 0.0)
    assert seen == {(64, 96, 3)}
    seen.clear()
    run_frames(style_of("x"), Watching(), (96, 64), 0.0, stroke_scale=10)
    assert seen == {(44, 64, 3)}, "the size of the painting"
