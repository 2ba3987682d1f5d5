"""Learns a painting and hands over style files on the way: nst-train's loop, and nst-export's files."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import cv2
import onnx
import torch

from nstcam.export.convert.exporter import Precision, build_model, proven_parity, set_metadata, write_style
from nstcam.export.convert.quantize import build_int8_graph
from nstcam.export.convert.ranges import calibration_pictures, measure
from nstcam.export.convert.strength import AS_TRAINED
from nstcam.export.errors import ExportError
from nstcam.export.learning.job import Job
from nstcam.export.learning.start import mixed
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.paintings import read_painting
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.learning import folded, learning_config
from nstcam.train.fit.learning_materials import learning_materials
from nstcam.train.fit.loop import Outputs, fit
from nstcam.train.fit.matcher import Matcher
from nstcam.train.fit.provenance import provenance_of
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.progress import Step, Stop

Tell = Callable[[Mapping[str, object]], None]
"""Takes an event for the parent: plain values."""

START_FILE: Final = "start.pt"
"""Beside the style files: what a later learning of the picture may begin with."""
_FIRST: Final = 2
"""Steps before a network is handed over. The first of them only finds the directions of the others."""
_WORSE: Final = 1.2
"""A network with more than so many times the style error of the best one so far is not shown."""
_SOONEST, _LATEST = 5.0, 30.0
"""Seconds between two networks that are handed over, at the beginning and later on."""
_GROWTH: Final = 0.3
"""Seconds until the next one, as a share of those so far."""


def next_at(seconds: float) -> float:
    """When to hand over the next network after one at that time of the learning, in seconds: soon at first, when
    everything changes, and later rarely, since each costs more than a second."""
    return seconds + min(max(_GROWTH * seconds, _SOONEST), _LATEST)


class HandOver:
    """Writes networks as style files into numbered folders, each of which appears when it is complete and checked.

    The first one has to be soon. It is still so like the beginning that it keeps the colours of that; its ranges in 8
    bits are measured on one photograph, and it is checked in 8 bits on small frames. Those after it get the painting's
    colours, are measured on six and checked as nst-export does.

    Attributes:
        count: networks handed over so far.
    """

    def __init__(
        self,
        job: Job,
        config: TrainConfig,
        matcher: Matcher,
        provenance: dict[str, Any],
        tell: Tell,
        earlier: int = 0,
    ) -> None:
        """Nothing is handed over yet.

        Args:
            earlier: steps of the learning that this one goes on from.
        """
        self._earlier = earlier
        self._job, self._config, self._matcher, self._tell = job, config, matcher, tell
        self._provenance = provenance
        self._pictures = calibration_pictures()[::3]
        self.count = 0
        self._least_error = math.inf
        self._due = 0.0
        self._first_total: float | None = None
        self._totals: list[float] = []

    def watch(self, network: TransformerNet | LiteNet, step: Step) -> None:
        """Called with each step and the network so far; hands it over when it is time and the loss has not grown."""
        if self._first_total is None:
            self._first_total = step.total
        self._totals.append(step.total)
        if self._job.seconds is not None or step.step < _FIRST or step.seconds < self._due:
            return
        if sum(self._totals) / len(self._totals) <= self._first_total * 1.5:
            with suppress(ExportError):  # the next one may do; of the last one the parent is told
                self.write(network, step)
        self._due, self._totals = next_at(step.seconds), []

    def write(self, network: TransformerNet | LiteNet, step: Step, *, last: bool = False) -> None:
        """Writes the network in floats and in 8 bits, and tells the parent the number of its folder.

        Does nothing if its strokes are worse than those of an earlier one: some paintings get worse before they get
        better.

        Args:
            last: whether no other network follows.

        Raises:
            ExportError: a file cannot be written, or is not what the network paints.
        """
        steps, soon = self._earlier + step.step, not self.count and not last
        matched = self._matcher.matched(network, 0.0, even=False) if soon else self._matcher.matched(network)
        error = math.inf if soon or last else self._matcher.error(matched)
        if not (soon or last) and error > _WORSE * self._least_error:
            return
        checkpoint = Checkpoint(
            network=self._config.network,
            weights=matched.state_dict(),
            identity=StyleIdentity(self._job.name, self._job.title),
            step=steps,
            training=asdict(self._config),
            provenance=self._provenance,
        )
        if not all(weight.isfinite().all() for weight in checkpoint.weights.values()):
            raise ExportError(f"a weight is not finite after {step.step} steps")
        part = self._job.folder / ".part"
        shutil.rmtree(part, ignore_errors=True)  # of one that was not to be handed over
        part.mkdir()
        name = self._job.name
        _write(checkpoint, part / f"{name}.onnx", "float32", build_model(checkpoint, "float32"), soon=soon)
        built = checkpoint.build()
        assert isinstance(built, LiteNet)
        eight = build_int8_graph(built, measure(built, self._pictures[: 1 if soon else None]))
        _write(checkpoint, part / f"{name}{INT8_SUFFIX}", "int8", eight, soon=soon)
        checkpoint.compact().save(part / START_FILE)
        self.count += 1
        part.rename(self._job.folder / str(self.count))
        self._tell({"net": self.count, "steps": step.step, "seconds": round(step.seconds, 1)})
        if soon:  # measured after it has been shown
            error = self._matcher.error(matched)
        self._least_error = min(self._least_error, error)


@cache
def loaded() -> tuple[CloseSource, VggFeatures]:
    """What every painting is learnt with, read before there is a job.

    Raises:
        TrainError: the loss network's file is missing or damaged.
    """
    return CloseSource(), load_vgg()


def learn(job: Job, tell: Tell) -> None:
    """Learns the painting until the schedule or the time given ends.

    Raises:
        ExportError, NstError, TrainError: it cannot go on; the text says why.
    """
    torch.set_num_threads(job.threads)
    cv2.setNumThreads(0)
    painting = read_painting(job.picture)
    start = mixed(job.shares) if job.start is None else load_checkpoint(job.start)
    config = learning_config(start.network)
    config = replace(config, steps=job.steps or config.steps, crop=job.crop or config.crop)
    (source, features), device = loaded(), torch.device("cpu")
    identity = StyleIdentity(job.name, job.title)
    materials, grams, matcher = learning_materials(config, painting, source, features, identity)
    provenance = provenance_of(source, start, "vgg16", device)
    earlier = start.step if job.start is not None else 0
    hand_over, stop = HandOver(job, config, matcher, provenance, tell, earlier), Stop()
    last: list[tuple[TransformerNet | LiteNet, Step]] = []

    def watch(network: TransformerNet | LiteNet, step: Step) -> None:
        tell({"steps": step.step, "seconds": round(step.seconds, 1)})
        last[:] = [(network, step)]
        stop.asked = job.seconds is not None and step.seconds >= job.seconds
        hand_over.watch(network, step)
        if hand_over.count:  # the first one has to be soon
            grams.grow()

    work = job.folder / "work"
    work.mkdir()
    begin = start if job.start is not None else folded(start, job.colours)
    fit(config, materials, Outputs(folder=work, stop=stop, watch=watch), device, start=begin)
    for network, step in last:
        hand_over.write(network, step, last=True)
    tell({"finished": True})


def _write(checkpoint: Checkpoint, target: Path, precision: Precision, model: onnx.ModelProto, *, soon: bool) -> None:
    set_metadata(model, checkpoint, precision, AS_TRAINED)
    onnx.checker.check_model(model, full_check=True)
    proof = partial(proven_parity, checkpoint, precision=precision, quick=soon)
    unproven = soon and precision == "float32"
    write_style(model.SerializeToString(), target, precision, None if unproven else proof, preview=False)  # until kept
