"""nstcam join: parses its options, then starts.

PyAV is imported only when it is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nstcam.media.shown import counted, shown
from nstcam.realtime.cli.options.common import OverwriteOption
from nstcam.realtime.cli.options.usage import as_usage_error
from nstcam.realtime.cli.video.checks import check_no_addresses


def register(app: typer.Typer) -> None:
    app.command()(join)


def join(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="The video that the parts were made from; its sound is used.")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT")],
    parts: Annotated[list[Path], typer.Argument(metavar="PART...", help="All .nstpart files, in any order.")],
    overwrite: OverwriteOption = False,
) -> None:
    """Join the parts made by nstcam video --segment into one video, without encoding again."""
    from nstcam.realtime.files import check_suffix
    from nstcam.realtime.video.parts import join_parts
    from nstcam.realtime.video.reading.formats import FORMATS

    check_no_addresses((source, target, *parts))
    with as_usage_error():
        check_suffix(target, FORMATS)
    seconds = join_parts(source, target, parts, overwrite=overwrite).duration
    print(f"{shown(str(target))}: {seconds:.2f} s, joined from {counted(len(parts), 'part')}")
