"""Damaged checkpoints, through nst-export, nst-train --resume and nst-train --init."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Final

from tests.support.damage.bytes import ODD, damage, odd_value
from tests.support.damage.case import SENTINEL, Case, Kind
from tests.support.damage.training import make_trainings_small, train

_RUN: Final = ("checkpoint.pt", "run.json", "painting.png")
_MORE: Final = (10**9, [1] * 100_000, [10**9], [-1], [0], "lite", "johnson", [[1]], "../../letter", "a\x1b[31m", 2**33)


def _prepare(folder: Path) -> None:
    from nstcam.train.fit.run_folder import Inputs, TrainingRun, save_inputs
    from nstcam.train.network.checkpoint import StyleIdentity
    from tests.support.training.short import PAINTING, SHORT, Runner

    checkpoint = Runner()(folder, stop_at=6)
    inputs = Inputs((), "vgg16", None)
    save_inputs(
        TrainingRun(folder=folder, config=SHORT, identity=StyleIdentity("tiny"), painting=PAINTING, inputs=inputs)
    )
    checkpoint.compact().save(folder / "compact.pt")


def _odd(data: bytes, dice: random.Random) -> tuple[str, bytes]:
    """A checkpoint that PyTorch can read but that has one odd value."""
    import torch

    content = torch.load(io.BytesIO(data), weights_only=True)
    tensors = (
        torch.zeros(0), torch.full((3,), float("nan")), torch.zeros(2, 3, dtype=torch.int64), torch.zeros(1, 1, 1, 1),
        torch.empty(1).expand(1 << 28), torch.zeros(4, dtype=torch.complex64), torch.full((16,), 1e30), torch.tensor(5),
    )  # fmt: skip
    section = dice.choice(list(content))
    odd = (*ODD, *_MORE, *tensors)
    if isinstance(content[section], dict) and content[section] and dice.random() < 0.9:
        what, content[section] = odd_value(content[section], dice, odd)
    else:
        value = dice.choice(odd)
        what, content = f"all of it {type(value).__name__}", {**content, section: value}
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return f"{section}: {what}", buffer.getvalue()


def _odd_run(data: bytes, dice: random.Random) -> tuple[str, bytes]:
    what, content = odd_value(json.loads(data), dice)
    return f"run.json {what}", json.dumps(content).encode()


def _make(wholes: Path, number: int, dice: random.Random) -> Case:
    run, way = number % 3, number // 3 % 6
    name = "compact.pt" if run and dice.random() < 0.5 else "checkpoint.pt"
    files = {SENTINEL: b"mine\n", "a.png": (wholes / "painting.png").read_bytes()}
    folder = {part: (wholes / part).read_bytes() for part in _RUN}
    data = (wholes / name).read_bytes()
    if way == 0:
        what, folder["checkpoint.pt"] = damage(data, dice)
    elif way == 1 and run == 0:
        what, folder["run.json"] = _odd_run(folder["run.json"], dice)
    else:
        what, folder["checkpoint.pt"] = _odd(data, dice)
    files |= {f"runs/odd/{part}": content for part, content in folder.items()}
    if run == 0:
        resumed = ("nst-train", "--resume", "--run", "runs/odd", "--device", "cpu")
        return Case(f"resumed: {what}", files, resumed, ("runs/odd/",), kept=("runs/odd/",))
    if run == 1:
        started = train("a.png", "--run", "runs/new", "--init", "runs/odd")
        return Case(f"warm start: {what}", files, started, ("runs/new/",))
    checked = () if dice.random() < 0.3 else ("--no-check",)
    words = ("nst-export", "runs/odd", "--output", "out.onnx", *checked)
    return Case(f"exported: {what}", files, words, ("out.onnx", "out.int8.onnx"))


def _ready() -> None:
    from nstcam.export.cli import nst_export

    assert nst_export
    make_trainings_small()


CHECKPOINTS: Final = Kind("checkpoints", 180, _prepare, _make, _ready)
