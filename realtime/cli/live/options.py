"""A command line of live nstcam as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from nstcam.media.shown import is_address, redacted
from nstcam.realtime.cli.options.common import parse_size
from nstcam.realtime.cli.options.scene import parse_background
from nstcam.realtime.cli.options.usage import as_usage_error


@dataclass(frozen=True, kw_only=True)
class LiveOptions:
    """What the user asked for.

    Attributes:
        camera: as `--camera` takes it; None: the saved camera.
        loop: whether a clip begins again when it ends.
        styles: names or files to begin with; empty: the saved style.
        only: names or files that are all styles of the session; empty: all styles that nstcam finds.
        changes: fields of Settings that the command line sets in place of the saved ones; None leaves a field alone.
        use_settings: whether the saved settings are read.
        device: name of a device, as `--device` takes it.
        threads: CPU threads of the network; None: all cores.
        window: whether the picture is shown; without a window, commands come from standard input.
        record: a file to record to from the start.
        overwrite: whether `record` may replace a file.
        microphone: its name or number, or "default"; None: recordings have the sound of a clip, or none.
        virtual_camera: a device, "auto", or "required" to make its absence an error; None leaves it off.
        stream: an address that the picture is sent to, with all its secrets.
        stream_bitrate: the most kilobits per second of its picture; None: by its size.
        control: a local port that takes commands; 0 for a free one.
        page: [HOST:]PORT that shows a page to control the session with.
        browser: whether that page is opened.
        osc: [HOST:]PORT that takes OSC messages.
        midi: part of the name of a MIDI input, or "any".
        controls: the table of what their controls do; None: the one beside the settings, if there is one.
        every: seconds after which another style is shown; None: never.
        shuffle: whether these come in random order.
        frames: stop after this many.
        learn: whether pictures are learnt while they are shown.
    """

    camera: str | None = None
    loop: bool = False
    styles: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    use_settings: bool = True
    device: str = "auto"
    threads: int | None = None
    window: bool = True
    record: Path | None = None
    overwrite: bool = False
    microphone: str | None = None
    virtual_camera: str | None = None
    stream: str | None = field(default=None, repr=False)
    stream_bitrate: int | None = None
    control: int | None = None
    page: str | None = None
    browser: bool = True
    osc: str | None = None
    midi: str | None = None
    controls: Path | None = None
    every: float | None = None
    shuffle: bool = False
    frames: int | None = None
    learn: bool = False


def check_live(options: LiveOptions) -> None:
    """Raises typer.BadParameter for values that can be wrong without looking at a camera or a file."""
    from nstcam.realtime.capture.modes import FORMATS
    from nstcam.realtime.capture.screen import is_screen, parse_screen
    from nstcam.realtime.output.recording import check_suffix
    from nstcam.realtime.output.stream_address import destination_of

    for name in ("size", "output_size"):
        text = options.changes.get(name)
        if text is not None:
            parse_size(text)
    background = options.changes.get("background")
    if background is not None:
        parse_background(background)
    pixels = options.changes.get("format")
    if pixels is not None and pixels not in FORMATS:
        raise typer.BadParameter(f"--format {pixels} is unknown; choose one of {', '.join(FORMATS)}")
    if options.record is not None and is_address(str(options.record)):
        raise typer.BadParameter(f"--record {redacted(str(options.record))} is an address; give the path of a file")
    with as_usage_error():
        if options.camera is not None and is_screen(options.camera):
            parse_screen(options.camera)
        if options.record is not None:
            check_suffix(options.record)
        if options.stream is not None:
            destination_of(options.stream)
    if options.osc is not None:
        parse_port("--osc", options.osc)
    if options.stream_bitrate is not None and options.stream is None:
        raise typer.BadParameter("--stream-bitrate needs --stream URL")
    if options.page is not None:
        parse_port("--page", options.page)
    if options.shuffle and options.every is None:
        raise typer.BadParameter("--shuffle needs --every SECONDS, after which another style is shown")
    if options.camera == "":
        raise typer.BadParameter(
            "--camera is empty; give a camera's number or name, a video or picture file, a URL, screen or test"
        )


def parse_port(option: str, text: str) -> tuple[str, int]:
    """[HOST:]PORT -> (host, port); without a host, this machine only."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) < 65536) or (":" in text and not host):
        raise typer.BadParameter(
            f"{option} {text[:100]} is not a port; write PORT or HOST:PORT, like 9000 or 0.0.0.0:9000"
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def options_given(context: typer.Context) -> list[str]:
    """The options on the command line, without their values."""
    given = []
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if source is not None and source.name == "COMMANDLINE":
            off = context.params.get(option.name or "") is False and option.secondary_opts
            given.append((option.secondary_opts if off else option.opts)[0])
    return given
