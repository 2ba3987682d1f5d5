"""The entry points of nst-export and nst-eval, which work even if PyTorch or onnx is missing."""

from __future__ import annotations

from nstcam.export.cli.completion import EVALUATE, EXPORT, measurable
from nstcam.realtime.cli.running.interrupt import watched
from nstcam.train.cli.completion import runs
from nstcam.train.cli.entry import enter


def export() -> None:
    enter("nstcam.export.cli.nst_export", "nst-export", EXPORT, runs)


def evaluate() -> None:
    with watched():  # it runs style files, which may never finish
        enter("nstcam.export.cli.nst_eval", "nst-eval", EVALUATE, measurable)
