"""Tests what single options of nstcam accept."""

import math

import pytest
import typer

from nstcam.realtime.cli.app import with_default_device
from nstcam.realtime.cli.options.common import at_most_cores, finite


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["--virtual-camera"], ["--virtual-camera=auto"]),
        (["--virtual-camera", "--no-window"], ["--virtual-camera=auto", "--no-window"]),
        (["--virtual-camera", "/dev/video9"], ["--virtual-camera", "/dev/video9"]),
        (["video", "a", "b"], ["video", "a", "b"]),
    ],
)
def test_the_virtual_camera_needs_no_name(given: list[str], meant: list[str]) -> None:
    assert with_default_device(given) == meant


def test_no_more_threads_than_cores(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("nstcam.realtime.cli.options.common.usable_cores", lambda: 4)
    assert [at_most_cores(threads) for threads in (None, 1, 4)] == [None, 1, 4]
    assert capsys.readouterr().err == ""
    assert at_most_cores(100) == 4
    assert capsys.readouterr().err == "nstcam: --threads 100: using 4, one per core; more would be slower\n"


def test_only_finite_numbers_are_taken() -> None:
    assert [finite(value) for value in (None, 0.5)] == [None, 0.5]
    for value in (math.nan, math.inf):
        with pytest.raises(typer.BadParameter, match=f"{value} is not a finite number"):
            finite(value)
