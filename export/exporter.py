"""From a checkpoint to a style file that nstcam finds by name."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import onnx

from export.errors import ExportError
from export.graph import build_graph
from export.parity import Parity, compare
from realtime.style import CONTRACT_VERSION, METADATA_PREFIX, read_style
from realtime.stylizer import Stylizer
from train.checkpoint import Checkpoint

Precision = Literal["float32", "float16"]

LARGEST_DIFFERENCE: Final[dict[Precision, int]] = {"float32": 1, "float16": 8}
"""Levels of 255 by which a pixel may differ from the trained network: rounding, no more."""

_FLOAT_TYPES: Final[dict[Precision, type[np.floating[Any]]]] = {"float32": np.float32, "float16": np.float16}


@dataclass(frozen=True)
class Export:
    path: Path
    bytes: int
    parity: Parity | None
    """None where the check was left out."""


def export_style(checkpoint: Checkpoint, target: Path, precision: Precision = "float32", check: bool = True) -> Export:
    """Writes a style file; it appears under its name only when it is complete and, with `check`, proven.

    Raises:
        ExportError: the target cannot be written, or the style does not paint what the network paints.
    """
    model = build_graph(checkpoint.build(), _FLOAT_TYPES[precision])
    set_metadata(model, checkpoint, precision)
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".part", prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}; choose another --output") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        parity = proven_parity(checkpoint, part, precision) if check else None
        part.chmod(0o644)  # mkstemp makes it private
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Export(target, len(data), parity)


def proven_parity(checkpoint: Checkpoint, style_file: Path, precision: Precision) -> Parity:
    """Opens the style as nstcam would and compares it with the network.

    Raises:
        ExportError: it differs by more than rounding.
    """
    stylizer = Stylizer(read_style(style_file), device="cpu")
    try:
        parity = compare(checkpoint.build(), stylizer)
    finally:
        stylizer.close()
    if parity.largest > LARGEST_DIFFERENCE[precision]:
        raise ExportError(
            f"the exported {precision} style differs from the trained network by up to {parity.largest} levels of 255 "
            f"(allowed {LARGEST_DIFFERENCE[precision]}); this is a fault of nst-export, please report it"
        )
    return parity


def set_metadata(model: onnx.ModelProto, checkpoint: Checkpoint, precision: Precision) -> None:
    identity = checkpoint.identity
    values = {
        "contract": CONTRACT_VERSION,
        "name": identity.name,
        "title": identity.title,
        "artist": identity.artist,
        "year": identity.year,
        "licence": identity.licence,
        "network": checkpoint.network.kind,
        "precision": precision,
        "training": json.dumps({"steps_done": checkpoint.step, **checkpoint.training}),
    }
    onnx.helper.set_model_props(model, {METADATA_PREFIX + key: value for key, value in values.items()})
