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


def test_what_the_camera_delivers_is_counted_by_its_own_clock() -> None:
    meter = Meter()
    for number in (4, 6, 8):  # every second frame of 20 a second; shown later and later
        meter.record(now=10 + 0.15 * number, captured=3 + 0.05 * number, number=number, ms=1)
    reading = meter.reading()
    assert reading.capture_fps == pytest.approx(20)
    assert reading.fps == pytest.approx(1 / 0.3)
    assert reading.seconds == pytest.approx(0.6)
    assert reading.mean_fps == pytest.approx(2 / 0.6)


def test_two_samples_are_a_rate_however_old_they_are() -> None:
    meter = Meter(window=1)
    meter.record(now=0, captured=0, number=0, ms=1)
    assert meter.reading().fps == meter.reading().capture_fps == meter.reading().mean_fps == 0
    meter.record(now=4, captured=4, number=1, ms=1)
    meter.record(now=8, captured=8, number=2, ms=1)
    assert meter.reading().fps == pytest.approx(1 / 4)


def test_a_sample_as_old_as_the_window_still_counts() -> None:
    meter = Meter(window=2)
    for now in (0, 1, 2):
        meter.record(now=now, captured=now, number=now, ms=3 * now)
    assert meter.reading().ms == 3
    meter.record(now=3, captured=3, number=3, ms=9)
    assert meter.reading().ms == 6
