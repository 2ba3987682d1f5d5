"""Tests how the command line of live nstcam is parsed, without opening anything."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from nstcam.realtime.cli.app import app
from nstcam.realtime.cli.live import start as start_live
from nstcam.realtime.cli.live.options import LiveOptions, options_given, parse_port
from nstcam.realtime.effects.strokes import LARGEST, SMALLEST


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[LiveOptions]:
    """The options of each session that was started instead of a window."""
    found: list[LiveOptions] = []
    monkeypatch.setattr(start_live, "start", lambda options, _open_learner: found.append(options))
    return found


def changes(options: LiveOptions) -> dict[str, Any]:
    return {name: value for name, value in options.changes.items() if value is not None}


def test_without_options_nothing_is_changed(started: list[LiveOptions]) -> None:
    assert CliRunner().invoke(app, []).exit_code == 0
    (options,) = started
    assert changes(options) == {}
    assert options == LiveOptions(changes=options.changes)


def test_options_of_the_picture_become_changes_of_settings(started: list[LiveOptions]) -> None:
    line = "--size 1280x720 --fps 30 --format mjpg --output-size 320x240 --stroke-scale 1.5 --no-mirror --fullscreen"
    line += " --steady 0 --no-follow --no-brighten --strength 0.5 --keep-colors --target-fps 25 --clean"
    CliRunner().invoke(app, line.split())
    assert changes(started[0]) == {
        "size": "1280x720", "fps": 30.0, "format": "mjpg", "output_size": "320x240", "stroke_scale": 1.5,
        "mirror": False, "fullscreen": True, "clean": True,
        "steady": 0.0, "follow": False, "brighten": False, "strength": 0.5, "keep_colors": True, "target_fps": 25.0,
    }  # fmt: skip


def test_the_range_of_stroke_scales_is_that_of_the_effect() -> None:
    """options.py cannot import it, because help must not load OpenCV."""
    for scale in (SMALLEST, LARGEST):
        assert CliRunner().invoke(app, ["--stroke-scale", str(scale), "--version"]).exit_code == 0
    for wrong in (SMALLEST - 0.01, LARGEST + 0.01, "nan"):
        assert CliRunner().invoke(app, ["--stroke-scale", str(wrong)]).exit_code == 2


def test_other_options_are_kept_as_given(started: list[LiveOptions]) -> None:
    line = (
        "--camera screen:2 --style wave --style b.onnx --only wave --device cpu --no-window --record a.mkv --overwrite"
    )
    CliRunner().invoke(app, [*line.split(), "--virtual-camera", "required", "--control", "0", "--no-settings"])
    (options,) = started
    assert (options.camera, options.device) == ("screen:2", "cpu")
    assert (options.styles, options.only) == (("wave", "b.onnx"), ("wave",))
    assert (options.window, str(options.record), options.overwrite) == (False, "a.mkv", True)
    assert (options.virtual_camera, options.control, options.use_settings) == ("required", 0, False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9000", ("127.0.0.1", 9000)), ("0", ("127.0.0.1", 0)), ("65535", ("127.0.0.1", 65_535)),
        ("0.0.0.0:1", ("0.0.0.0", 1)), ("[::1]:9000", ("::1", 9000)), ("host:00080", ("host", 80)),
        ("65536", None), ("000080", None), ("", None), (":9000", None), ("host:", None), ("x", None), ("-1", None),
        ("\u0661", None),
    ],
)  # fmt: skip
def test_a_port_may_have_a_host(text: str, found: tuple[str, int] | None) -> None:
    if found is not None:
        assert parse_port("--osc", text) == found
        return
    told = f"--osc {text} is not a port; write PORT or HOST:PORT, like 9000 or 0.0.0.0:9000"
    with pytest.raises(typer.BadParameter, match=f"^{re.escape(told)}$"):
        parse_port("--osc", text)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--size 31x32", "31x32 is not a size"), ("--output-size 64", "64 is not a size"),
        ("--format nv12", "--format nv12 is unknown; choose one of auto, mjpg, yuyv"),
        ("--record rtmp://me:secret@host/x", "is an address; give the path of a file"),
        ("--record a.avi", "must end in one of"),
        ("--camera screen:0", "is not a part of the screen"), ("--osc x", "--osc x is not a port"),
        ("--page x", "--page x is not a port"), ("--shuffle", "--shuffle needs --every SECONDS"),
        ("--camera=", "--camera is empty"), ("--background transparent", "for pictures only"),
    ],
)  # fmt: skip
def test_what_is_wrong_whatever_there_is_starts_nothing(started: list[LiveOptions], line: str, told: str) -> None:
    done = CliRunner().invoke(app, line.split())
    assert (done.exit_code, started) == (2, [])
    assert told in " ".join(done.output.replace("\u2502", " ").split())
    assert "secret" not in done.output


def test_options_are_named_as_they_are_given_without_their_values() -> None:
    line = ["--no-mirror", "--follow", "--camera", "test", "--steady", "0", "--clean", "--no-window"]
    for given in (line, []):
        context: Any = get_command(app).make_context("nstcam", given.copy())
        assert sorted(options_given(context)) == sorted(option for option in given if option.startswith("--"))


def test_a_stream_is_an_address_that_takes_one(started: list[LiveOptions]) -> None:
    CliRunner().invoke(app, ["--stream", "rtmp://host/app/secret", "--stream-bitrate", "2500"])
    assert (started[0].stream, started[0].stream_bitrate) == ("rtmp://host/app/secret", 2500)
    assert "secret" not in repr(started[0])
    for line in ("--stream out.mp4", "--stream http://host/", "--stream-bitrate 2500"):
        assert CliRunner().invoke(app, line.split()).exit_code == 2
    assert len(started) == 1
