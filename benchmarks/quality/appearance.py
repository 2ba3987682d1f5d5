"""Measures how bold and how steady the bundled styles are, in one table: contrast, colour, tone, faces and flicker.

    python -m benchmarks.quality.appearance --paintings FOLDER [--style NAME]... [--steady-size 1280x720] [--json FILE]
                                            PHOTOGRAPH...

The figures are those of nst-eval (docs/quality.md) that need no loss network: appearance at 640x480 as this machine's
CPU paints, averaged over the photographs, and for the first of them flicker gain (noise of 4 levels) and the warp error
of a camera that moves by 2 px, as painted and with --steady 0.8. FOLDER is as in benchmarks.quality.make_references.
--steady-size (480x360) is the size of the frames for flicker and warp error; larger ones are painted as nstcam does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.quality.make_references import bundled_styles, painting_of
from benchmarks.tools.machine import machine, title
from benchmarks.tools.markdown import table
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import appearance, means, range_of
from nstcam.export.evaluate.closeness import painted_rgb
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import sized
from nstcam.export.evaluate.steadiness_trials import still_and_moving
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import size_of
from nstcam.realtime.style_files.style import Style
from nstcam.train.errors import TrainError
from nstcam.train.picture import read_rgb, shrink_to

SIZE: Final = "640x480"
STEADY: Final = 0.8
COLUMNS: Final = {
    "contrast / painting's": "contrast / painting's",
    "chroma / painting's": "chroma / painting's",
    "tone slope": "tone slope",
    "scene colour": "scene colour (R2)",
    "contour": "contour",
}
"""Columns of the table, and the figures of nst-eval in them."""


def measure(
    style: Style, painting: Path, photographs: Sequence[Path], steady_wh: tuple[int, int] | None
) -> dict[str, float]:
    """The row of one style, by column."""
    wanted = range_of(shrink_to(read_rgb(painting), LossSettings.of_style(style.path).style_size))
    with Stylizer(style, "cpu") as stylizer:
        photos = [sized(read_rgb(path), SIZE) for path in photographs]
        seen = means([appearance(painted_rgb(stylizer.stylize, photo), photo, (), wanted) for photo in photos])
        steadiness = still_and_moving(stylizer.stylize, photographs[0], STEADY, steady_wh)
    return {name: seen.get(figure, float("nan")) for name, figure in COLUMNS.items()} | steadiness


def cell(column: str, value: float) -> str:
    return f"{value:.3f}" if column.startswith("warp") else f"{value:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path, nargs="+", metavar="PHOTOGRAPH")
    parser.add_argument("--paintings", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--style", action="append", metavar="NAME", help="repeatable; default: all bundled ones")
    parser.add_argument("--steady-size", metavar="WIDTHxHEIGHT")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    steady_wh = size_of(asked.steady_size or "")
    if asked.steady_size and not steady_wh:
        parser.error(f"--steady-size {asked.steady_size}: write WIDTHxHEIGHT, like 1280x720")
    host, rows = machine(), dict[str, dict[str, float]]()
    try:
        for style in bundled_styles(asked.style):
            painting = painting_of(style.name, asked.paintings)
            if painting is None:
                raise ExportError(f"there is no painting for style {style.name} in {asked.paintings}")
            rows[style.name] = measure(style, painting, asked.photographs, steady_wh)
            print(style.name, file=sys.stderr, flush=True)
    except (NstError, ExportError, TrainError) as error:
        sys.exit(f"benchmarks.quality.appearance: {error}")
    print(f"{title(host)}\n\n{table(rows, '', cell)}")
    if asked.json is not None:
        asked.json.write_text(json.dumps({"machine": host, "styles": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
