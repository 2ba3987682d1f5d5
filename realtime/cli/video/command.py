"""nstcam video and nstcam image: each command parses and checks its options, then starts.

OpenCV, PyAV and ONNX Runtime are imported only when a command needs them.
"""

from __future__ import annotations

from typing import Annotated

import typer

from nstcam.realtime.cli.options import complete
from nstcam.realtime.cli.options.common import (
    FOLLOW,
    ClusterOption,
    DeviceOption,
    JsonOption,
    LearnOption,
    OverwriteOption,
    SteadyOption,
    StrokeScaleOption,
    ThreadsOption,
    WorkersOption,
    finite,
    parse_size,
)
from nstcam.realtime.cli.options.scene import (
    BACKGROUND_OPTION,
    IMAGE_BACKGROUND_OPTION,
    PAINT_OPTION,
    parse_background,
)
from nstcam.realtime.cli.video.checks import check_image, check_video
from nstcam.realtime.cli.video.options import (
    ALL_STYLES,
    BrightenOption,
    ImageOptions,
    KeepColorsOption,
    OutputDirOption,
    PathsArgument,
    StrengthOption,
    VideoOptions,
)
from nstcam.realtime.cli.video.texts import parse_bytes, parse_cut, parse_part, parse_styles, with_sheet_named
from nstcam.realtime.people.words import ALL, BLUR, CLEAR, OFF
from nstcam.realtime.style_files.library import FIRST


def register(app: typer.Typer) -> None:
    app.command()(video)
    app.command()(image)


# typer makes the command line from the signature: one parameter per option.
def video(
    paths: PathsArgument,
    style: Annotated[
        list[str] | None,
        typer.Option(
            autocompletion=complete.styles,
            help="Name, picture or .onnx file. Repeat as SECONDS:NAME, like 4.5:wave, to change it during the video.",
        ),
    ] = None,
    learn: LearnOption = None,
    fade: Annotated[float, typer.Option(min=0, callback=finite, help="Seconds of cross-fade between styles.")] = 1.0,
    strength: StrengthOption = 1.0,
    keep_colors: KeepColorsOption = False,
    steady: SteadyOption = None,
    follow: Annotated[bool, FOLLOW] = True,
    brighten: BrightenOption = True,
    stroke_scale: StrokeScaleOption = 1,
    paint: Annotated[str, PAINT_OPTION] = ALL,
    background: Annotated[str, BACKGROUND_OPTION] = OFF,
    start: Annotated[str | None, typer.Option("--from", help="Where to start: seconds or hh:mm:ss.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Where to end: seconds or hh:mm:ss.")] = None,
    fps: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Frames per second of pictures, like frames/%05d.png or a folder."),
    ] = None,
    matte: Annotated[
        str | None,
        typer.Option(
            metavar="COLOUR",
            help="Colour to show behind transparent parts, which are kept otherwise: #rrggbb, white, ...",
        ),
    ] = None,
    bits: Annotated[
        int | None, typer.Option(help="Bits per channel of numbered pictures, 8 or 16. Default: those of the source.")
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Shrink a .gif, .apng or .webp until it is no larger than this, like 8MB."),
    ] = None,
    pipe: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete.pipes,
            help="What - writes to standard output: y4m (default), rawvideo, nut or matroska.",
        ),
    ] = None,
    pixel_format: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Pixel format of raw pixels on standard input and output, like bgr24."),
    ] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="Standard input (-) is raw pixels of this size, at --fps.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="IN is -, and stands for this address: http, rtsp, rtmp, udp, ... Live, give --to, too."
        ),
    ] = None,
    codec: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete.codecs,
            help="h264, hevc, av1, vp9, prores or qtrle. Default: h264, or vp9 for .webm.",
        ),
    ] = None,
    quality: Annotated[int, typer.Option(min=0, max=51, help="0 is the best, 51 the smallest file.")] = 18,
    encoder: Annotated[
        str,
        typer.Option(
            autocompletion=complete.encoders,
            help="auto (hardware if it works), software, nvenc, qsv, amf, vaapi, videotoolbox or mediafoundation.",
        ),
    ] = "auto",
    preview: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="Write only a contact sheet of this many frames, as a picture, to OUT."),
    ] = None,
    segment: Annotated[
        str | None,
        typer.Option(help="I/N: convert only the I-th of N parts, to OUT.nstpart; nstcam join puts them together."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue interrupted runs and skip finished files.")
    ] = False,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    output_dir: OutputDirOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Repaint video files and numbered pictures; sound, subtitles, timing, size and rotation are kept."""
    from nstcam.realtime.effects.steady import DEFAULT
    from nstcam.realtime.video.painting import VideoSettings

    begins, ends = parse_cut(start, end)
    settings = VideoSettings(
        brighten=brighten, stroke_scale=stroke_scale,
        start=begins, end=ends, codec=codec, quality=quality, encoder=encoder,
        strength=strength, keep_colors=keep_colors, steady=DEFAULT if steady is None else steady, follow=follow,
        fps=fps, matte=matte, bits=bits, size=parse_size(size) if size is not None else None, pixels=pixel_format,
        url=url,
    )  # fmt: skip
    options = VideoOptions(
        paths=tuple(paths), output_dir=output_dir, device=device, threads=threads,
        overwrite=overwrite, as_json=as_json,
        styles=parse_styles(style or [FIRST]), fade=fade, settings=settings, preview=preview,
        pipe=pipe, max_size=parse_bytes(max_size) if max_size is not None else None,
        paint=paint, behind=parse_background(background),
        part=parse_part(segment) if segment is not None else None, resume=resume, learn=learn,
        cluster=cluster, workers=workers,
    )  # fmt: skip
    check_video(options)
    if cluster is not None:
        from nstcam.realtime.cli.video.cluster_files import convert_videos_on_cluster

        convert_videos_on_cluster(options)
        return
    from nstcam.realtime.cli.video.convert_files import convert_videos

    convert_videos(options)


# As above: one parameter per option.
def image(
    paths: PathsArgument,
    style: Annotated[
        str,
        typer.Option(
            autocompletion=complete.styles_or_all,
            help="Name (see nstcam styles), picture or .onnx file; all: a sheet of all; without OUT, IN-styles.jpg.",
        ),
    ] = FIRST,
    learn: LearnOption = None,
    strength: StrengthOption = 1.0,
    keep_colors: KeepColorsOption = False,
    brighten: BrightenOption = True,
    stroke_scale: StrokeScaleOption = 1,
    paint: Annotated[str, PAINT_OPTION] = ALL,
    background: Annotated[str, IMAGE_BACKGROUND_OPTION] = OFF,
    resume: Annotated[bool, typer.Option("--resume", help="Skip finished pictures.")] = False,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    output_dir: OutputDirOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Repaint pictures; size, transparency, colour profile and 16 bits are kept."""
    given = with_sheet_named(paths, output_dir) if style == ALL_STYLES else tuple(paths)
    options = ImageOptions(
        paths=given, output_dir=output_dir, device=device, threads=threads,
        overwrite=overwrite, as_json=as_json, style=style, strength=strength, keep_colors=keep_colors,
        brighten=brighten, stroke_scale=stroke_scale, paint=paint,
        behind=parse_background(background, (OFF, BLUR, CLEAR)), learn=learn, resume=resume,
        cluster=cluster, workers=workers,
    )  # fmt: skip
    check_image(options)
    if cluster is not None:
        from nstcam.realtime.cli.video.cluster_files import convert_images_on_cluster

        convert_images_on_cluster(options)
        return
    from nstcam.realtime.cli.video.convert_files import convert_images

    convert_images(options)
