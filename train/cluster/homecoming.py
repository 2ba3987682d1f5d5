"""Files of a run that come from a worker, checked and put into the run folder. Nothing in them is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nstcam.media.kinds import picture_kind
from nstcam.train.cluster.trainer import RUN_FILES
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import RUN_FILE, read_inputs
from nstcam.train.network.checkpoint import Checkpoint, load_checkpoint

_HEAD_BYTES = 64


def take_home(files: Mapping[str, Any], folder: Path) -> Checkpoint:
    """Writes the files into the run folder, the checkpoint last, and returns it.

    Raises:
        TrainError: the checkpoint is missing or damaged, a file is not what its name says, or nothing can be written;
            an earlier checkpoint is unharmed.
    """
    for name, data in files.items():
        if name not in RUN_FILES or type(data) is not bytes:
            raise TrainError(f"a worker sent {name!r}, which is not a file of a run")
        if name.endswith(".png") and picture_kind(data[:_HEAD_BYTES]) != "PNG":
            raise TrainError(f"a worker sent a damaged {name}")
    if CHECKPOINT_NAME not in files:
        raise TrainError("a worker sent no checkpoint")
    for name in (CHECKPOINT_NAME, RUN_FILE):  # whether they can be read, before they take the place of others
        if name in files:
            arrived = folder / f".{name}.arrived"
            write_whole(arrived, files[name])
            try:
                if name == RUN_FILE:
                    read_inputs(arrived)
                else:
                    checkpoint = load_checkpoint(arrived)
            except TrainError as error:
                raise TrainError(str(error).replace(str(arrived), f"{name}, as it came from a worker,")) from error
            finally:
                arrived.unlink(missing_ok=True)
    for name in sorted(files, key=lambda name: name == CHECKPOINT_NAME):
        write_whole(folder / name, files[name])
    return checkpoint


def at_home(folder: Path) -> dict[str, bytes]:
    """The files of the run in that folder, to be sent to a worker.

    Raises:
        TrainError: one cannot be read.
    """
    try:
        return {name: (folder / name).read_bytes() for name in RUN_FILES if (folder / name).is_file()}
    except OSError as error:
        raise TrainError(f"{folder} cannot be read ({error.strerror}); check its permissions") from error
