"""nstcam without a command: the live window.

Imports of OpenCV, PyAV and ONNX Runtime wait until they are needed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.errors import NstError
from realtime.interrupt import stop_on_interrupt
from realtime.opencv_settings import quiet_opencv
from realtime.opening import stylizer_opener
from realtime.options import DeviceOption, OverwriteOption, ThreadsOption, parse_size
from realtime.terminal import Notices, status_line

if TYPE_CHECKING:
    from realtime.meter import Reading
    from realtime.virtualcam import VirtualCamera


def show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"nstcam {version('nstcam')}")
        raise typer.Exit


def live(
    context: typer.Context,
    camera: Annotated[str, typer.Option(help="Number, name, video file, URL, or 'test' for a test pattern.")] = "0",
    size: Annotated[str | None, typer.Option(help="Ask the camera for it, like 1280x720.")] = None,
    fps: Annotated[float | None, typer.Option(min=1, max=240, help="Ask the camera for it.")] = None,
    pixels: Annotated[str, typer.Option("--format", help="Ask the camera for auto, mjpg or yuyv.")] = "auto",
    style: Annotated[
        list[str] | None, typer.Option(help="Name or .onnx file; repeatable: keys 1-9 choose. Default: all styles.")
    ] = None,
    work_size: Annotated[str, typer.Option(help="Frames are scaled down to fit; smaller is faster.")] = "640x480",
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    window: Annotated[
        bool, typer.Option("--window/--no-window", help="Without: commands by line, see help there.")
    ] = True,
    mirror: Annotated[
        bool | None, typer.Option("--mirror/--no-mirror", help="Flip the preview. Default: for cameras.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record from the start; .mp4, .mov or .mkv. Key r does as well.")
    ] = None,
    overwrite: OverwriteOption = False,
    virtual_camera: Annotated[
        str | None, typer.Option(metavar="DEVICE", help="auto, a device, or required: then its absence is an error.")
    ] = None,
    control: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of this machine for commands.")] = None,
    steady: Annotated[float, typer.Option(min=0, max=1, help="How much a still picture stays still; 0 off.")] = 0.7,
    strength: Annotated[float, typer.Option(min=0, max=1, help="0 original, 1 all painted.")] = 1.0,
    target_fps: Annotated[
        float | None, typer.Option(min=1, max=240, help="Choose the working size that holds this rate.")
    ] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="Stop after that many.")] = None,
    _version: Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True)] = False,
) -> None:
    """Repaint live video in the style of a painting. Keys: h in the window lists them."""
    if context.invoked_subcommand is not None:
        if style:
            raise typer.BadParameter(f"options go after the command: nstcam {context.invoked_subcommand} ... --style")
        return
    largest = parse_size(work_size)
    asked_size = parse_size(size) if size else None
    if pixels not in ("auto", "mjpg", "yuyv"):
        raise typer.BadParameter(f"--format {pixels} is unknown; use auto, mjpg or yuyv")
    from realtime.style import find_style, list_styles

    styles = [find_style(name) for name in style] if style else list_styles()
    if not styles:
        raise NstError("no styles found; make one with nst-train and nst-export, or reinstall nstcam")
    quiet_opencv()
    notices = Notices()
    from realtime.cameras import Mode
    from realtime.control import Control
    from realtime.gallery import Gallery
    from realtime.live import run
    from realtime.look import Look
    from realtime.open_source import open_source
    from realtime.recording import Recorder
    from realtime.sinks import Window

    remote = Control()
    if control is not None:
        notices.add(f"listening for commands at 127.0.0.1:{remote.listen_at(control)}")
    if not window and may_read_input():
        remote.listen_to(sys.stdin, lambda text: print(text, flush=True))
    preview = Window() if window else None
    source = open_source(camera, Mode(asked_size, fps, pixels), notices.add)
    gallery = Gallery(styles, stylizer_opener(device, threads, notices))
    sender = virtual_camera_of(virtual_camera, notices)
    recorder = Recorder(record, Path(), overwrite=overwrite)
    show_status = status_line() if not window and sys.stderr.isatty() else None

    def tick(reading: Reading, device_used: str) -> None:
        notices.tell()
        if show_status:
            show_status(reading, device_used)

    try:
        with stop_on_interrupt() as stop:
            reading = run(
                source,
                gallery,
                preview,
                work_size=largest,
                look=Look(strength=strength, steady=steady),
                target_fps=target_fps,
                recorder=recorder,
                virtual_camera=sender,
                remote=remote,
                mirror=is_camera(camera) if mirror is None else mirror,
                frames=frames,
                tick=tick,
                stop=stop,
            )
        device_used = gallery.device
    finally:
        gallery.close()
    print(
        f"{reading.frames} frames, {reading.mean_fps:.1f} fps, {reading.mean_ms:.0f} ms a frame on {device_used}, "
        f"{reading.dropped} dropped"
    )


def is_camera(spec: str) -> bool:
    """A camera of this machine: people want to see themselves as in a mirror."""
    return spec != "test" and "://" not in spec and not Path(spec).is_file()


def may_read_input() -> bool:
    """False for a job in the background of a terminal, which reading would stop."""
    if sys.stdin is None or sys.stdin.closed:
        return False
    return not (sys.stdin.isatty() and hasattr(os, "tcgetpgrp") and os.tcgetpgrp(0) != os.getpgrp())


def virtual_camera_of(wanted: str | None, notices: Notices) -> VirtualCamera:
    """On at once if `wanted`; without its driver a line, or an error if it is `required`."""
    from realtime.virtualcam import VirtualCamera

    camera = VirtualCamera(None if wanted in (None, "auto", "required") else wanted)
    if wanted is not None:
        try:
            notices.add(camera.toggle())
        except NstError as error:
            if wanted == "required":
                raise
            notices.add(str(error))
    return camera
