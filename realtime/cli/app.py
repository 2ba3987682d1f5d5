"""nstcam: live by default (live_cli), files (video_cli), and commands that list and test what there is.

Imports of OpenCV, PyAV and ONNX Runtime wait until a command needs them: `nstcam --help` answers at once.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from nstcam.realtime.cli import bench, video
from nstcam.realtime.cli.interrupt import INTERRUPTED
from nstcam.realtime.cli.live import live
from nstcam.realtime.cli.opencv_settings import quiet_opencv
from nstcam.realtime.cli.options import JsonOption
from nstcam.realtime.cli.usage import UsageError, usage_line
from nstcam.realtime.errors import NstError, refused_by_system

if TYPE_CHECKING:
    from nstcam.realtime.engine.style import Style

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
app.callback(invoke_without_command=True)(live)
video.register(app)
app.command()(bench.bench)


@app.command()
def styles(as_json: JsonOption = False) -> None:
    """List the styles: the bundled ones, then your own."""
    from nstcam.realtime.engine.style import list_styles, user_styles

    found = list_styles()
    if as_json:
        print(json.dumps([style_record(style) for style in found], indent=1))
        return
    rows = []
    for style in found:
        precision = style.precision + (", int8" if style.int8_path else "")
        where = "bundled" if style.bundled else str(style.path)
        rows.append((style.name, style.label, style.year, style.network, precision, where))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(f"\nyour own styles belong in {user_styles()}")


def style_record(style: Style) -> dict[str, object]:
    from dataclasses import asdict

    int8_path = None if style.int8_path is None else str(style.int8_path)
    return {**asdict(style), "path": str(style.path), "int8_path": int8_path, "bundled": style.bundled}


@app.command()
def cameras(
    measure: Annotated[
        bool, typer.Option("--measure", help="Open each camera in each of its modes and measure what comes.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the cameras of this machine and their modes."""
    quiet_opencv()
    from nstcam.realtime.capture.cameras import list_cameras
    from nstcam.realtime.capture.mode_trials import driver_modes, listing, record, to_try, try_out
    from nstcam.realtime.capture.opencv import open_camera

    records = []
    for camera in list_cameras():
        listed, trials = driver_modes(camera), []
        if not as_json:
            print("\n    ".join([f"{camera.index}  {camera.name}", *listing(listed)]), flush=True)
        for trial in try_out(to_try(listed) if measure else [], partial(open_camera, camera.index)):
            trials.append(trial)
            if not as_json:
                print(f"    {'works' if trial.works else 'fails'}  {trial.line}", flush=True)
        records.append(record(camera, listed, trials))
    if as_json:
        print(json.dumps(records, indent=1))
    elif not records:
        print("no camera found; nstcam --camera test needs none", file=sys.stderr)


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Try out what this machine can do; exits with 1 if something is broken."""
    quiet_opencv()
    from dataclasses import asdict

    from nstcam.realtime.checkup.doctor import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            cure = f"; {finding.cure}" if finding.cure else ""
            print(f"{finding.state:<6}{finding.what}: {finding.text}{cure}", flush=True)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


def with_default_device(arguments: Sequence[str]) -> list[str]:
    """`--virtual-camera` alone means `--virtual-camera auto`: typer has no options whose value may be missing."""
    found = list(arguments)
    for at, word in enumerate(arguments):
        if word == "--virtual-camera" and (at + 1 == len(arguments) or arguments[at + 1].startswith("-")):
            found[at] = "--virtual-camera=auto"
    return found


def main() -> None:
    logging.basicConfig(format="nstcam: %(message)s", level=logging.WARNING)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold bytes that are no text
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(with_default_device(sys.argv[1:]), standalone_mode=False))
    except UsageError as error:
        print(f"nstcam: {usage_line(error)}", file=sys.stderr)
        sys.exit(2)
    except (NstError, OSError) as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        print(f"nstcam: {refused_by_system(error) if isinstance(error, OSError) else error}", file=sys.stderr)
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
