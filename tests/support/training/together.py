"""Short trainings by several processes, and one of them: python -m tests.support.training.together RUN JSON.

RANK, WORLD_SIZE and where the processes meet are in the environment, as torchrun puts them there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch._C._distributed_c10d import FileStore, PrefixStore

from nstcam.train.errors import TrainError
from nstcam.train.fit import training_loss
from nstcam.train.fit.loop import CHECKPOINT_NAME, Materials, Outputs, fit
from nstcam.train.network.checked import network_from
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
from nstcam.train.processes import ALONE, Processes, from_environment, joined
from nstcam.train.progress import Step, Stop
from tests.support.models.tiny import random_loss_network
from tests.support.training.short import CPU, PAINTING, SHORT, NoiseSource, briefly


def train_together(folder: Path, count: int, *, resume: bool = False, **changes: Any) -> list[dict[str, Any]]:
    """Trains SHORT with these changes in `count` processes of one thread each, and returns what each of them said:
    the totals of its steps, a checksum of its weights, and its error.

    Args:
        folder: gets the checkpoint, and continues from it if `resume`. `stop_at` and `bad_rank` may be among the
            changes: the step after which the last process asks for a stop, and the process whose loss is not finite.
    """
    folder.mkdir(exist_ok=True)
    if count == 1:
        return [_one(folder, {**changes, "resume": resume}, ALONE)]
    port_file = folder / "port"
    port_file.unlink(missing_ok=True)
    running = []
    for rank in range(count):
        place = {"RANK": rank, "WORLD_SIZE": count, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": count}
        more = {"OMP_NUM_THREADS": 1, "GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else ""}
        environment = {**os.environ, **{name: str(value) for name, value in {**place, **more}.items() if value != ""}}
        command = [sys.executable, "-m", __name__, str(folder), json.dumps({**changes, "resume": resume})]
        running.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE))
    try:
        return [json.loads(process.communicate(timeout=120)[0]) for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()


def _one(folder: Path, changes: dict[str, Any], processes: Processes) -> dict[str, Any]:
    resume, stop_at = changes.pop("resume"), changes.pop("stop_at", None)
    bad, kind = changes.pop("bad_rank", None), changes.pop("network", None)
    network = SHORT.network if kind is None else network_from(kind)
    config = replace(SHORT, network=network, **changes)
    stop, totals = Stop(), []

    def report(step: Step) -> None:
        totals.append(step.total)
        stop.asked = processes.rank == processes.count - 1 and step.step == stop_at

    loss_network = random_loss_network()
    if processes.rank == bad:
        with torch.no_grad():
            next(loss_network.parameters()).fill_(float("nan"))
    materials = Materials(
        painting=PAINTING, source=NoiseSource(), loss_network=loss_network, identity=StyleIdentity("tiny")
    )
    kept: Checkpoint | None = load_checkpoint(folder / CHECKPOINT_NAME) if resume else None
    said: dict[str, Any] = {"error": None}
    try:
        outputs = Outputs(folder=folder, stop=stop, report=report)
        # In bfloat16 a picture alone and one of two are rounded differently, which so small a network magnifies.
        with briefly(), patch.object(training_loss, "loss_dtype", lambda _: torch.float32):
            result = fit(config, materials, outputs, CPU, resume=kept, processes=processes)
        assert result.state is not None
        weights = torch.cat([value.double().flatten() for value in result.state["weights"].values()])
        said |= {"weights": weights.numpy().tobytes().hex(), "step": result.step}
    except TrainError as error:
        said["error"] = f"{type(error).__name__}: {error}"
    return {**said, "totals": totals}


def _main() -> None:
    torch.set_num_threads(1)
    folder, changes, processes = Path(sys.argv[1]), json.loads(sys.argv[2]), from_environment(os.environ)
    store = PrefixStore("meeting", FileStore(str(folder / "port"), processes.count))
    with joined(processes, store):
        said = _one(folder, changes, processes)
    print(json.dumps(said))


if __name__ == "__main__":
    _main()
