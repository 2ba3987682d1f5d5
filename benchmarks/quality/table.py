"""Compares the quality of the bundled styles with the peer's: how closely they match the painting, how steady they are.

    python -m benchmarks.quality.table --content FOLDER --paintings FOLDER [--clips FOLDER] [--peer FOLDER] [--quick]

The figures are those of nst-eval (docs/quality.md): for each bundled style in the precision that this CPU runs, and for
what L-BFGS makes of its loss where there are references; for styles 3, 7 and 19 of the peer's 26-style network, and for
its any-style network on one painting. --paintings holds the pictures, named as in scripts/train_gallery.py;
--peer is the peer's virtual environment, which is created if it is missing. rho is computed over the photographs of
--content that have a reference (benchmarks/quality/make_references.py). Writes the table as JSON and, with --sheet, a
picture of photographs and difficult frames in all styles. --quick tries every part on one photograph.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.quality.make_references import REFERENCES, SIZE, bundled_styles, painting_of
from benchmarks.quality.sheet import SUFFIX, shown, write_quality_sheet
from benchmarks.tools.machine import machine, title
from benchmarks.tools.peer import Peer, install
from nstcam.export.cli.nst_eval import PHOTOS_FOR_STEADINESS, check_target
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import Measures
from nstcam.export.evaluate.closeness import ClosenessMeter, Paint
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import check_size, digest, pictures_of
from nstcam.export.evaluate.references import References, read_references
from nstcam.export.evaluate.report import table, write_json
from nstcam.export.evaluate.steadiness_trials import SETTLED, PaintOnCanvas, measure_steadiness, read_clips
from nstcam.realtime.effects.steady import DEFAULT
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import Frame
from nstcam.train.errors import TrainError
from nstcam.train.loss.vgg import VggFeatures, load_vgg

SIZES: Final = SIZE, "640x480"
PEER_STYLES: Final = 3, 7, 19
QUICK_FRAMES: Final = SETTLED + 4


class Painter(NamedTuple):
    """A column of the table."""

    paint: Paint
    painting: Path | None = None
    """The painting that it should look like; if None, only content error and steadiness are measured."""
    settings: LossSettings = LossSettings()
    """The size of the painting and S, with which its loss is measured."""
    steady: float | None = None
    """The amount of smoothing over time (--steady) with which the program shows it; None if it has none."""
    on_canvas: PaintOnCanvas | None = None
    """Paints with the canvas moved; None if it has no canvas."""


@dataclass(frozen=True)
class Trials:
    """The pictures and clips that painters are measured on."""

    photographs: Sequence[Path]
    sizes: Sequence[str]
    clips: Mapping[str, Sequence[Frame]]
    still: int = PHOTOS_FOR_STEADINESS
    """How many of the photographs are used for steadiness."""
    frames: int = 24
    """How many frames of each still scene."""


def measure(painter: Painter, trials: Trials, references: References, loss_network: VggFeatures) -> Measures:
    """All figures for one painter."""
    meter = ClosenessMeter(loss_network, painter.painting, painter.settings, references)
    found: Measures = {}
    for size in trials.sizes:
        found |= meter.measure(painter.paint, trials.photographs, size)
    amount = painter.steady or 0
    still = trials.photographs[: trials.still]
    paint = painter.on_canvas or (lambda frame, _: painter.paint(frame))
    steadiness = measure_steadiness(paint, still, trials.clips, amount, trials.frames)
    found |= steadiness.painted
    if painter.on_canvas:
        found |= {f"{name}, following": value for name, value in steadiness.following.items()}
    if amount:
        found |= {f"{name}, --steady {amount:g}": value for name, value in steadiness.steady.items()}
    return found


def optimised(painter: Painter, trials: Trials, references: References, loss_network: VggFeatures) -> Measures:
    """What L-BFGS reached on the painter's loss, as far as there are references; empty if there are none."""
    meter = ClosenessMeter(loss_network, painter.painting, painter.settings, references)
    found: Measures = {}
    for size in trials.sizes:
        found |= meter.optimised(trials.photographs, size)
    return found


def chosen_photographs(folder: Path, most: int, references: References) -> list[Path]:
    """Photographs of the folder: first those that have a reference, then others, evenly spaced."""
    known = {key[1] for key in references}
    everything = pictures_of(folder)
    first = [path for path in everything if digest(path) in known][:most]
    rest = [path for path in everything if path not in first]
    more = min(most - len(first), len(rest))
    return first + [rest[int((i + 0.5) * len(rest) / more)] for i in range(more)]


def our_painters(stylizers: Mapping[str, Stylizer], paintings: Path, steady: float) -> dict[str, Painter]:
    return {
        name: Painter(
            stylizer.stylize,
            painting_of(name, paintings),
            LossSettings.of_style(stylizer.style.path),
            steady or None,
            stylizer.stylize if stylizer.style.has_canvas else None,
        )
        for name, stylizer in stylizers.items()
    }


def peer_painters(peer: Peer, any_style: Painter | None) -> dict[str, Painter]:
    """The peer's networks. Args: any_style: one of our painters, whose painting the peer's any-style network gets."""
    found = {f"peer {number}": Painter(peer.painter(number)) for number in PEER_STYLES}
    if any_style is not None and any_style.painting is not None:
        painter = Painter(peer.painter(any_style.painting), any_style.painting, any_style.settings)
        found[f"peer {any_style.painting.stem}"] = painter
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        run(_options(arguments))
    except (ExportError, TrainError, NstError) as error:
        print(f"benchmarks.quality.table: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--content", type=Path, required=True, metavar="FOLDER", help="photographs that no style was trained on"
    )
    parser.add_argument("--paintings", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help="clips for warp errors with optical flow")
    parser.add_argument(
        "--peer", type=Path, metavar="FOLDER", help="the peer's virtual environment; default: without the peer"
    )
    parser.add_argument("--style", action="append", metavar="NAME", help="repeatable; default: all bundled ones")
    parser.add_argument(
        "--any-style",
        default="starry",
        metavar="NAME",
        help="the style whose painting the peer's any-style network gets",
    )
    parser.add_argument("--pictures", type=int, default=6, help="use at most so many photographs")
    parser.add_argument("--size", action="append", help=f"repeatable; default: {', '.join(SIZES)}")
    parser.add_argument("--steady", type=float, default=DEFAULT)
    parser.add_argument("--references", type=Path, default=REFERENCES)
    parser.add_argument("--output", type=Path, default=Path("benchmark_quality.json"))
    parser.add_argument("--sheet", type=Path, metavar=f"FILE{SUFFIX}")
    parser.add_argument("--frames", type=Path, metavar="FOLDER", help="save the sheet's frames at full size here")
    parser.add_argument("--quick", action="store_true", help="one photograph, one size, few frames, no clips")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> dict[str, Measures]:
    """Measures, prints and writes.

    Raises:
        ExportError, TrainError, NstError: something is missing. Most of it is checked before the work begins.
    """
    if options.sheet:
        check_target(options.sheet, {SUFFIX}, overwrite=True)
    check_target(options.output, {".json"}, overwrite=True)
    if options.pictures < 1:
        raise ExportError(f"--pictures {options.pictures}: give 1 or more")
    if not 0 <= options.steady <= 1:
        raise ExportError(f"--steady {options.steady:g} is not between 0 and 1")
    styles = bundled_styles(options.style)
    references = read_references(options.references)
    clips = read_clips(options.clips) if options.clips and not options.quick else {}
    if options.quick:
        photographs = chosen_photographs(options.content, 1, references)
        trials = Trials(photographs, [SIZE], clips, 1, QUICK_FRAMES)
    else:
        photographs = chosen_photographs(options.content, options.pictures, references)
        trials = Trials(photographs, [check_size(size) for size in options.size or SIZES], clips)
    loss_network = load_vgg()
    facts = machine()
    print(title(facts), flush=True)
    figures: dict[str, Measures] = {"input": measure(Painter(np.copy), trials, {}, loss_network)}
    with ExitStack() as stack:
        stylizers = {style.name: Stylizer(style, "cpu") for style in styles}
        for stylizer in stylizers.values():
            stack.callback(stylizer.close)
        painters = our_painters(stylizers, options.paintings, options.steady)
        for name, painter in painters.items():
            if painter.painting is None:
                print(f"no painting of {name} in {options.paintings}: its content error and steadiness only")
        if options.peer:
            peer = Peer(install(options.peer), 2)
            stack.callback(peer.close)
            painters |= peer_painters(peer, painters.get(options.any_style))
        for name, painter in painters.items():
            print(f"measuring {name}", flush=True)
            figures[name] = measure(painter, trials, references, loss_network)
            if name in stylizers and (best := optimised(painter, trials, references, loss_network)):
                figures[f"{name} by L-BFGS"] = best
            write_json(
                options.output, _content(facts, trials, painters, figures)
            )  # so an interruption loses nothing that is done
        print("\n" + table(figures) + f"\n\nwritten to {options.output}", flush=True)
        if options.sheet:
            paints = {name: painter.paint for name, painter in painters.items()}
            write_quality_sheet(options.sheet, paints, shown(photographs[:3]), options.frames)
            print(f"written to {options.sheet}")
    return figures


def _content(
    facts: Mapping[str, Any], trials: Trials, painters: Mapping[str, Painter], figures: Mapping[str, Measures]
) -> dict[str, Any]:
    return {
        "machine": facts,
        "photographs": ", ".join(path.name for path in trials.photographs),
        "steadiness": f"on the first {trials.still}, {trials.frames} frames",
        "paintings": {
            name: f"{p.painting.name} at {p.settings.style_size} px, S = {p.settings.style_strength:g}"
            for name, p in painters.items()
            if p.painting is not None
        },
        "figures": figures,
    }


if __name__ == "__main__":
    sys.exit(main())
