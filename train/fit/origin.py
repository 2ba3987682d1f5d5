"""What a training was made with beside its configuration: enough to make it again, nothing that names private files.

Kept in every checkpoint and exported style.
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

from nstcam.train.content.pictures import ContentSource
from nstcam.train.fit.precision import loss_dtype
from nstcam.train.network.checkpoint import Checkpoint

Origin = dict[str, Any]
"""Plain values, fit for JSON; `origin_of` says which."""

_CODE: Final = Path(__file__).parent


def origin_of(source: ContentSource, start: Checkpoint | None, loss_network: str, device: torch.device) -> Origin:
    """Args: loss_network: its name, not a path."""
    return {
        "nstcam": package_version(),
        "commit": git_commit(_CODE),
        "torch": str(torch.__version__),  # a plain string: checkpoints load plain values only
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "dtype": str(loss_dtype(device)).removeprefix("torch."),
        "loss_network": loss_network,
        "start": None if start is None else {"name": start.identity.name, "step": start.step},
        "content": content_record(source.listing()),
    }


def content_record(listing: Sequence[tuple[str, int]]) -> dict[str, int | str]:
    """How many files, and a SHA-256 of their names and sizes in the order of use: fast for any number of photos."""
    return {"files": len(listing), "sha256": hashlib.sha256(json.dumps(list(listing)).encode()).hexdigest()}


def package_version() -> str | None:
    """None where the package runs without being installed."""
    try:
        return importlib.metadata.version("nstcam")
    except importlib.metadata.PackageNotFoundError:
        return None


def git_commit(folder: Path) -> str | None:
    """Commit of the working tree that `folder` belongs to, with "-dirty" where files were changed; None without git.

    A folder that git does not track, like one of site-packages inside somebody's repository, has none.
    """
    try:
        _git(folder, "ls-files", "--error-unmatch", ".")
        return _git(folder, "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
