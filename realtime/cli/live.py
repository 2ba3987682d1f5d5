"""nstcam without a command: the live window.

Imports of OpenCV, PyAV and ONNX Runtime wait until they are needed.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nstcam.realtime.cli.interrupt import stop_on_interrupt
from nstcam.realtime.cli.opencv_settings import quiet_opencv
from nstcam.realtime.cli.opening import stylizer_opener
from nstcam.realtime.cli.options import DeviceOption, OverwriteOption, ThreadsOption, parse_size
from nstcam.realtime.cli.terminal import Notices, StatusLine
from nstcam.realtime.errors import NstError

if TYPE_CHECKING:
    from nstcam.realtime.live.session import Session
    from nstcam.realtime.meter import Reading
    from nstcam.realtime.output.virtual_camera import VirtualCamera


def show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"nstcam {version('nstcam')}")
        raise typer.Exit


def live(
    context: typer.Context,
    camera: Annotated[
        str | None, typer.Option(help="Number, name, video file, URL, screen, or test: a pattern. Default: 0.")
    ] = None,
    size: Annotated[str | None, typer.Option(help="Ask the camera for it, like 1280x720.")] = None,
    fps: Annotated[float | None, typer.Option(min=1, max=240, help="Ask the camera for it.")] = None,
    pixels: Annotated[str | None, typer.Option("--format", help="Ask the camera for auto, mjpg or yuyv.")] = None,
    style: Annotated[
        list[str] | None, typer.Option(help="Name or .onnx file; repeatable: keys 1-9 choose. Default: all styles.")
    ] = None,
    work_size: Annotated[
        str | None, typer.Option(help="Frames are scaled down to fit; smaller is faster. Default: 640x480.")
    ] = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    window: Annotated[
        bool, typer.Option("--window/--no-window", help="Without: commands by line, see help there.")
    ] = True,
    mirror: Annotated[
        bool | None, typer.Option("--mirror/--no-mirror", help="Flip the preview. Default: for cameras.")
    ] = None,
    fullscreen: Annotated[bool | None, typer.Option("--fullscreen/--no-fullscreen", help="Key f as well.")] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record from the start; .mp4, .mov or .mkv. Key r does as well.")
    ] = None,
    overwrite: OverwriteOption = False,
    virtual_camera: Annotated[
        str | None,
        typer.Option(metavar="DEVICE", help="Nothing, a device, or required: its absence is an error."),
    ] = None,
    control: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of this machine for commands.")] = None,
    steady: Annotated[
        float | None, typer.Option(min=0, max=1, help="How much a still picture stays still; 0 off. Default: 0.8.")
    ] = None,
    follow: Annotated[
        bool | None, typer.Option("--follow/--no-follow", help="Strokes go with the scene, or stay on the screen.")
    ] = None,
    strength: Annotated[float | None, typer.Option(min=0, max=1, help="0 original, 1 all painted. Default: 1.")] = None,
    keep_colors: Annotated[
        bool | None, typer.Option("--keep-colors/--no-keep-colors", help="Only the brightness of the style. Key k.")
    ] = None,
    target_fps: Annotated[
        float | None, typer.Option(min=1, max=240, help="Choose the working size that holds this rate.")
    ] = None,
    use_settings: Annotated[
        bool, typer.Option("--settings/--no-settings", help="Begin with what key w saved; these options win.")
    ] = True,
    frames: Annotated[int | None, typer.Option(min=1, help="Stop after that many.")] = None,
    _version: Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True)] = False,
) -> None:
    """Repaint live video in the style of a painting. Keys: h in the window lists them."""
    if context.invoked_subcommand is not None:
        given = options_given(context)
        if given:
            after = f"nstcam {context.invoked_subcommand} ... {' '.join(given)}"
            raise typer.BadParameter(f"options go after the command: {after}")
        return
    quiet_opencv()  # before anything imports it
    for text in (size, work_size):
        if text is not None:
            parse_size(text)
    if pixels not in (None, "auto", "mjpg", "yuyv"):
        raise typer.BadParameter(f"--format {pixels} is unknown; use auto, mjpg or yuyv")
    notices = Notices()
    from nstcam.realtime.capture.modes import Mode
    from nstcam.realtime.capture.open_source import open_source
    from nstcam.realtime.display.compare import Compare
    from nstcam.realtime.display.sinks import Window
    from nstcam.realtime.effects.look import Look
    from nstcam.realtime.live.control import Control
    from nstcam.realtime.live.gallery import Gallery
    from nstcam.realtime.live.loop import run
    from nstcam.realtime.live.remembered import is_camera, remembered
    from nstcam.realtime.live.saved import naming_saved_camera, saved_settings, styles_of
    from nstcam.realtime.live.settings import Settings, save, settings_path
    from nstcam.realtime.output.recorder import Recorder

    saved = saved_settings(notices.add) if use_settings else Settings()
    asked = saved.at(camera).but(
        size=size, fps=fps, format=pixels, work_size=work_size, mirror=mirror, fullscreen=fullscreen,
        steady=steady, follow=follow, strength=strength, keep_colors=keep_colors, target_fps=target_fps,
        work_step=0 if work_size or target_fps else None,
    )  # fmt: skip
    styles, first = styles_of(style, saved.style, notices.add)
    remote = Control()
    if control is not None:
        notices.add(f"listening for commands at 127.0.0.1:{remote.listen_at(control)}")
    if not window and may_read_input():
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(errors="replace")  # whatever comes, it is told by the line
        remote.listen_to(sys.stdin, print_line)
    preview = Window() if window else None
    mode = Mode(parse_size(asked.size) if asked.size else None, asked.fps, asked.format)
    saved_camera = asked.camera if camera is None and asked.camera != Settings().camera else None
    with naming_saved_camera(saved_camera):
        source = open_source(asked.camera, mode, notices.add)
    gallery = Gallery(styles, stylizer_opener(device, threads, notices), first=first)
    sender = virtual_camera_of(virtual_camera, notices)
    clip = None if "://" in asked.camera else Path(asked.camera)  # too long for a path, a URL would be an error
    recorder = Recorder(record, Path(), overwrite=overwrite, source=clip)
    figures = StatusLine() if not window and sys.stderr.isatty() else None

    def tick(reading: Reading, device_used: str) -> None:
        notices.tell(figures)
        if figures:
            figures.show(reading, device_used)

    def remember(session: Session) -> str:
        save(remembered(session, asked, saved), settings_path())
        return f"settings saved in {settings_path()}"

    try:
        with naming_saved_camera(saved_camera), stop_on_interrupt() as stop:
            reading = run(
                source,
                gallery,
                preview,
                work_size=parse_size(asked.work_size),
                look=Look(asked.strength, asked.keep_colors, asked.steady, asked.follow, size=asked.work_step),
                mirror=is_camera(asked.camera) if asked.mirror is None else asked.mirror,
                compare=Compare[asked.compare.upper()],
                hud=asked.hud,
                fullscreen=asked.fullscreen,
                target_fps=asked.target_fps,
                recorder=recorder,
                virtual_camera=sender,
                remote=remote,
                save=remember,
                frames=frames,
                tick=tick,
                tell=notices.add,
                stop=stop,
            )
        device_used = gallery.device
    finally:
        if figures:
            figures.clear()
        remote.close()
        gallery.close()
    notices.tell()
    print(
        f"{reading.frames} frames, {reading.mean_fps:.1f} fps, {reading.mean_ms:.0f} ms a frame on {device_used}, "
        f"{reading.dropped} dropped"
    )
    if recorder.missing:  # why was told when it happened
        raise typer.Exit(1)


def options_given(context: typer.Context) -> list[str]:
    """The options of the command line, without their values."""
    given = []
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if source is not None and source.name == "COMMANDLINE":
            off = context.params.get(option.name or "") is False and option.secondary_opts
            given.append((option.secondary_opts if off else option.opts)[0])
    return given


def may_read_input() -> bool:
    """False for a job in the background of a terminal, which reading would stop."""
    if sys.stdin is None or sys.stdin.closed:
        return False
    return not (sys.stdin.isatty() and hasattr(os, "tcgetpgrp") and os.tcgetpgrp(0) != os.getpgrp())


def print_line(text: str) -> None:
    """Past Python's buffer, whose lock is needed at the end of the program even if nobody reads the answers."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode())


def virtual_camera_of(wanted: str | None, notices: Notices) -> VirtualCamera:
    """On at once if `wanted`; without its driver a line, or an error if it is `required`."""
    from nstcam.realtime.output.virtual_camera import VirtualCamera

    camera = VirtualCamera(None if wanted in (None, "auto", "required") else wanted)
    if wanted is not None:
        try:
            notices.add(camera.toggle())
        except NstError as error:
            if wanted == "required":
                raise
            notices.add(str(error))
    return camera
