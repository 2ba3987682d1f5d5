"""Small checkpoints of runs, to be carried home: python -m scripts.gpu_machine.compact TARGET RUN..."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.network.checkpoint import load_checkpoint

target = Path(sys.argv[1])
for run in map(Path, sys.argv[2:]):
    if not (run / CHECKPOINT_NAME).exists():
        print(f"{run}: no checkpoint")
        continue
    (target / run.name).mkdir(parents=True, exist_ok=True)
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME)
    checkpoint.compact().save(target / run.name / CHECKPOINT_NAME)
    for name in ("preview.png", "painting.png", "loss.png", "run.json"):
        if (run / name).exists():
            shutil.copy(run / name, target / run.name)
    print(f"{run.name}: {checkpoint.step} steps")
