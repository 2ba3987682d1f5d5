"""Tests the least time that a frame needs, from rates that are given here in place of measured ones."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.checkup import roofline
from nstcam.realtime.checkup.limit import limit_of, precision_in_use, row_of
from nstcam.realtime.engine import sessions
from nstcam.realtime.engine.devices import CPU, CUDA


def style(macs: float | None = 1000.0, int8: Path | None = Path("a-int8.onnx"), precision: str = "float16") -> Any:
    return SimpleNamespace(macs_per_pixel=macs, int8_path=int8, precision=precision)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []

    def matrix_rate(device: object, precision: str, threads: int) -> float | None:
        calls.append((device, precision, threads))
        return None if precision == "unknown" else 2e9

    def copy_rate(threads: int) -> float:
        calls.append(threads)
        return 1.2e9

    monkeypatch.setattr(roofline, "matrix_rate", matrix_rate)
    monkeypatch.setattr(roofline, "copy_rate", copy_rate)
    return calls


def test_the_larger_of_computing_and_copying_counts(asked: list[Any]) -> None:
    found = limit_of(style(), CPU.title, (100, 50), 3, 5.0)
    assert astuple(found) == pytest.approx((5e6, 2e9, 1.2e9, 2.5, 0.025, 0.5))
    assert asked == [(CPU, "int8", 3), 3]
    assert limit_of(style(macs=1.0), CPU.title, (100, 50), 3, 5.0).share == pytest.approx(0.005), "copying"


def test_threads_and_precision_unless_told(asked: list[Any]) -> None:
    limit_of(style(), CUDA.title, (100, 50), None, 5.0)
    limit_of(style(), CPU.title, (100, 50), None, 5.0, "float32")
    limit_of(style(precision=""), CUDA.title, (100, 50), 0, 5.0)
    assert asked == [(CUDA, "float16", 0), 1, (CPU, "float32", 0), 1, (CUDA, "float32", 0), 1]


@pytest.mark.parametrize(("macs", "precision"), [(None, "int8"), (1000.0, "unknown")])
def test_what_is_not_known_is_left_out(macs: float | None, precision: str, asked: list[Any]) -> None:
    found = limit_of(style(macs), CPU.title, (100, 50), 2, 5.0, precision)
    assert (found.compute_ms, found.share) == (None, None)
    assert found.copy_ms == pytest.approx(0.025)
    assert asked


def test_devices_and_precisions_by_title() -> None:
    assert (row_of(CUDA.title), row_of("an abacus")) == (CUDA, CPU)
    assert precision_in_use(style(), CPU.title) == "int8"
    assert precision_in_use(style(int8=None), CPU.title) == precision_in_use(style(), CUDA.title) == "float16"


def test_rates_are_work_over_the_shortest_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 10, 12, 12.5, 13, 13.5, 20])  # until 13.2 is over: runs of 2 and 0.5 s
    monkeypatch.setattr(roofline, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    monkeypatch.setattr(roofline, "COPIED", 1000)
    assert roofline.copy_rate(3, 13.2) == pytest.approx(2 * 3 * 1000 / 0.5)
    assert roofline.SIDES == {False: (512, 1024), True: (4096, 8192)}


def test_matrices_are_multiplied_in_the_precision_that_the_device_computes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roofline, "SIDES", {False: (16, 32)})
    opened: list[tuple[str, int]] = []

    def open_session(path: Path, device: Any, *, threads: int, spin: Any) -> Any:
        opened.append((path.name, threads))
        return sessions.open_session(path, device, threads=1, spin=spin)

    monkeypatch.setattr(roofline, "open_session", open_session)
    monkeypatch.setattr(roofline, "_best_seconds", lambda work, seconds: (work(), seconds)[1])
    for precision, file in (("float16", "float32.onnx"), ("float32", "float32.onnx"), ("int8", "int8.onnx")):
        assert roofline.matrix_rate(CPU, precision, 2, seconds=4.0) == 32**3 / 4
        assert opened.pop() == (file, 2)
    assert roofline.matrix_rate(CPU, "int4") is None
