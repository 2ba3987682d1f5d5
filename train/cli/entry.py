"""The entry points of nst-train and nst-paint, which run before PyTorch is imported: that is slow and may fail."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from nstcam.media.size_limit import most_pixels
from nstcam.train.cli.completion import FREE, PAINT, TRAIN, Offer, complete, is_asked_for

_EXTRA: Final = ("torch", "onnx")
"""Packages that `pip install nstcam` leaves out; pyproject.toml lists them under the extra "train"."""


def enter(module: str, command: str, options: Mapping[str, Offer], argument: Offer = FREE) -> None:
    """Runs `main` of the module. Exits with 1 and one line if a package is missing, with 130 after Ctrl-C.

    Args:
        options, argument: what the shell completes, answered without importing the module.
    """
    if is_asked_for(command, sys.argv[1:], os.environ):
        complete(command, options, argument)
    with suppress(ValueError):  # told where the first picture is read
        # OpenCV reads it when it is imported; it concerns the formats whose header we do not read.
        os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(most_pixels()))
    os.environ.update(patient_threads(os.environ))
    try:
        main = importlib.import_module(module).main
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        print(f"{command} needs {error.name}, which is not installed: pip install 'nstcam[train]'", file=sys.stderr)
        sys.exit(1)
    main()


def patient_threads(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that OpenMP, which PyTorch computes with on a CPU, reads once, when it is loaded.

    By default its threads wait for each other in a loop that uses their cores. Beside other work, or in a container
    that may use fewer cores than it sees, the thread that all wait for is then the one without a core.
    """
    chosen = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"} & set(environment)
    return {} if chosen else {"OMP_WAIT_POLICY": "PASSIVE"}


def train() -> None:
    enter("nstcam.train.cli.nst_train", "nst-train", TRAIN)


def paint() -> None:
    enter("nstcam.train.cli.nst_paint", "nst-paint", PAINT)
