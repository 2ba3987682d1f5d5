"""Measures what pictures used as styles look like after seconds of learning, and beside the peer's any-style network.

    python -m benchmarks.quality.learning --content FOLDER [--at 0,6,15,60] [--threads 2] [--peer FOLDER]
                                          [--basis FOLDER] [--times] PAINTING...

Seconds are processor time of one thread, PyTorch's loading included, so that other work on the machine counts little.
With --threads they are seconds of the clock: the machine has to be idle. Threads wait as nstcam's do if the command
begins with GOMP_SPINCOUNT=10000.
For each time: content error, Gram errors and total (S = 0.5) at 256 px against the painting at 512 px, contrast and
chroma beside the painting's, and how far a colour of the scene decides the painted one, as means over the photographs;
for the first of them the flicker gain (noise of 4 levels) and the warp error of a camera that moves by 2 px, as
nst-eval measures them. What the file of results has already is not measured again: paintings and times may be added.

With --times only milliseconds per frame of the picture as a style and of the peer's network are measured, by turns and
with all threads that each of them takes by itself.

The basis that comes with nstcam knows the paintings that it was made of. --basis takes a folder with a basis for each
painting, NAME.npz, that was made without it (python -m scripts.train_basis ... --without NAME --output NAME.npz).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import torch

from benchmarks.quality.learning_sheet import LearningSheet
from benchmarks.quality.sheet import frame_of
from benchmarks.tools.peer import Peer, install
from nstcam.export.convert.parity import stylize_with
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import Measures
from nstcam.export.evaluate.closeness import ClosenessMeter
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import pictures_of
from nstcam.export.evaluate.steadiness_trials import PaintOnCanvas, still_and_moving
from nstcam.export.learning.start import mixed
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.files import part_file
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette import basis as palette_basis
from nstcam.realtime.style_files.library import style_of_picture
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.paintings import read_painting
from nstcam.train.cores import available_cores
from nstcam.train.errors import TrainError
from nstcam.train.fit.colour_map import ColourMap
from nstcam.train.fit.learning import folded, learning_config
from nstcam.train.fit.learning_materials import learning_materials
from nstcam.train.fit.loop import Outputs, fit
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from nstcam.train.network.checkpoint import StyleIdentity
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.progress import Step, Stop

SIZE: Final = "256"
SETTINGS: Final = LossSettings(512, 0.5)
TIMED: Final = "640x480", "1280x720"
"""Sizes of the frames whose painting is timed."""
PAINTED: Final = 15
"""Frames of each size that each painter is timed with."""
STEADINESS: Final = {"flicker gain": "flicker gain", "warp error": "warp error, 2 px"}
"""Names in the results, and those of `still_and_moving`."""
FIGURES: Final = (
    "content error", "Gram error relu1_2", "Gram error relu2_2", "Gram error relu3_3", "Gram error relu4_3", "total",
    "contrast / painting's", "chroma / painting's", "scene colour (R2)",
)  # fmt: skip


def learnt(
    style: Style, seconds: Sequence[float], clock: Callable[[], float], imports: float, loss_network: VggFeatures
) -> Iterator[tuple[float, int, TransformerNet | LiteNet]]:
    """Learns a picture and yields the seconds, the steps and the network as it is handed over then.

    Args:
        seconds: rising, above 0.
        clock: counts these seconds.
        imports: seconds that loading PyTorch took.
    """
    assert style.painting is not None
    began = clock() - imports
    colours = style.painting.colours
    matrix, offset = (torch.tensor(each, dtype=torch.float64) for each in colours)
    start = folded(mixed(style.painting.shares), ColourMap(matrix.flip(0, 1), offset.flip(0) / 255))
    config, painting = learning_config(start.network), read_painting(style.painting.path)
    materials, grams, matcher = learning_materials(
        config, painting, CloseSource(), loss_network, StyleIdentity(style.name)
    )
    stop, due = Stop(), list(seconds)
    found: list[tuple[float, int, TransformerNet | LiteNet]] = []

    def watch(network: TransformerNet | LiteNet, step: Step) -> None:
        grams.grow()
        if due and clock() - began >= due[0]:
            found.append((due.pop(0), step.step, matcher.matched(network)))
        stop.asked = not due

    with tempfile.TemporaryDirectory() as folder:
        fit(config, materials, Outputs(folder=Path(folder), stop=stop, watch=watch), torch.device("cpu"), start=start)
    yield from found


def column(seconds: float, threads: int) -> str:
    """What the results call the network after so long. Before anything is learnt, threads do not matter."""
    return f"{seconds:g} s" if threads == 1 or not seconds else f"{seconds:g} s, {threads} threads"


def figures(measures: Mapping[str, float]) -> Measures:
    """Those of the table, with four digits."""
    return {name: float(f"{measures[f'{SIZE}: {name}']:.4g}") for name in FIGURES}


def steadiness(paint: PaintOnCanvas, photograph: Path) -> Measures:
    """The figures of STEADINESS, of what is painted, neither following the scene nor smoothed."""
    found = still_and_moving(paint, photograph, 0)
    return {name: float(f"{found[figure]:.4g}") for name, figure in STEADINESS.items()}


def milliseconds(painters: Mapping[str, PaintOnCanvas], photograph: Path) -> dict[str, Measures]:
    """Median times of a frame by painter and size. They paint by turns, so that other work slows all of them."""
    found: dict[str, Measures] = {name: {} for name in painters}
    for size in TIMED:
        frame = frame_of(photograph, size)
        taken: dict[str, list[float]] = {name: [] for name in painters}
        for _ in range(PAINTED):
            for name, paint in painters.items():
                began = time.perf_counter()
                paint(frame, UNMOVED)
                taken[name].append(1000 * (time.perf_counter() - began))
        for name, times in taken.items():
            found[name][f"ms {size}"] = round(statistics.median(times), 1)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    imports = time.process_time()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", nargs="+", type=Path, metavar="PAINTING")
    parser.add_argument("--content", type=Path, required=True, metavar="FOLDER", help="photographs")
    parser.add_argument("--pictures", type=int, default=3, help="how many of them")
    parser.add_argument("--at", default="0,6,15,60", help="seconds, rising")
    parser.add_argument("--threads", type=int, default=1, help="that learn; if above 1, seconds are of the clock")
    parser.add_argument("--peer", type=Path, metavar="FOLDER", help="virtual environment that has, or gets, the peer")
    parser.add_argument("--basis", type=Path, metavar="FOLDER", help="bases made without each painting")
    parser.add_argument("--times", action="store_true", help="measure only the time of a frame; takes --peer")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="a WebP of what was painted now")
    options = parser.parse_args(arguments)
    if options.times and options.peer is None:
        parser.error("--times compares with the peer; give --peer FOLDER too")
    try:
        time_frames(options) if options.times else run(options, imports)
    except (ExportError, TrainError, NstError) as error:
        print(f"benchmarks.quality.learning: {error}", file=sys.stderr)
        return 1
    return 0


def time_frames(options: argparse.Namespace) -> None:
    """Prints the milliseconds of all paintings, and adds them to the results."""
    photograph = pictures_of(options.content, 1)[0]
    found, peer = earlier(options.json), Peer(install(options.peer), available_cores())
    for path in options.paintings:
        with Stylizer(style_of(path, options.basis), "cpu") as stylizer:
            times = milliseconds({"0 s": stylizer.stylize, "peer": fixed(peer.painter(path))}, photograph)
        for name, each in times.items():
            print(path.stem, name, json.dumps(each), flush=True)
            found.setdefault(path.stem, {}).setdefault(name, {}).update(each)
        write(options.json, found)
    peer.close()


def run(options: argparse.Namespace, imports: float) -> None:
    torch.set_num_threads(options.threads)
    clock = time.process_time if options.threads == 1 else time.monotonic
    seconds = [float(each) for each in options.at.split(",")]
    photographs = pictures_of(options.content, options.pictures)
    sheet = LearningSheet(photographs) if options.sheet else None
    loss_network, peer = load_vgg(), Peer(install(options.peer), 1) if options.peer else None
    found = earlier(options.json)
    for path in options.paintings:
        if sheet is not None:
            sheet.begin(path)
        style = style_of(path, options.basis)
        meter = ClosenessMeter(loss_network, path, SETTINGS, {})
        table = found.setdefault(path.stem, {})
        wanted = [at for at in seconds if "total" not in table.get(column(at, options.threads), {})]

        def measure(
            name: str, paint: PaintOnCanvas, steps: int | None,
            meter: ClosenessMeter = meter, table: dict[str, Measures] = table, stem: str = path.stem,
        ) -> None:  # fmt: skip
            table.setdefault(name, {}).update(
                ({} if steps is None else {"steps": float(steps)})
                | figures(meter.measure(lambda frame: paint(frame, UNMOVED), photographs, SIZE))
                | steadiness(paint, photographs[0])
            )
            if sheet is not None:
                sheet.add(name, lambda frame: paint(frame, UNMOVED))
            print(stem, name, json.dumps(table[name]), flush=True)

        if 0.0 in wanted:
            with Stylizer(style, "cpu", 1) as stylizer:
                measure(column(0, options.threads), stylizer.stylize, 0)
        later = [each for each in wanted if each]
        for at, steps, network in learnt(style, later, clock, imports, loss_network) if later else ():
            measure(column(at, options.threads), partial(stylize_with, network), steps)
        if peer is not None and "total" not in table.get("peer", {}):
            measure("peer", fixed(peer.painter(path)), None)
        write(options.json, found)
        if sheet is not None:
            sheet.write(options.sheet)
    if peer is not None:
        peer.close()


def style_of(picture: Path, bases: Path | None) -> Style:
    """The picture as a style, with the basis NAME.npz of that folder, if one is given."""
    if bases is not None:
        palette_basis.FILE = bases / f"{picture.stem}.npz"  # type: ignore[misc]
        palette_basis.basis.cache_clear()
    return style_of_picture(picture)


def fixed(paint: Callable[[Frame], Frame]) -> PaintOnCanvas:
    """A painter without a canvas that could be moved."""
    return lambda frame, _: paint(frame)


def earlier(results: Path | None) -> dict[str, dict[str, Measures]]:
    """The results to add to."""
    return json.loads(results.read_text()) if results is not None and results.is_file() else {}


def write(results: Path | None, found: Mapping[str, Mapping[str, Measures]]) -> None:
    """What there is so far: a long measurement may be cut short."""
    if results is not None:
        with part_file(results) as part:
            part.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
