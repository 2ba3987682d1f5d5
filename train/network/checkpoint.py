"""Checkpoints: everything needed to rebuild a network and continue its training, and who painted the style."""

from __future__ import annotations

import io
import re
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from nstcam.media.style_names import is_mark
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.network.checked import (
    check_plain,
    check_signature,
    check_state,
    check_weights,
    load_tensors,
    network_from,
    text,
    whole,
)
from nstcam.train.network.networks import LiteNet, NetworkConfig, TransformerNet, build_network

FORMAT: Final = "nstcam-checkpoint-2"
LONGEST_NAME: Final = 200
"""Letters of a style's name in a checkpoint; systems take file names of some 255 bytes."""
MOST_STEPS: Final = 1_000_000_000
WARM_STARTS: Final = Path(__file__).parents[1] / "warm"
"""Compact checkpoints of the bundled styles, which new trainings start from."""


Signature = dict[str, Tensor]
"""Gram matrices of a painting by layer, one triangle of each, (C * (C + 1) / 2,); see nstcam.train.fit.warm_start."""


@dataclass(frozen=True)
class StyleIdentity:
    """The style's name and its painting's credits; copied from the training into the exported file."""

    name: str
    """What users type, and the stem of the style's file. Letters of any script with their marks, digits, dots, dashes
    and underscores."""
    title: str = ""
    artist: str = ""
    year: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)


def check_name(name: str, error: type[Exception] = TrainError) -> None:
    """Raises `error` if a style cannot have this name. A stranger's checkpoint must not name a file elsewhere."""
    plain = "".join("a" if is_mark(character) else character for character in name)
    if not re.fullmatch(r"\w[\w.-]*", plain):
        raise error(f"style name {name!r} is not allowed; use letters, digits, dots and dashes")


@dataclass
class Checkpoint:
    """A training at one moment: what to export, what to start from and, unless it is compact, what to continue with."""

    network: NetworkConfig
    weights: dict[str, Tensor]
    """The moving average of the weights: what is exported, and what warm starts begin with."""
    identity: StyleIdentity
    step: int
    training: dict[str, Any]
    """The TrainConfig as plain values; --resume continues with it."""
    state: dict[str, Any] | None = field(default=None, repr=False)
    """None in a compact checkpoint, otherwise: "weights" (the raw ones), "optimizer" (its state dict), "history" (the
    fields of each nstcam.train.progress.Step by name), "frozen" (whether batch-norm statistics are fixed) and "palette"
    (nstcam.train.fit.palette_memory)."""
    signature: Signature | None = field(default=None, repr=False)
    """The painting's; compared with another painting's to choose a warm start. None if it was not computed."""
    provenance: dict[str, Any] | None = None
    """What it was made with besides the TrainConfig; see nstcam.train.fit.provenance. None if it was not recorded."""

    def save(self, path: Path) -> None:
        """Writes the file completely or not at all.

        Raises:
            TrainError: it cannot be written; an earlier file of that name is unharmed.
        """
        buffer = io.BytesIO()  # when torch writes the file itself, its error for a full disk says nothing useful
        torch.save({"format": FORMAT, **asdict(self)}, buffer)
        write_whole(path, buffer.getbuffer())

    def compact(self) -> Checkpoint:
        """A copy with half-precision weights and without training state: small enough to ship, good enough to export
        and to start from."""
        half = {k: v.half() if v.is_floating_point() else v for k, v in self.weights.items()}
        return replace(self, weights=half, state=None)

    @property
    def finished(self) -> bool:
        """Whether its schedule has ended; False while it trains and after it was stopped."""
        if self.state is None:
            return True
        history = self.state["history"]
        return bool(history) and history[-1]["progress"] >= 1

    def build(self) -> TransformerNet | LiteNet:
        """The network with these weights, ready for use: evaluation mode, float32, on the CPU."""
        network = build_network(self.network)
        network.load_state_dict(self.weights)
        return network.eval()


def load_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint. Only tensors and plain values are loaded, so a file from a stranger cannot run code.

    All values are checked but those of `training`, which a later version may have added to (config_from does), and the
    optimizer's.

    Raises:
        TrainError: missing, damaged, not a checkpoint of nst-train, or from another version.
    """
    if not path.is_file():
        raise TrainError(f"checkpoint {path} not found")
    try:
        content = load_tensors(path)
    except Exception as error:  # torch raises a dozen kinds for files it did not write
        raise TrainError(f"{path} is not a checkpoint or is damaged ({type(error).__name__})") from error
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise TrainError(f"{path} is not a checkpoint of this version of nst-train (expected {FORMAT})")
    missing = {f.name for f in fields(Checkpoint)} - content.keys()
    if missing:
        raise TrainError(f"{path} is damaged: it has no {', '.join(sorted(missing))}")
    try:
        return _checked(content)
    except TypeError as error:  # a field that this version does not know
        raise TrainError(f"{path} was written by a newer nstcam ({error}); update this one") from error
    except ValueError as error:
        raise TrainError(f"{path} is damaged: {error}") from error


def _checked(content: dict[str, Any]) -> Checkpoint:
    """The checkpoint with these values, each of them checked but the optimizer's.

    Raises:
        TypeError: there is a field that this version does not know.
        ValueError: a value is not possible.
    """
    network, identity = network_from(content["network"]), content["identity"]
    if not isinstance(identity, dict):
        raise ValueError("identity is not a table of texts")
    if "name" not in identity:
        raise ValueError("identity has no name")
    for name, value in identity.items():
        text(value, f"identity {name}")
    if len(identity["name"]) > LONGEST_NAME:
        raise ValueError(f"identity name has more than {LONGEST_NAME} letters")
    check_name(identity["name"], ValueError)
    checkpoint = Checkpoint(**{**content, "network": network, "identity": StyleIdentity(**identity)})
    whole(checkpoint.step, "step", 0, MOST_STEPS)
    check_weights(checkpoint.weights, network)
    check_plain(checkpoint.training, "training")
    if checkpoint.provenance is not None:
        check_plain(checkpoint.provenance, "provenance")
    if checkpoint.signature is not None:
        check_signature(checkpoint.signature)
    if checkpoint.state is not None:
        check_state(checkpoint.state, network, checkpoint.step)
    return checkpoint
