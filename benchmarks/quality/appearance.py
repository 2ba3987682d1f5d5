"""Measures how bold and how steady the bundled styles are, in one table: contrast, colour, tone, faces and flicker.

    python -m benchmarks.quality.appearance --paintings FOLDER [--style NAME]... [--json FILE] PHOTOGRAPH...

The figures are those of nst-eval (docs/quality.md) that need no loss network: appearance at 640x480 as this machine's
CPU paints, averaged over the photographs, and for the first of them flicker gain (noise of 4 levels) and the warp error
of a camera that moves by 2 px, as painted and with --steady 0.8. FOLDER is as in benchmarks.quality.make_references.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.quality.make_references import bundled_styles, painting_of
from benchmarks.tools.machine import machine, title
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import contour, range_of, scene_colour, tone_slope
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import sized
from nstcam.export.evaluate.steadiness_trials import still_and_moving
from nstcam.realtime.engine.style import Style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.train.errors import TrainError
from nstcam.train.picture import Picture, read_rgb, shrink_to

SIZE: Final = "640x480"
STEADY: Final = 0.8


def measure(style: Style, painting: Path, photographs: Sequence[Path]) -> dict[str, float]:
    """The row of one style, by column."""
    wanted = range_of(shrink_to(read_rgb(painting), LossSettings.of_style(style.path).style_size))
    with Stylizer(style, "cpu") as stylizer:
        photos = [sized(read_rgb(path), SIZE) for path in photographs]
        painted: list[Picture] = [
            np.ascontiguousarray(stylizer.stylize(np.ascontiguousarray(photo[..., ::-1]))[..., ::-1])
            for photo in photos
        ]
        steadiness = still_and_moving(stylizer.stylize, photographs[0], STEADY)
    ranges = [range_of(picture) for picture in painted]
    pairs = list(zip(painted, photos, strict=True))
    return {
        "contrast / painting's": float(np.mean([r.contrast for r in ranges])) / wanted.contrast,
        "chroma / painting's": float(np.mean([r.chroma for r in ranges])) / max(wanted.chroma, 1.0),
        "tone slope": float(np.mean([tone_slope(*pair) for pair in pairs])),
        "scene colour": float(np.mean([scene_colour(*pair) for pair in pairs])),
        "contour": float(np.nanmean([contour(*pair) for pair in pairs])),
        **steadiness,
    }


def table(rows: dict[str, dict[str, float]]) -> str:
    """Rows by style, all with the same columns, as Markdown."""
    columns = list(next(iter(rows.values())))
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, row in rows.items():
        cells = [f"{value:.3f}" if column.startswith("warp") else f"{value:.2f}" for column, value in row.items()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path, nargs="+", metavar="PHOTOGRAPH")
    parser.add_argument("--paintings", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--style", action="append", metavar="NAME", help="repeatable; default: all bundled ones")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    host, rows = machine(), dict[str, dict[str, float]]()
    try:
        for style in bundled_styles(asked.style):
            painting = painting_of(style.name, asked.paintings)
            if painting is None:
                raise ExportError(f"there is no painting for style {style.name} in {asked.paintings}")
            rows[style.name] = measure(style, painting, asked.photographs)
            print(style.name, file=sys.stderr, flush=True)
    except (NstError, ExportError, TrainError) as error:
        sys.exit(f"benchmarks.quality.appearance: {error}")
    print(f"{title(host)}\n\n{table(rows)}")
    if asked.json is not None:
        asked.json.write_text(json.dumps({"machine": host, "styles": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
