"""nstcam without a command: parses and checks the options of the live window, then starts it.

OpenCV, PyAV and ONNX Runtime are imported only when they are needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nstcam.realtime.cli.live.learners import learners_of
from nstcam.realtime.cli.live.options import LiveOptions, check_live, options_given
from nstcam.realtime.cli.options import complete
from nstcam.realtime.cli.options.common import (
    FOLLOW,
    STROKE_SCALE,
    BrowserOption,
    DeviceOption,
    OnlyOption,
    OverwriteOption,
    SteadyOption,
    ThreadsOption,
    finite,
)
from nstcam.realtime.cli.options.scene import BACKGROUND_OPTION, PAINT_OPTION
from nstcam.realtime.cli.running.opencv_settings import quiet_opencv


def show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"nstcam {version('nstcam')}")
        raise typer.Exit


# typer makes the command line from the signature: one parameter per option.
def live(
    context: typer.Context,
    camera: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete.cameras,
            help="Number, name, video or picture file, frames/%05d.png, folder of pictures, URL, screen, or test for a "
            "test pattern. Default: 0.",
        ),
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Play a video file again whenever it ends.")] = False,
    size: Annotated[str | None, typer.Option(help="Size to ask the camera for, like 1280x720.")] = None,
    fps: Annotated[
        float | None,
        typer.Option(min=1, max=240, callback=finite, help="Frame rate to ask the camera for, or to play pictures at."),
    ] = None,
    pixels: Annotated[
        str | None,
        typer.Option(
            "--format",
            autocompletion=complete.pixel_formats,
            help="Pixel format to ask the camera for: auto, mjpg or yuyv.",
        ),
    ] = None,
    style: Annotated[
        list[str] | None,
        typer.Option(
            autocompletion=complete.styles,
            help="Name, picture or .onnx file to begin with; repeat it for several. All others follow.",
        ),
    ] = None,
    only: OnlyOption = None,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Learn pictures while they are shown (key l); needs pip install 'nstcam[train]'."),
    ] = False,
    stroke_scale: Annotated[float | None, STROKE_SCALE] = None,
    output_size: Annotated[
        str | None, typer.Option(help="Larger frames are scaled down to fit into this. Default: 1920x1080.")
    ] = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    window: Annotated[
        bool, typer.Option("--window/--no-window", help="Without a window, type commands; help lists them.")
    ] = True,
    mirror: Annotated[
        bool | None, typer.Option("--mirror/--no-mirror", help="Flip the preview. Default: for cameras only.")
    ] = None,
    fullscreen: Annotated[
        bool | None, typer.Option("--fullscreen/--no-fullscreen", help="Start in full screen; key f switches.")
    ] = None,
    clean: Annotated[
        bool | None,
        typer.Option("--clean/--no-clean", help="Start with nothing drawn on the picture, for capturing the window."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Record from the start, to .mp4, .mov or .mkv; key r switches.")
    ] = None,
    overwrite: OverwriteOption = False,
    microphone: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Microphone to record: name or number; without a value, the system's default."
        ),
    ] = None,
    virtual_camera: Annotated[
        str | None,
        typer.Option(metavar="DEVICE", help="Without a value, any device. required: fail if there is none."),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send the picture to rtmp://, rtmps://, srt://, rtsp://, udp:// or tcp://."),
    ] = None,
    stream_bitrate: Annotated[
        int | None,
        typer.Option(
            min=100, max=100_000, metavar="KBIT", help="Most kilobits of it per second. Default: by its size."
        ),
    ] = None,
    control: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Local port that takes commands; 0 for a free one.")
    ] = None,
    page: Annotated[
        str | None,
        typer.Option(
            metavar="[[HOST:]PORT]",
            help="A page in the browser that controls and shows the picture; without a value, port 8600.",
        ),
    ] = None,
    browser: BrowserOption = True,
    osc: Annotated[
        str | None,
        typer.Option(
            metavar="[HOST:]PORT", help="UDP port that takes OSC messages, by default from this machine only."
        ),
    ] = None,
    midi: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="MIDI input that gives commands; without a value, the first."),
    ] = None,
    controls: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Table of what MIDI and OSC controls do (TOML).")
    ] = None,
    every: Annotated[
        float | None, typer.Option(min=0.5, max=86400, callback=finite, help="Change style every so many seconds.")
    ] = None,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="With --every: in random order.")] = False,
    steady: SteadyOption = None,
    follow: Annotated[bool | None, FOLLOW] = None,
    brighten: Annotated[
        bool | None,
        typer.Option("--brighten/--no-brighten", help="Paint dark frames as if there were more light. Default: on."),
    ] = None,
    strength: Annotated[
        float | None, typer.Option(min=0, max=1, callback=finite, help="1 is the style, 0 the original. Default: 1.")
    ] = None,
    keep_colors: Annotated[
        bool | None,
        typer.Option(
            "--keep-colors/--no-keep-colors", help="Keep the original colours, with the brightness of the style; key k."
        ),
    ] = None,
    paint: Annotated[str | None, PAINT_OPTION] = None,
    background: Annotated[str | None, BACKGROUND_OPTION] = None,
    target_fps: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=240,
            callback=finite,
            help="Frame rate to hold with smaller paintings, 0 for none. Default: on a CPU the camera's, up to 30.",
        ),
    ] = None,
    use_settings: Annotated[
        bool,
        typer.Option(
            "--settings/--no-settings", help="Start with the settings saved with key w; options override them."
        ),
    ] = True,
    frames: Annotated[int | None, typer.Option(min=1, help="Stop after this many frames.")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Repaint live video in the style of a painting. Press h in the window to see the keys."""
    if context.invoked_subcommand is not None:
        given = options_given(context)
        if given:
            after = f"nstcam {context.invoked_subcommand} ... {' '.join(given)}"
            raise typer.BadParameter(f"options go after the command: {after}")
        return
    quiet_opencv()  # before anything imports OpenCV
    changes = {
        "size": size, "fps": fps, "format": pixels, "output_size": output_size, "stroke_scale": stroke_scale,
        "paint": paint, "background": background, "mirror": mirror, "fullscreen": fullscreen, "clean": clean,
        "steady": steady, "follow": follow, "brighten": brighten, "strength": strength, "keep_colors": keep_colors,
        "target_fps": target_fps,
    }  # fmt: skip
    options = LiveOptions(
        camera=camera, loop=loop, styles=tuple(style or ()), only=tuple(only or ()), changes=changes,
        use_settings=use_settings, device=device, threads=threads, window=window, record=record, overwrite=overwrite,
        virtual_camera=virtual_camera, microphone=microphone, stream=stream, stream_bitrate=stream_bitrate,
        control=control, page=page, browser=browser, osc=osc, midi=midi, controls=controls, every=every,
        shuffle=shuffle, frames=frames, learn=learn,
    )  # fmt: skip
    check_live(options)
    from nstcam.realtime.cli.live.start import start

    start(options, learners_of(options, context.obj))
