"""Completion by the shell of nst-export and nst-eval, without PyTorch: see train/cli/completion.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nstcam.realtime.cli.options.complete import style_names
from nstcam.train.cli.completion import FLAG, FREE, Offer, runs

EXPORT: Final[Mapping[str, Offer]] = {
    "--output": FREE,
    "--name": FREE,
    "--title": FREE,
    "--artist": FREE,
    "--year": FREE,
    "--licence": FREE,
    "--precision": ("auto", "float32", "float16", "int8"),
    "--canvas": FREE,
    "--patches": FREE,
    "--import": FREE,
    "--values": ("auto", "255", "1", "imagenet"),
    "--bgr": FLAG,
    "--check": FLAG,
    "--no-check": FLAG,
}
EVALUATE: Final[Mapping[str, Offer]] = {
    "--style": FREE,
    "--content": FREE,
    "--pictures": FREE,
    "--size": FREE,
    "--references": FREE,
    "--clips": FREE,
    "--steady": FREE,
    "--json": FREE,
    "--sheet": FREE,
    "--threads": FREE,
    "--overwrite": FLAG,
    "--no-overwrite": FLAG,
}


def measurable() -> list[str]:
    return [*style_names(), *runs()]
