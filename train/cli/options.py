"""Options that several commands share: nst-train, nst-paint and nst-eval."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Device = Annotated[Literal["auto", "cuda", "cpu"], typer.Option(help="auto takes an NVIDIA GPU if PyTorch finds one.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads. Default: one per core.")]
LossWeights = Annotated[
    Path | None, typer.Option("--loss-weights", help="File with other weights for the loss network.")
]
