"""Tests the values that shared options take, on both sides of each border."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from nstcam.realtime.cli.options import common, complete
from nstcam.realtime.cli.options.common import (
    DeviceOption,
    LearnOption,
    SteadyOption,
    StrokeScaleOption,
    ThreadsOption,
    WorkersOption,
    parse_size,
)
from nstcam.realtime.effects import strokes
from nstcam.realtime.engine import devices


def probe(
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    stroke_scale: StrokeScaleOption = 1,
    steady: SteadyOption = None,
    workers: WorkersOption = None,
    learn: LearnOption = None,
    follow: Annotated[bool, common.FOLLOW] = True,
) -> None:
    """A command that takes them."""


def code(*words: str) -> int:
    app = typer.Typer()
    app.command()(probe)
    return CliRunner().invoke(app, words).exit_code


@pytest.mark.parametrize(
    ("option", "inside", "outside"),
    [
        ("--device", ("auto", "cpu", "webgpu"), ("gpu", "")),
        ("--threads", ("1", "1000"), ("0", "-1")),
        ("--stroke-scale", ("0.1", "10"), ("0.09", "10.01", "nan")),
        ("--steady", ("0", "1"), ("-0.01", "1.01", "nan")),
        ("--workers", ("1", "10000"), ("0", "10001")),
        ("--learn", ("1", "3600"), ("0.99", "3600.5", "nan")),
    ],
)
def test_ranges_include_their_borders(option: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    assert [code(option, value) for value in inside] == [0] * len(inside)
    assert [code(option, value) for value in outside] == [2] * len(outside)


def test_strokes_take_what_the_option_takes() -> None:
    assert (common.STROKE_SCALE.min, common.STROKE_SCALE.max) == (strokes.SMALLEST, strokes.LARGEST)


def test_a_device_that_is_unknown_is_told_all_there_are() -> None:
    assert ("auto", *devices.DEVICES) == complete.DEVICES
    with pytest.raises(typer.BadParameter) as refused:
        common.known_device("gpu")
    assert str(refused.value) == f"gpu is unknown; choose one of auto, {', '.join(devices.DEVICES)}"


def test_sizes_are_width_and_height() -> None:
    assert parse_size("640x480") == (640, 480)
    with pytest.raises(typer.BadParameter) as refused:
        parse_size("640x31")
    assert str(refused.value) == "640x31 is not a size; write WIDTHxHEIGHT of at least 32x32, like 640x480"
