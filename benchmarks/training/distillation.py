"""Measures whether lite learns faster from johnson's pictures (distillation) than from the loss network.

    python -m benchmarks.training.distillation PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS TEACHER [--steps 200]

TEACHER is a johnson checkpoint of the painting. Preset lite is trained from random weights in three ways: on the loss;
taught, by the mean squared difference from the teacher's pictures of the same crops, whose steps are cheap because they
need no loss network; and taught, then on the loss. Each network is evaluated on held-out photographs at 256 px. Prints
a table and writes benchmark_distillation.json.
"""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch.nn import functional as F

from benchmarks.tools.markdown import table
from benchmarks.training.short_training import arguments, at_256, errors, read_every
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import ContentSource, FileSource
from nstcam.train.fit.batches import training_batches
from nstcam.train.fit.config import TrainConfig, learning_rate, warm
from nstcam.train.fit.evaluate import evaluate
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.fit.training_state import OPTIMIZERS
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
from nstcam.train.network.networks import PRESETS, build_network
from nstcam.train.network.norms import re_estimate_norms
from nstcam.train.network.training_painter import training_painter

CPU = torch.device("cpu")
STUDENT = StyleIdentity("student")


def taught(teacher: Checkpoint, config: TrainConfig, source: ContentSource) -> Checkpoint:
    """A network of preset `config.network` after `config.steps` steps towards the teacher's pictures."""
    torch.manual_seed(config.seed)
    network = build_network(config.network).train()
    paints_well = teacher.build()
    optimizer = OPTIMIZERS[config.optimizer](network.parameters(), lr=config.learning_rate)
    generator = torch.Generator().manual_seed(config.seed)
    for step, content in enumerate(training_batches(config, source, 0, CPU)):
        if step == config.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step, step / config.steps)
        place = generator.get_state()
        with torch.no_grad():
            goal = training_painter(paints_well, generator)(content)
        generator.set_state(place)  # the student paints on the same part of the canvas
        optimizer.zero_grad()
        F.mse_loss(training_painter(network, generator)(content), goal).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    re_estimate_norms(network, training_batches(config, source, 0, CPU))
    return Checkpoint(config.network, network.state_dict(), STUDENT, config.steps, asdict(config))


def main() -> None:
    parser = arguments(__doc__, steps=200)
    parser.add_argument("teacher", type=Path)
    options = parser.parse_args()

    torch.set_num_threads(1)
    painting, vgg, source = read_painting(options.painting), load_vgg(), FileSource([options.train_photos])
    materials = Materials(painting=painting, source=source, loss_network=vgg, identity=STUDENT)
    held_out = at_256(read_every(3, options.held_out_photos))
    config = replace(TrainConfig(network=PRESETS["lite"]), steps=options.steps, crop=options.crop, batch=options.batch)
    teacher = load_checkpoint(options.teacher)
    rows: dict[str, dict[str, float]] = {}

    def judge(name: str, checkpoint: Checkpoint, seconds: float) -> None:
        result = evaluate(checkpoint.build(), held_out, painting, config.style_size, vgg)
        rows[name] = {"seconds": seconds, **errors(result, config.style_strength)}
        print(name, rows[name], flush=True)

    def on_the_loss(config: TrainConfig, start: Checkpoint | None = None) -> Checkpoint:
        with tempfile.TemporaryDirectory() as folder:
            return fit(config, materials, Outputs(folder=Path(folder)), CPU, start=start)

    judge("teacher", teacher, 0.0)
    began = time.process_time()
    judge("on the loss", on_the_loss(config), time.process_time() - began)
    began = time.process_time()
    student = taught(teacher, config, source)
    teaching = time.process_time() - began
    judge("taught", student, teaching)
    began = time.process_time()
    judge("taught, then on the loss", on_the_loss(warm(config), student), teaching + time.process_time() - began)

    print(f"{len(held_out)} photographs, {options.steps} steps each, teacher: {teacher.step} steps")
    print(table(rows, "trained"))
    record = {"steps": options.steps, "painting": options.painting.name, "teacher": teacher.step, "rows": rows}
    Path("benchmark_distillation.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
