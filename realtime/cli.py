"""nstcam: live by default; video, image and styles as commands.

Imports of OpenCV, PyAV and ONNX Runtime wait until a command needs them: `nstcam --help` answers at once.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from realtime import video_cli
from realtime.errors import NstError

if TYPE_CHECKING:
    from realtime.meter import Reading
    from realtime.style import Style
    from realtime.stylizer import Stylizer
    from realtime.virtualcam import VirtualCamera

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

INTERRUPTED: Final = 130

DEFAULT_STYLE: Final = "starry"

DeviceOption = Annotated[str, typer.Option(help="auto, cuda or cpu.")]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="CPU threads of the network. Default: all cores.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]


def parse_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT -> (width, height)."""
    match = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", text)
    if match is None or min(int(match[1]), int(match[2])) < 32:
        raise typer.BadParameter(f"{text} is not a size; write WIDTHxHEIGHT of at least 32x32, like 640x480")
    return int(match[1]), int(match[2])


def show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"nstcam {version('nstcam')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
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
    from realtime.recording import Recorder
    from realtime.sinks import Window
    from realtime.sources import open_source

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


video_cli.register(app)


@app.command()
def styles(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """List the styles: your own first after the bundled ones."""
    from realtime.style import list_styles, user_styles

    found = list_styles()
    if as_json:
        import json

        print(json.dumps([style_record(style) for style in found], indent=1))
        return
    for style in found:
        where = "bundled" if style.bundled else str(style.path)
        print(f"{style.name:<12} {style.label:<52} {style.year:<9} {style.network} {style.precision:<9} {where}")
    print(f"\nyour own styles belong in {user_styles()}")


def style_record(style: Style) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(style), "path": str(style.path), "bundled": style.bundled}


@app.command()
def cameras(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """List the cameras of this machine."""
    quiet_opencv()
    from realtime.cameras import list_cameras

    found = list_cameras()
    if as_json:
        import json

        print(json.dumps([{"index": camera.index, "name": camera.name} for camera in found]))
        return
    for camera in found:
        print(f"{camera.index}  {camera.name}")
    if not found:
        print("no camera found; nstcam --camera test needs none", file=sys.stderr)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Try out what this machine can do; exits with 1 if something is broken."""
    quiet_opencv()
    from dataclasses import asdict

    from realtime.cameras import Mode, negotiated
    from realtime.doctor import examine
    from realtime.sources import open_camera

    def check_camera(index: int) -> str:
        capture = open_camera(index)
        try:
            return negotiated(capture, Mode())
        finally:
            capture.release()

    findings = examine(check_camera=check_camera)
    if as_json:
        import json

        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print(f"{finding.state:<6}{finding.what}: {finding.text}{'; ' if finding.cure else ''}{finding.cure}")
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


class Notices:
    """Lines for the user, each printed once and not before a first frame succeeded: errors stand alone."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._told: set[str] = set()

    def add(self, line: str | None) -> None:
        if line and line not in self._told:
            self._told.add(line)
            self._waiting.append(line)

    def tell(self) -> None:
        while self._waiting:
            print(f"nstcam: {self._waiting.pop(0)}", file=sys.stderr)


def stylizer_opener(device: str, threads: int | None, notices: Notices) -> Callable[[Style], Stylizer]:
    from realtime.stylizer import Stylizer

    def open_stylizer(style: Style) -> Stylizer:
        stylizer = Stylizer(style, device, threads)
        notices.add(stylizer.notice)
        return stylizer

    return open_stylizer


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


def open_style(name: str, device: str, threads: int | None, notices: Notices) -> Stylizer:
    from realtime.style import find_style

    return stylizer_opener(device, threads, notices)(find_style(name))


def quiet_opencv() -> None:
    """Settings that OpenCV reads while it is imported, where the user has not set them."""
    settings = {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0"}  # cameras on Windows open in 4-20 s with it
    if not os.environ.get("NSTCAM_DEBUG"):  # our errors say it in one line, and without the password of a URL
        settings |= {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    if sys.platform == "linux" and os.environ.get("DISPLAY"):
        settings["QT_QPA_PLATFORM"] = "xcb"  # the only one in OpenCV's wheels; else a warning under Wayland
    for name, value in settings.items():
        os.environ.setdefault(name, value)


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Gives a question that Ctrl-C (or SIGTERM) answers with yes; the second Ctrl-C ends the program at once."""
    asked = False
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(number, previous[signal.Signals(number)])

    for number in previous:
        signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int | None, float], None]]:
    """Gives a function of frames done, frames in all (or None) and frames a second."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    # Gone when it ends, and not in logs: an error then stands alone.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None, speed="")
        yield lambda done, total, fps: bar.update(task, completed=done, total=total, speed=f"{fps:.1f} fps")


def status_line() -> Callable[[Reading, str], None]:
    """Rewrites one line of the terminal, at most once a second."""
    import time

    written = 0.0

    def tick(reading: Reading, device: str) -> None:
        nonlocal written
        if time.monotonic() - written >= 1:
            written = time.monotonic()
            print(f"\r{reading.fps:.1f} fps  {reading.ms:.0f} ms  {device} ", end="", file=sys.stderr, flush=True)

    return tick


def main() -> None:
    logging.basicConfig(format="nstcam: %(message)s", level=logging.WARNING)
    try:
        app()
    except NstError as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        print(f"nstcam: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ImportError as error:
        if "libGL" not in str(error):
            raise
        print(
            f"nstcam: OpenCV cannot be loaded ({error}); on Debian and Ubuntu: apt install libgl1. Without a screen: "
            "pip uninstall opencv-python && pip install opencv-python-headless",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
