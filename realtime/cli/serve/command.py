"""nstcam serve: a page whose visitors bring their cameras. OpenCV and ONNX Runtime are imported only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from nstcam.realtime.cli.options import complete
from nstcam.realtime.cli.options.common import BrowserOption, DeviceOption, OnlyOption, ThreadsOption
from nstcam.realtime.cli.running.opencv_settings import quiet_opencv
from nstcam.realtime.cli.serve.options import ServeOptions

AUTO: Final = "auto"


# typer makes the command line from the signature: one parameter per option.
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 for the whole network, with --certificate.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0 for a free one.")] = 8600,
    visitors: Annotated[
        int, typer.Option(min=1, max=64, help="How many are painted at the same time; others wait.")
    ] = 4,
    style: Annotated[
        list[str] | None,
        typer.Option(autocompletion=complete.styles, help="Style to begin with; repeat it for which come first."),
    ] = None,
    only: OnlyOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|auto",
            help="Certificate for TLS (PEM), which browsers want on a network; auto makes one on the spot.",
        ),
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")] = None,
    static: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a folder for any web server instead, in which the browser paints."),
    ] = None,
    runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="For --static, to paint on graphics cards and styles of other networks: dist of the npm package "
            "onnxruntime-web.",
        ),
    ] = None,
    browser: BrowserOption = True,
) -> None:
    """Show a page that paints what the cameras of its visitors see, each in a style of their own."""
    own_certificate = certificate == Path(AUTO) and key is None
    if own_certificate:
        certificate = None
    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate FILE and --key FILE go together; give both, or --certificate auto")
    if not host:
        raise typer.BadParameter("--host is empty; give an address of this machine, like 127.0.0.1 or 0.0.0.0")
    if runtime is not None and static is None:
        raise typer.BadParameter("--runtime is for --static DIR")
    options = ServeOptions(
        host=host.strip("[]"), port=port, visitors=visitors, styles=tuple(style or ()), only=tuple(only or ()),
        device=device, threads=threads, certificate=certificate, key=key, own_certificate=own_certificate,
        static=static, runtime=runtime, browser=browser,
    )  # fmt: skip
    quiet_opencv()
    from nstcam.realtime.cli.serve.start import start, write_folder

    if options.static is not None:
        write_folder(options, options.static)
    else:
        start(options)
