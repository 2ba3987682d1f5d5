"""Measures what a warm start saves: the loss over minutes of training, from the nearest style and from random weights.

    python -m benchmarks.training.warm_start PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS [--minutes 15]
        [--references refs.json]

Trains preset lite twice with the settings of nst-train, each on a schedule of that many minutes. The weights are saved
at fixed minutes and evaluated when both trainings are done, so that evaluating takes no time from them. rho needs
references of the same painting at the same size, which `nst-eval --references` makes; without them the table has only
the total. Prints a table and writes benchmark_warm_start.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from nstcam.export.convert.parity import stylize_with
from nstcam.export.evaluate.closeness import ClosenessMeter
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import pictures_of
from nstcam.export.evaluate.references import read_references
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import FileSource
from nstcam.train.fit.config import TrainConfig, usual_crops, warm
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.fit.warm_start import describe_choice, find_warm_start, nearest_first, signature_of
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
from nstcam.train.network.networks import PRESETS, LiteNet, TransformerNet, build_network
from nstcam.train.progress import Step

AT: Final = (0.0, 1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 15.0)
"""When weights are saved, in minutes; times beyond the schedule are left out, and its end is added."""
SIZE: Final = "256"
NO_RUNS: Final = Path("no runs: the bundled styles only")


@dataclass(frozen=True)
class Kept:
    minutes: float
    step: int
    weights: dict[str, Tensor]


class Keeper:
    """Saves the averaged weights as each of the given minutes has passed."""

    def __init__(self, minutes: Sequence[float]) -> None:
        self._due = sorted(minutes)
        self.kept: list[Kept] = []

    def watch(self, network: TransformerNet | LiteNet, step: Step) -> None:
        minutes = step.seconds / 60
        if self._due and minutes >= self._due[0]:
            self._due = [m for m in self._due if m > minutes]
            weights = {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
            self.kept.append(Kept(minutes, step.step, weights))


def measure(kept: Kept, config: TrainConfig, meter: ClosenessMeter, pictures: Sequence[Path]) -> dict[str, float]:
    network = build_network(config.network)
    network.load_state_dict(kept.weights)
    network.eval()

    figures = meter.measure(partial(stylize_with, network), pictures, SIZE)
    return {"minutes": kept.minutes, "step": kept.step} | {k.removeprefix(f"{SIZE}: "): v for k, v in figures.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("painting", type=Path)
    parser.add_argument("train_photos", type=Path)
    parser.add_argument("held_out_photos", type=Path)
    parser.add_argument("--minutes", type=float, default=15.0, help="length of each training")
    parser.add_argument("--start", nargs="+", choices=("warm", "cold"), default=["warm", "cold"])
    parser.add_argument(
        "--init", help="checkpoint for the warm training to start from; default: that of the nearest bundled style"
    )
    parser.add_argument("--pictures", type=int, default=12, help="use at most so many held-out photographs")
    parser.add_argument("--references", type=Path)
    parser.add_argument("--style-size", type=int, default=TrainConfig.style_size)
    parser.add_argument("--crop", type=int, help="side of the crops, in pixels; default: as in nst-train")
    parser.add_argument("--batch", type=int, help="crops per step; default: as in nst-train")
    parser.add_argument("--runs", type=Path, metavar="FOLDER", help="save the two trainings there, as warm and cold")
    parser.add_argument("--output", type=Path, default=Path("benchmark_warm_start.json"))
    options = parser.parse_args(arguments)

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    painting, vgg, source = read_painting(options.painting), load_vgg(), FileSource([options.train_photos])
    pictures = pictures_of(options.held_out_photos, options.pictures)
    known = read_references(options.references) if options.references else {}
    meter = ClosenessMeter(load_vgg(), options.painting, LossSettings(options.style_size), known)
    at = [m for m in AT if m < options.minutes]

    results: dict[str, list[dict[str, float]]] = {}
    for name in options.start:
        start = chosen(options.init, options.painting, options.style_size) if name == "warm" else None
        crops = usual_crops(warm=start is not None, on_gpu=device.type == "cuda")
        config = TrainConfig(
            network=PRESETS["lite"],
            minutes=options.minutes,
            batch=options.batch or crops.batch,
            crop=options.crop or crops.side,
            style_size=options.style_size,
        )
        if start is not None:
            config = warm(config)
        keeper = Keeper(at[1:])
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) if options.runs is None else options.runs / name
            run.mkdir(parents=True, exist_ok=True)
            materials = Materials(painting=painting, source=source, loss_network=vgg, identity=StyleIdentity(name))
            done = fit(config, materials, Outputs(folder=run, watch=keeper.watch), device, start=start)
        kept = [*keeper.kept, Kept(options.minutes, done.step, {k: v.cpu() for k, v in done.weights.items()})]
        if start is not None:
            kept.insert(0, Kept(0.0, 0, {k: v.float() for k, v in start.weights.items()}))
        results[name] = [measure(each, config, meter, pictures) for each in kept]

    print(table(results))
    written = {"painting": options.painting.name, "device": str(device), "pictures": len(pictures), "curves": results}
    options.output.write_text(json.dumps(written, indent=1))


def chosen(init: str | None, painting: Path, style_size: int) -> Checkpoint:
    if init is not None:
        return load_checkpoint(find_warm_start(init))
    candidates = nearest_first(PRESETS["lite"], signature_of(read_painting(painting), style_size), NO_RUNS)
    print(describe_choice(candidates), file=sys.stderr)
    return candidates[0].checkpoint


def table(results: dict[str, list[dict[str, float]]]) -> str:
    columns = list(next(iter(results.values()))[0])[2:]
    lines = ["| start | minutes | step | " + " | ".join(columns) + " |", "|---" * (3 + len(columns)) + "|"]
    for name, rows in results.items():
        for row in rows:
            figures = " | ".join(f"{row[column]:.3f}" for column in columns)
            lines.append(f"| {name} | {row['minutes']:.1f} | {row['step']:.0f} | {figures} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
