"""Tests how benchmarks.gpu divides the time of a frame and of a training among kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.gpu import kernels, training
from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from benchmarks.tools.stand_in import write_negative_style
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_loss_network
from tests.support.training.short import NoiseSource, briefly


def test_kernels_by_time_of_a_frame() -> None:
    rows = [("small", 10, 1000.0), ("never", 5, 0.0), ("large", 20, 3000.0)]
    large, small = kernels.by_time(rows, frames=10)
    assert (large.name, large.calls, large.ms, large.share) == ("large", 2.0, 0.3, 0.75)
    assert (small.ms, small.share) == (0.1, 0.25)
    assert kernels.by_time([], frames=5) == []


def test_kernels_are_seen(tmp_path: Path) -> None:
    write_negative_style(tmp_path / "styles" / "lite.onnx")
    rehearsal = Setting("cpu", tmp_path, rehearse=True)
    record = Record()
    assert kernels.measure(rehearsal, record, style="lite", size_wh=(3840, 2160))
    assert sum(row["share"] for row in record.values["kernels"]) == pytest.approx(1)
    assert not kernels.measure(rehearsal, record, style="other", size_wh=(3840, 2160))


def test_the_rate_of_warm_steps() -> None:
    seconds = [5.0 + n for n in range(20)] + [25.0 + n / 10 for n in range(31)]
    assert training.rate(seconds) == pytest.approx(10)
    assert training.rate([0.0, 9.0, 10.0, 10.5], warm=20) == pytest.approx(2), "half of few"
    assert training.rate([1.0]) == training.rate([]) == 0


@pytest.mark.slow
def test_a_training_is_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.train.network.networks.PRESETS", {"johnson": TINY_JOHNSON, "lite": TINY_LITE})
    monkeypatch.setattr("nstcam.train.loss.vgg.load_vgg", random_loss_network)
    monkeypatch.setattr("nstcam.train.content.sources.BuiltInSource", NoiseSource)
    record = Record()
    setting = Setting("cpu", tmp_path, rehearse=True)
    with briefly():
        assert training.measure(setting, record, preset="johnson", content="built-in", seconds=60)
    assert (record.values["steps"], record.values["content"]) == (8, "built-in pictures")
    assert record.values["steps_a_second"] > 0
    assert record.values["host"][0]["ms"] > 0
