"""Tests the figures of benchmarks.gpu on tiny styles: they run and count correctly. No speed is asserted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from onnx import helper

from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import child, placement, speed, styles, sweep, versions
from benchmarks.gpu.record import Record
from benchmarks.gpu.refusals import refusal
from benchmarks.gpu.setting import Setting
from benchmarks.gpu.steps import BY_NAME, WRONG_CODE
from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.checkup.limit import limit_of
from nstcam.realtime.engine import half
from nstcam.realtime.engine.cuda_lane import CudaLane
from nstcam.realtime.engine.cuda_memory import CudaMemory
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.style import Style, read_style
from tests.support.fakes.cuda import FakeDriver, FakeSessions, FakeTensor
from tests.support.models.tiny import TINY_JOHNSON, write_model

SMALL = 64, 48


@pytest.fixture
def style(tmp_path: Path) -> Style:
    return read_style(write_negative_style(tmp_path / "n.onnx"))


@pytest.fixture
def rehearsal(tmp_path: Path) -> Setting:
    """A folder with a style of every name."""
    for name in ("lite", "johnson", "johnson-float32"):
        write_negative_style(tmp_path / "styles" / f"{name}.onnx")
    return Setting("cpu", tmp_path, rehearse=True)


class TestPlacement:
    def session(self, *parts: tuple[str, Sequence[str]]) -> Any:
        found = [
            SimpleNamespace(ep_name=name, get_nodes=lambda kinds=kinds: [SimpleNamespace(op_type=k) for k in kinds])
            for name, kinds in parts
        ]
        return SimpleNamespace(get_provider_graph_assignment_info=lambda: found)

    def test_operators_are_counted_where_they_run(self) -> None:
        row = placement.counted(self.session(("GPU", ["Conv", "Relu"]), ("CPU", ["Pad", "Shape", "Pad"])), "GPU")
        assert row == {"on_device": 2, "elsewhere": {"Pad": 2, "Shape": 1}}
        assert placement.line_of(row) == "2 operators on the device, elsewhere: 2 Pad, 1 Shape"

    def test_only_sessions_of_a_fixed_size_must_be_whole(self) -> None:
        graph, fixed, any_size = placement.FORMS
        split = {"on_device": 2, "elsewhere": {"Pad": 1}}
        assert [placement.fits(split, form) for form in (graph, fixed, any_size)] == [False, False, True]
        assert placement.fits({"on_device": 2, "elsewhere": {}}, graph)
        assert not placement.fits({"refused": "no"}, any_size)

    def test_all_styles_in_all_forms(self, rehearsal: Setting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        write_negative_style(tmp_path / "bundled" / "wave.onnx")
        write_negative_style(tmp_path / "bundled" / "wave.int8.onnx")
        monkeypatch.setattr(placement, "BUNDLED_STYLES", tmp_path / "bundled")
        record = Record()
        assert placement.measure(rehearsal, record)
        assert list(record.values["styles"]) == ["johnson-float32.onnx", "johnson.onnx", "lite.onnx", "wave.onnx"]
        assert set(record.values["styles"]["wave.onnx"]) == {form.title for form in placement.FORMS}
        (tmp_path / "styles" / "lite.onnx").write_bytes(b"nothing")
        assert not placement.measure(rehearsal, record)
        assert "refused" in record.values["styles"]["lite.onnx"]["graph"]


class TestSweep:
    def test_what_matters_most_comes_first_and_compiled_options_last(self) -> None:
        every = sweep.cases()
        assert every[0] == ("lite", (1280, 720), {"prefer_nhwc": "1", "fuse_conv_bias": "0", "enable_cuda_graph": "1"})
        fused = [way["fuse_conv_bias"] for _, _, way in every]
        assert fused == sorted(fused)
        assert len({(style, size, *way.values()) for style, size, way in every}) == len(every)

    def test_options_are_nstcams_but_for_those_compared(self) -> None:
        way = sweep.cases()[0][2]
        (name, options), cpu = sweep.providers(way, "cuda")
        assert name == "CUDAExecutionProvider"
        assert options["cudnn_conv_algo_search"] == "HEURISTIC"
        assert options["prefer_nhwc"] == "1"
        assert options["enable_cuda_graph"] == "1"
        assert cpu == ("CPUExecutionProvider", {})

    def test_a_case_that_fails_leaves_the_others(self, rehearsal: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
        real, calls = sweep.of_case, []

        def failing(*given: Any) -> Any:
            calls.append(given)
            if len(calls) == 1:
                raise RuntimeError("no such graph\nand more")
            return real(*given)

        monkeypatch.setattr(sweep, "of_case", failing)
        record = Record()
        assert sweep.measure(rehearsal, record, seconds=60)
        first, second = record.values["cases"]
        assert first["error"] == "no such graph"
        assert second["ms"] > 0

    def test_no_case_begins_after_its_seconds(self, rehearsal: Setting) -> None:
        record = Record()
        assert not sweep.measure(rehearsal, record, seconds=-1)
        assert record.values == {}


class TestSpeed:
    @pytest.mark.parametrize("refuse", [False, True])
    def test_times_of_the_session_that_does_the_work(self, monkeypatch: pytest.MonkeyPatch, refuse: bool) -> None:
        monkeypatch.setattr("nstcam.realtime.engine.cuda_lane.device_tensor", FakeTensor)
        memory = partial(CudaMemory, FakeDriver())
        whole, inside, graph = speed.live_figures(
            FakeSessions(refuse_graph=refuse), SMALL, 5, lambda opened: CudaLane(opened, memory)
        )
        assert graph is not refuse
        assert len(whole) == len(inside) == 5
        assert all(alone < all_ for alone, all_ in zip(inside, whole, strict=True))

    def test_frames_overlap_in_video(self, style: Style) -> None:
        assert speed.video_ms(Stylizer(style, "cpu", 2, at_once=2), SMALL, 6) > 0

    def test_an_overflow_is_found(self, style: Style, tmp_path: Path) -> None:
        same = speed.difference(style, style, "cpu", SMALL)
        assert (same["mean"], same["largest"]) == (0, 0)
        assert same["deviation"] > 1
        nodes = [
            helper.make_node("Sub", ["frame", "frame"], ["none"]),
            helper.make_node("BitwiseNot", ["none"], ["stylized"]),
        ]
        flat = read_style(write_model(tmp_path / "w.onnx", nodes, metadata={"nst.contract": "1", "nst.name": "w"}))
        white = speed.difference(flat, style, "cpu", SMALL)
        assert white["mean"] > 4
        assert white["deviation"] == 0

    def test_the_whole_table_in_small(self, rehearsal: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
        limit = limit_of(read_style(rehearsal.styles / "lite.onnx"), "CPU", SMALL, 1, 1.0)
        monkeypatch.setattr(speed, "limit_of", lambda *_: limit)  # measures the machine for seconds
        record = Record()
        assert speed.measure(rehearsal, record)
        assert list(record.values["cases"]) == ["johnson", "lite"]
        assert record.values["float16"]["good"]
        (rehearsal.styles / "lite.onnx").unlink()
        assert not speed.measure(rehearsal, Record())

    def test_the_lines_of_a_row(self) -> None:
        found = speed.Figures(True, 8.0, 8.5, 7.5, 0.0667, 7.4, 2, "float16")
        text = speed.case_lines(speed.CASES[0], (1920, 1080), found)
        assert "johnson float16 1920x1080, CUDA graph replayed" in text
        assert "125.0 fps, target 120" in text
        assert "the host adds 7 %" in text


def test_styles_are_made_from_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.train.network.networks.PRESETS", {"johnson": TINY_JOHNSON})
    record = Record()
    assert styles.measure(Setting(folder=tmp_path), record)
    made = {path.stem: read_style(path) for path in styles.styles_at_hand(Setting(folder=tmp_path))}
    assert record.values["styles"] == sorted(made)
    assert {name: (each.network, each.precision) for name, each in made.items()} == {
        "johnson": ("johnson", "float16"),
        "johnson-float32": ("johnson", "float32"),
        "lite": ("lite", "float16"),
        "lite-float32": ("lite", "float32"),
    }
    assert all(each.macs_per_pixel for each in made.values())
    assert [p.stem for p in styles.styles_at_hand(Setting(folder=tmp_path / "empty"))] == ["starry"]


def test_versions_say_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Record()
    assert versions.measure(Setting("cpu", tmp_path), record)
    assert record.values["missing"] is None
    monkeypatch.setattr("nstcam.realtime.engine.availability.missing", lambda _: "no driver")
    monkeypatch.setattr(versions, "not_found", lambda _: ["libcudnn.so.9"])
    assert not versions.measure(Setting("cuda", tmp_path), record)
    assert [record.values[name] for name in ("missing", "not_found")] == ["no driver", ["libcudnn.so.9"]]
    assert "libcudnn.so.9" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="asks the dynamic linker of Linux")
def test_libraries_that_the_linker_does_not_find() -> None:
    assert versions.not_found(Path(sys.executable)) == []
    assert versions.not_found(Path("/no/such/library.so")) == []


def test_the_process_of_a_step(
    rehearsal: Setting, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its exit code tells whether the result is right; errors of nstcam's are one line."""
    arguments = ["sweep", *rehearsal.arguments()]
    assert child.main(arguments) == 0
    assert (rehearsal.folder / "sweep.json").exists()
    monkeypatch.setattr(sweep, "measure", lambda *_, **__: False)
    assert child.main(arguments) == WRONG_CODE
    capsys.readouterr()
    monkeypatch.setattr(sweep, "measure", lambda *_, **__: read_style(Path("/nowhere.onnx")))
    assert child.main(arguments) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.gpu
def test_all_of_it_on_a_gpu(tmp_path: Path) -> None:
    reason = refusal(BY_NAME["smoke"], Setting())
    if reason:
        pytest.skip(reason)
    assert gpu.main(["smoke", "styles", "placement", "speed", "--frames", "20", "--folder", str(tmp_path)]) == 0


def test_float32_is_compared_as_such(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    """GPUs take half precision for a float32 style: the comparison would be of a thing with itself."""
    asked: list[str] = []

    def opened(*given: Any) -> Stylizer:
        asked.append(half.asked())
        return Stylizer(*given)

    monkeypatch.setattr(speed, "Stylizer", opened)
    speed.difference(replace(style, precision="float16"), replace(style, precision="float32"), "cpu", SMALL)
    assert asked == ["auto", "float32"]
    assert half.asked() == "auto"


def test_placement_looks_at_half_precision_too(rehearsal: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rehearsal.styles / "lite.onnx"
    assert placement.models(path, rehearsal) == [("lite.onnx", path)]
    monkeypatch.setattr("nstcam.realtime.engine.half.half_for", lambda *_: b"half")
    assert placement.models(path, rehearsal) == [("lite.onnx", path), ("lite.onnx in half", b"half")]
