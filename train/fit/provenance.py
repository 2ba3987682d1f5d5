"""What a training was made with besides its configuration: enough to repeat it, without the names of private files.

Kept in every checkpoint and, under the key "origin", in every exported style.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch

from nstcam.train.content.sources import ContentSource
from nstcam.train.fit.precision import loss_dtype
from nstcam.train.network.checkpoint import Checkpoint

Provenance = dict[str, Any]
"""Plain values, ready for JSON; `provenance_of` lists them."""

_CODE: Final = Path(__file__).parent


def provenance_of(
    source: ContentSource, start: Checkpoint | None, loss_network: str, device: torch.device, processes: int = 1
) -> Provenance:
    """Version, commit, machine, loss network, start and content of a training.

    Args:
        loss_network: its name, never a path.
        processes: how many trained it together.
    """
    return {
        "nstcam": package_version(),
        "commit": git_commit(_CODE),
        "torch": str(torch.__version__),  # a plain str, because checkpoints load only plain values
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "processes": processes,
        "dtype": str(loss_dtype(device)).removeprefix("torch."),
        "loss_network": loss_network,
        "start": None if start is None else {"name": start.identity.name, "step": start.step},
        "content": content_record(source.listing()),
    }


def content_record(listing: Sequence[tuple[str, int]]) -> dict[str, int | str]:
    """The number of files, and a SHA-256 of their names and sizes in order; fast for any number of photos."""
    return {"files": len(listing), "sha256": hashlib.sha256(json.dumps(list(listing)).encode()).hexdigest()}


def package_version() -> str | None:
    """The installed version; None if the package is not installed."""
    try:
        return importlib.metadata.version("nstcam")
    except importlib.metadata.PackageNotFoundError:
        return None


def git_commit(folder: Path) -> str | None:
    """Commit of the working tree that `folder` belongs to, with "-dirty" if files were changed.

    None without git, and for folders that git does not track, such as site-packages inside somebody's repository.
    """
    try:
        _git(folder, "ls-files", "--error-unmatch", ".")
        return _git(folder, "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
