"""nstcam: the live window without a command, and the commands video, image, join, serve, bench, styles, cameras,
microphones, midi and doctor.

OpenCV, PyAV and ONNX Runtime are imported only when a command needs them, so that `nstcam --help` answers at once.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import typer

from nstcam.media.shown import ShownFormatter, shown
from nstcam.realtime.cli import bench, inspect
from nstcam.realtime.cli.live.command import live
from nstcam.realtime.cli.live.learners import begun_for
from nstcam.realtime.cli.options.usage import UsageError, usage_line
from nstcam.realtime.cli.running.interrupt import INTERRUPTED, leave, watched
from nstcam.realtime.cli.serve import command as serve
from nstcam.realtime.cli.video import command as video
from nstcam.realtime.cli.video import join
from nstcam.realtime.cli.words import Commands
from nstcam.realtime.errors import NstError, refused_by_system
from nstcam.realtime.quiet_codecs import keep_own_lines

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, cls=Commands)
app.callback(invoke_without_command=True)(live)
video.register(app)
join.register(app)
app.command()(serve.serve)
app.command()(bench.bench)
inspect.register(app)


_DEFAULT_DEVICES: Final = {"--virtual-camera": "auto", "--microphone": "default", "--midi": "any", "--page": "8600"}


def with_default_device(arguments: Sequence[str]) -> list[str]:
    """Makes `--virtual-camera` alone mean `--virtual-camera auto`: in typer, an option cannot leave out its value."""
    found = list(arguments)
    for at, word in enumerate(arguments):
        if word in _DEFAULT_DEVICES and (at + 1 == len(arguments) or arguments[at + 1].startswith("-")):
            found[at] = f"{word}={_DEFAULT_DEVICES[word]}"
    return found


def main() -> None:
    # Before NumPy is imported: its products are of small matrices, on threads of ours; its own would only spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_own_lines()
    to_terminal = logging.StreamHandler()
    to_terminal.setFormatter(ShownFormatter("nstcam: %(message)s"))
    logging.basicConfig(handlers=[to_terminal], level=logging.WARNING)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold bytes that are not text
            stream.reconfigure(errors="backslashreplace")
    with watched():
        code = _exit_code()
    leave(code)


def _exit_code() -> int:
    """Runs the command line. Prints an error as one line."""
    try:
        arguments = with_default_device(sys.argv[1:])
        with ExitStack() as opened:
            early = begun_for(arguments)
            if early is not None:
                opened.callback(early.close)
            return int(app(arguments, prog_name="nstcam", standalone_mode=False, obj=early) or 0)
    except UsageError as error:
        print(f"nstcam: {shown(usage_line(error))}", file=sys.stderr)
        return 2
    except (NstError, OSError) as error:
        if os.environ.get("NSTCAM_DEBUG"):
            raise
        line = refused_by_system(error) if isinstance(error, OSError) else str(error)
        print(f"nstcam: {shown(line)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except ImportError as error:
        if "libGL" not in str(error):
            raise
        print(
            f"nstcam: OpenCV cannot be loaded ({error}); on Debian and Ubuntu: apt install libgl1. Without a screen: "
            "pip uninstall opencv-python && pip install opencv-python-headless",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    main()
