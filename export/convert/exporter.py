"""From a checkpoint to a style file that nstcam finds by name."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import onnx

from nstcam.export.convert.networks import build_graph, macs_per_pixel
from nstcam.export.convert.parity import Parity, compare
from nstcam.export.convert.quantize import build_int8_graph
from nstcam.export.convert.strength import AS_TRAINED, CanvasStrength
from nstcam.export.errors import ExportError
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.contract import CONTRACT_VERSION, METADATA_PREFIX
from nstcam.realtime.style_files.style import read_style
from nstcam.realtime.style_files.style_preview import with_preview
from nstcam.train.errors import UsageError
from nstcam.train.network.checkpoint import Checkpoint
from nstcam.train.network.networks import LiteNet

Precision = Literal["float32", "float16", "int8"]

LARGEST_DIFFERENCE: Final[dict[Precision, int]] = {"float32": 1, "float16": 8}
"""Levels of 255 by which a pixel may differ from the trained network: as much as rounding explains."""

LARGEST_MEAN: Final = 12.0
LARGEST_TONE: Final = 4.0
"""int8: levels of 255 by which pixels may differ on average, and a frame's mean colour. On flat surfaces the least
difference decides where strokes lie: many pixels differ although the picture looks the same
(docs/research/performance.md)."""


@dataclass(frozen=True)
class Export:
    """A style file that was written."""

    path: Path
    precision: Precision
    bytes: int
    parity: Parity | None
    """None if the check was left out."""


def export_style(
    checkpoint: Checkpoint,
    target: Path,
    precision: Precision = "float32",
    check: bool = True,
    canvas: CanvasStrength = AS_TRAINED,
    *,
    preview: bool = True,
) -> Export:
    """Writes a style file; it appears under its name only when it is complete and, with `check`, proven.

    Args:
        canvas: how strongly the canvas shows.
        preview: whether it carries a picture of what it paints.

    Raises:
        ExportError: the target cannot be written, the style does not paint what the network paints, or another
            strength of the canvas than 1 is asked of a network without.
    """
    checkpoint = canvas.applied_to(checkpoint)
    model = build_model(checkpoint, precision)
    set_metadata(model, checkpoint, precision, canvas)
    onnx.checker.check_model(model, full_check=True)
    proof = (lambda part: proven_parity(checkpoint, part, precision)) if check else None
    return write_style(model.SerializeToString(), target, precision, proof, preview=preview)


def write_style(
    data: bytes,
    target: Path,
    precision: Precision = "float32",
    proof: Callable[[Path], Parity] | None = None,
    *,
    preview: bool = True,
) -> Export:
    """Writes a style file; it appears under its name only when it is complete and, with `proof`, proven.

    Args:
        data: the model.
        proof: takes the file under its temporary name, and raises ExportError if it is not to be kept.
        preview: whether it carries a picture of what it paints; one that paints nothing has none.

    Raises:
        ExportError: the target cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".part", prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}; choose another --output") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        parity = None if proof is None else proof(part)
        if preview:
            data = with_preview(data, part)
            part.write_bytes(data)
        part.chmod(0o644)  # mkstemp makes it private
        part.replace(target)
    except OSError as error:
        raise ExportError(
            f"{target} cannot be written: {error.strerror}; free some space or choose another --output"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return Export(target, precision, len(data), parity)


def build_model(checkpoint: Checkpoint, precision: Precision) -> onnx.ModelProto:
    """The network as an ONNX model without metadata.

    Raises:
        UsageError: int8 for another network than lite.
    """
    network = checkpoint.build()
    if precision == "int8":
        if not isinstance(network, LiteNet):
            raise UsageError(
                f"--precision int8 is for preset lite, not {checkpoint.network.kind}: instance norm needs floats; "
                "use float16"
            )
        return build_int8_graph(network)
    return build_graph(network, np.float16 if precision == "float16" else np.float32)


def proven_parity(checkpoint: Checkpoint, style_file: Path, precision: Precision, *, quick: bool = False) -> Parity:
    """Opens the style as nstcam would and compares it with the network.

    Args:
        quick: on small frames only.

    Raises:
        ExportError: it differs by more than rounding.
    """
    stylizer = Stylizer(read_style(style_file), device="cpu")
    try:
        parity = compare(checkpoint.build(), stylizer, quick=quick)
    finally:
        stylizer.close()
    if precision == "int8":
        if parity.mean > LARGEST_MEAN or parity.tone > LARGEST_TONE:
            raise ExportError(
                f"in 8 bits the style differs from the trained network by {parity.mean:.1f} levels of 255 on average, "
                f"{parity.tone:.1f} in tone (allowed {LARGEST_MEAN:g} and {LARGEST_TONE:g}); "
                "use --precision float32, or train longer"
            )
    elif parity.largest > LARGEST_DIFFERENCE[precision]:
        raise ExportError(
            f"the exported {precision} style differs from the trained network by up to {parity.largest} levels of 255 "
            f"(allowed {LARGEST_DIFFERENCE[precision]}); this is a fault of nst-export, please report it"
        )
    return parity


def set_metadata(model: onnx.ModelProto, checkpoint: Checkpoint, precision: Precision, canvas: CanvasStrength) -> None:
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
        "macs_per_pixel": f"{macs_per_pixel(checkpoint.build()):g}",
        "training": json.dumps(
            {"steps_done": checkpoint.step, **checkpoint.training, "origin": checkpoint.provenance or {}}
        ),
    }
    if checkpoint.network.canvas_channels:
        values |= {"canvas": f"{canvas.strokes:g}", "canvas_patches": f"{canvas.patches:g}"}
    onnx.helper.set_model_props(model, {METADATA_PREFIX + key: value for key, value in values.items()})
