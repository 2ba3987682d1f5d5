"""Choosing the trained style that a new one starts from: the one whose painting is most similar.

For maintainers: python -m nstcam.train.fit.warm_start CHECKPOINT PAINTING adds the signature of its painting to a
checkpoint.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from nstcam.train.content.paintings import read_painting
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.loss.losses import STYLE_WEIGHTS, gram_matrix, style_error
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import WARM_STARTS, Checkpoint, Signature, load_checkpoint
from nstcam.train.network.networks import NetworkConfig
from nstcam.train.picture import Picture, shrink_to, to_tensor

log = logging.getLogger(__name__)

LAYERS: Final = ("relu1_2", "relu2_2")
"""The style layers in a signature. relu3_3 would make it four times as large, and changed the choice among sixteen
styles for three of 29 paintings, each time between two that were about as near."""

LEAST_STEPS: Final = 300
"""Runs with fewer steps are not considered: their networks paint little yet, however similar the painting is."""


@dataclass(frozen=True)
class Candidate:
    """A trained style that a training could start from."""

    start: str
    """The value of --init that names it: a bundled style's name, or the folder of a run."""
    checkpoint: Checkpoint
    distance: float
    """See `distance`."""


def signature_of(painting: Picture, style_size: int) -> Signature:
    """The painting's Gram matrices at its training size, always by the bundled VGG-16.

    One triangle of each in bfloat16, 21 kB. float16 would overflow: values of bright pictures exceed 65504.
    """
    with torch.no_grad():
        features = load_vgg()(to_tensor(shrink_to(painting, style_size), torch.device("cpu")), LAYERS)
        grams = {name: gram_matrix(features[name])[0] for name in LAYERS}
    return {name: gram[tuple(torch.triu_indices(*gram.shape))].bfloat16() for name, gram in grams.items()}


def distance(start: Signature, target: Signature) -> float:
    """How much the paintings of two signatures differ: the relative Gram error of training, as a weighted mean over the
    layers. 0 for the same painting, 1 if `start` has no features at all, more if its features are stronger.
    """
    weights = {name: STYLE_WEIGHTS[name] for name in LAYERS}
    errors = sum(w * style_error(_gram(start[name]), _gram(target[name])).item() for name, w in weights.items())
    return errors / sum(weights.values())


def _gram(triangle: Tensor) -> Tensor:
    """The Gram matrix (1, C, C) with that upper triangle."""
    channels = int((2 * triangle.numel()) ** 0.5)
    rows, columns = torch.triu_indices(channels, channels)
    gram = torch.empty(1, channels, channels)
    gram[0, rows, columns] = gram[0, columns, rows] = triangle.float()
    return gram


def find_warm_start(name_or_path: str) -> Path:
    """The checkpoint that --init names: a bundled style's name, a run folder or a file.

    Raises:
        TrainError: there is none; the message lists the names.
    """
    bundled = {p.stem: p for p in sorted(WARM_STARTS.glob("*.pt"))}
    if name_or_path in bundled:
        return bundled[name_or_path]
    path = Path(name_or_path)
    for file in (path, path / CHECKPOINT_NAME):
        if file.is_file():
            return file
    raise TrainError(f"--init {name_or_path}: no such checkpoint; bundled ones: {' '.join(bundled) or 'none'}")


def nearest_first(network: NetworkConfig, target: Signature, runs: Path) -> list[Candidate]:
    """The bundled styles and the finished runs below `runs` that have this network, the most similar painting first."""
    bundled = [(path.stem, _read(path)) for path in sorted(WARM_STARTS.glob("*.pt"))]
    own = [(str(path.parent), _read(path)) for path in sorted(runs.glob(f"*/{CHECKPOINT_NAME}"))]
    candidates = [
        Candidate(start, c, distance(c.signature, target))
        for start, c in (*bundled, *((start, c) for start, c in own if c is not None and _trained(c)))
        if c is not None and c.network == network and c.signature is not None and _comparable(c.signature, target)
    ]
    return sorted(candidates, key=lambda candidate: candidate.distance)


def describe_choice(candidates: Sequence[Candidate]) -> str:
    """One line: the first candidate, which was chosen, its distance, and the next ones."""
    first, *others = (f"{c.start} {c.distance:.2f}" for c in candidates)
    rest = f"; next: {', '.join(others[:3])}" if others else ""
    return f"starting from {first} (0: the same painting, 1: unrelated{rest}); --init chooses another"


def _comparable(start: Signature, target: Signature) -> bool:
    """Whether a signature from a file, which may hold any, has the layers; earlier versions kept more of them."""
    return all(name in start and start[name].shape == target[name].shape for name in LAYERS)


def _read(path: Path) -> Checkpoint | None:
    try:
        return load_checkpoint(path)
    except TrainError as error:
        log.warning("not considered as a start: %s", error)
        return None


def _trained(checkpoint: Checkpoint) -> bool:
    return checkpoint.step >= LEAST_STEPS and checkpoint.finished


def sign(path: Path, painting: Picture) -> None:
    """Adds the painting's signature to a checkpoint.

    Raises:
        TrainError: the file is not a checkpoint.
    """
    checkpoint = load_checkpoint(path)
    replace(checkpoint, signature=signature_of(painting, style_size_of(checkpoint.training))).save(path)


def style_size_of(training: Mapping[str, object]) -> int:
    """The style size in the training values of a checkpoint or style; the default if they do not contain it."""
    size = training.get("style_size")
    return size if type(size) is int and 32 <= size <= 65536 else TrainConfig.style_size


if __name__ == "__main__":
    sign(Path(sys.argv[1]), read_painting(Path(sys.argv[2])))
