"""Which trained style a new one starts from: the one whose painting is nearest.

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
from nstcam.train.content.pictures import shrink_to, to_tensor
from nstcam.train.content.scenes import Picture
from nstcam.train.errors import TrainError
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.loss.losses import STYLE_WEIGHTS, gram_matrix, style_error
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import WARM_STARTS, Checkpoint, Signature, load_checkpoint
from nstcam.train.network.networks import NetworkConfig

log = logging.getLogger(__name__)

LAYERS: Final = ("relu1_2", "relu2_2", "relu3_3")
"""Of the style layers those in a signature. relu4_3 would make it four times as large, and left the choice among the
three styles bundled then the same for each of 24 paintings."""

LEAST_STEPS: Final = 300
"""A run of fewer steps was a trial: its network paints little yet, however near its painting is."""


@dataclass(frozen=True)
class Candidate:
    start: str
    """What --init knows it by: a bundled style's name, or the folder of a run."""
    checkpoint: Checkpoint
    distance: float
    """See `distance`."""


def signature_of(painting: Picture, style_size: int) -> Signature:
    """The painting's Gram matrices at the size it is trained at, by the bundled VGG-16 whichever loss network trains.

    One triangle of each, bfloat16: 86 kB. Half of float32's exponent would not do: bright pictures pass 65504.
    """
    with torch.no_grad():
        features = load_vgg()(to_tensor(shrink_to(painting, style_size), torch.device("cpu")), LAYERS)
        grams = {name: gram_matrix(features[name])[0] for name in LAYERS}
    return {name: gram[tuple(torch.triu_indices(*gram.shape))].bfloat16() for name, gram in grams.items()}


def distance(start: Signature, target: Signature) -> float:
    """How far a style of painting `start` is from painting `target`: the relative Gram error of training, weighted mean
    over the layers. 0 for the same painting, 1 for a start without any features, more where its features are stronger.
    """
    weights = {name: STYLE_WEIGHTS[name] for name in LAYERS}
    errors = sum(w * style_error(_gram(start[name]), _gram(target[name])).item() for name, w in weights.items())
    return errors / sum(weights.values())


def _gram(triangle: Tensor) -> Tensor:
    """(1, C, C) from its upper triangle."""
    channels = int((2 * triangle.numel()) ** 0.5)
    rows, columns = torch.triu_indices(channels, channels)
    gram = torch.empty(1, channels, channels)
    gram[0, rows, columns] = gram[0, columns, rows] = triangle.float()
    return gram


def find_warm_start(name_or_path: str) -> Path:
    """A checkpoint or a run folder by path, or a bundled style's by name.

    Raises:
        TrainError: neither exists; the message lists the names.
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
    """The bundled styles and the finished runs below `runs` with this very network, nearest painting first."""
    bundled = [(path.stem, _read(path)) for path in sorted(WARM_STARTS.glob("*.pt"))]
    own = [(str(path.parent), _read(path)) for path in sorted(runs.glob(f"*/{CHECKPOINT_NAME}"))]
    candidates = [
        Candidate(start, c, distance(c.signature, target))
        for start, c in (*bundled, *((start, c) for start, c in own if c is not None and _trained(c)))
        if c is not None and c.network == network and c.signature is not None
    ]
    return sorted(candidates, key=lambda candidate: candidate.distance)


def told(candidates: Sequence[Candidate]) -> str:
    """One line: which was chosen, how near it is, and what else there was."""
    first, *others = (f"{c.start} {c.distance:.2f}" for c in candidates)
    rest = f"; next: {', '.join(others[:3])}" if others else ""
    return f"starts from {first} (0: the same painting, 1: unrelated{rest}); --init chooses another"


def _read(path: Path) -> Checkpoint | None:
    try:
        return load_checkpoint(path)
    except TrainError as error:
        log.warning("not looked at as a start: %s", error)
        return None


def _trained(checkpoint: Checkpoint) -> bool:
    return checkpoint.step >= LEAST_STEPS and checkpoint.finished


def sign(path: Path, painting: Picture) -> None:
    """Adds the painting's signature to a checkpoint.

    Raises:
        TrainError: it is none.
    """
    checkpoint = load_checkpoint(path)
    replace(checkpoint, signature=signature_of(painting, style_size_of(checkpoint.training))).save(path)


def style_size_of(training: Mapping[str, object]) -> int:
    size = training.get("style_size")
    return size if isinstance(size, int) else TrainConfig.style_size


if __name__ == "__main__":
    sign(Path(sys.argv[1]), read_painting(Path(sys.argv[2])))
