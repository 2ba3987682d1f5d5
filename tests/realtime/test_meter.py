import pytest

from nstcam.realtime.meter import Meter


def test_figures_of_a_steady_stream() -> None:
    meter = Meter(window=10)
    for i in range(11):
        meter.record(now=0.1 * i, captured=0.1 * i - 0.05, number=i, ms=20)
    reading = meter.reading()
    assert reading.fps == pytest.approx(10)
    assert reading.mean_fps == pytest.approx(10)
    assert reading.latency_ms == pytest.approx(50)
    assert (reading.ms, reading.mean_ms, reading.frames, reading.dropped) == (20, 20, 11, 0)


def test_gaps_in_the_numbers_are_drops() -> None:
    meter = Meter()
    for number in (5, 6, 9, 10):
        meter.record(now=number, captured=number, number=number, ms=1)
    assert meter.reading().dropped == 2


def test_old_samples_leave_the_window_but_not_the_totals() -> None:
    meter = Meter(window=1)
    for i in range(10):
        meter.record(now=float(i), captured=i, number=i, ms=100)
    for i in range(20):
        meter.record(now=9.05 + 0.05 * i, captured=9, number=10 + i, ms=10)
    reading = meter.reading()
    assert reading.fps == pytest.approx(20, rel=0.1)
    assert reading.ms < 20 < reading.mean_ms


def test_nothing_recorded_is_zero() -> None:
    assert Meter().reading().fps == 0
    assert Meter().reading().mean_fps == 0
