"""nstcam bench: how fast this machine is. OpenCV and ONNX Runtime are imported only when the command runs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from nstcam.realtime.cli.options import complete
from nstcam.realtime.cli.options.common import (
    DeviceOption,
    JsonOption,
    StrokeScaleOption,
    ThreadsOption,
    finite,
    parse_size,
)
from nstcam.realtime.cli.running.opencv_settings import quiet_opencv
from nstcam.realtime.cli.running.opening import open_style
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.style_files.library import FIRST


def bench(
    size: Annotated[str, typer.Option(help="Size of the frames, as WIDTHxHEIGHT.")] = "1280x720",
    stroke_scale: StrokeScaleOption = 1,
    style: Annotated[str, typer.Option(autocompletion=complete.styles, help="Name, picture or .onnx file.")] = FIRST,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=600, callback=finite, help="How long to time frames.")] = 5.0,
    as_json: JsonOption = False,
) -> None:
    """Measure frames per second, each stage, the share of the hardware's limit, and which size holds 30 fps."""
    size_wh = parse_size(size)
    quiet_opencv()
    from dataclasses import asdict

    from nstcam.realtime.checkup.bench import bench as measure
    from nstcam.realtime.checkup.bench_report import report

    notices = Notices()
    stylizer = open_style(style, device, threads, notices)
    try:
        result = measure(stylizer.style, stylizer, size_wh, threads, seconds, stroke_scale)
    finally:
        stylizer.close()
    notices.tell()
    print(json.dumps(asdict(result), indent=1) if as_json else report(result))
