"""Making a basis of networks, stage by stage. What a stage has made is a file, and is not made again.

learnt/ROUND/NAME.pt    networks that have learnt a painting each
features/NAME.npy       the features of the pictures from which shares are learnt

From the second round on, paintings are learnt from the mean of the networks before. With other paintings it is another
mean: then the files of an earlier choice belong elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import torch

from nstcam.train.basis.features import FeaturesOf, read_features, write_features
from nstcam.train.basis.folding import folded_norms, mean_of, varying
from nstcam.train.basis.head import Head, Whitening, ridge, whitening
from nstcam.train.basis.learnt import ROUNDS, START, STEPS, learnt_network, lite_network
from nstcam.train.basis.pack import Basis
from nstcam.train.basis.pictures import OF_DRAWING, OF_PAINTING, Planned, of_network, of_painting
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import TrainError
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from nstcam.train.network.checkpoint import WARM_STARTS, Checkpoint, load_checkpoint
from nstcam.train.network.networks import LiteNet
from nstcam.train.picture import Picture
from nstcam.train.processes import ALONE, Processes

SEED: Final = 7
"""Of the pictures."""

_Item = TypeVar("_Item")


def _bundled() -> dict[str, Path]:
    return {path.stem: path for path in sorted(WARM_STARTS.glob("*.pt"))}


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a basis is made of."""

    paintings: Mapping[str, Path]
    """By name: each gives a change."""
    left_out: AbstractSet[str] = frozenset()
    """Names of paintings that give none, so that they can tell how well others are painted. They take part in
    all rounds but the last: in the start that all have in common, each has the same share as any other painting."""
    drawings: Mapping[str, Callable[[], Picture]]
    """By name: pictures that show how features vary, as do those that `networks` paint."""
    photographs: Sequence[Path]
    """What networks paint to make more pictures."""
    features_of: FeaturesOf
    networks: Mapping[str, Path] = field(default_factory=_bundled)
    """Checkpoints that paint photographs, besides those that have learnt."""
    content: Callable[[], ContentSource] = CloseSource
    loss_network: Callable[[], VggFeatures] = load_vgg

    @property
    def kept(self) -> dict[str, Path]:
        """The paintings that give a change each."""
        return {name: path for name, path in self.paintings.items() if name not in self.left_out}


def train_basis(
    sources: Sources,
    work: Path,
    *,
    processes: Processes = ALONE,
    say: Callable[[str], None] = print,
    rounds: int = ROUNDS,
    steps: int = STEPS,
) -> Basis:
    """Goes through the stages, or on with them.

    Args:
        processes: those that call this together; they share out the paintings, and then the pictures.
        say: called with what this process is doing, a line each.
        rounds: how often all paintings are learnt; 1 or more.
        steps: of learning a painting in a round.

    Raises:
        TrainError: there are no paintings or no photographs, a file cannot be read or written, or a loss is not
            finite.
    """
    if not sources.kept:
        raise TrainError("there are no paintings to learn from; leave out fewer")
    if not sources.photographs:
        raise TrainError("there are no photographs to paint; give a folder of them")
    content, loss_network = sources.content(), sources.loss_network()
    bundled = find_warm_start(START)
    checkpoint, start = load_checkpoint(bundled), lite_network(bundled)

    def learn(number: int, name: str, path: Path) -> Checkpoint:
        say(f"round {number}: {name}")
        begin = replace(checkpoint, weights=start.state_dict())
        return learnt_network(name, read_painting(path), begin, content, loss_network, steps)

    for number in range(1, rounds):
        learnt = _learn_all(sources.paintings, partial(learn, number), work / "learnt" / str(number), processes)
        start = processes.together(partial(_mean_of, list(learnt.values())))
    learnt = _learn_all(sources.kept, partial(learn, rounds), work / "learnt" / str(rounds), processes)

    planned = list(planned_pictures(sources, learnt, rounds))
    _shared_out(planned, partial(_measure, sources, work, say), processes)
    features = processes.together(lambda: torch.stack([read_features(_features(work, each)) for each in planned]))
    shares = torch.tensor([[float(each.painting == name) for name in learnt] for each in planned])
    known, white = shares.any(1), whitening(features)
    head = ridge(white(features[known]), shares[known])
    return processes.together(lambda: basis_of(start, {n: lite_network(p) for n, p in learnt.items()}, white, head))


def planned_pictures(sources: Sources, learnt: Mapping[str, Path], rounds: int) -> Iterator[Planned]:
    """All whose features are measured, always in the same order.

    Args:
        learnt: the checkpoints that have learnt paintings, by name.
        rounds: how many it took to learn them. Networks of another number have other pictures.
    """
    for name, path in sources.kept.items():
        yield from of_painting(f"painting-{name}", partial(read_painting, path), OF_PAINTING, name)
    for name, draw in sources.drawings.items():
        yield from of_painting(f"drawing-{name}", draw, OF_DRAWING, None)
    for name, path in sources.networks.items():
        yield from of_network(f"bundled-{name}", partial(lite_network, path), sources.photographs, None)
    for name, path in learnt.items():
        yield from of_network(f"round{rounds}-{name}", partial(lite_network, path), sources.photographs, name)


def basis_of(start: LiteNet, learnt: Mapping[str, LiteNet], features: Whitening, head: Head) -> Basis:
    """The basis whose mean is the start, and whose changes lead from it to networks that have learnt, by painting."""
    mean = folded_norms(start)
    of_mean = mean.state_dict()
    of_learnt = [folded_norms(network).state_dict() for network in learnt.values()]
    names = varying(mean)
    return Basis(
        mean={name: of_mean[name] for name in names},
        changes={name: torch.stack([state[name] - of_mean[name] for state in of_learnt]) for name in names},
        whitening=features,
        head=head,
        canvas_strength=mean.canvas_strength,
        names=tuple(learnt),
    )


def _learn_all(
    paintings: Mapping[str, Path], learn: Callable[[str, Path], Checkpoint], folder: Path, processes: Processes
) -> dict[str, Path]:
    """The checkpoints in the folder by name, of which those that are missing are made.

    Raises:
        TrainError: one could not be made.
    """
    files = {name: folder / f"{name}.pt" for name in paintings}

    def make(name: str) -> None:
        if not files[name].exists():
            learn(name, paintings[name]).compact().save(files[name])

    _shared_out(list(files), make, processes)
    return files


def _mean_of(files: Sequence[Path]) -> LiteNet:
    return mean_of([lite_network(path) for path in files])


def _features(work: Path, picture: Planned) -> Path:
    return work / "features" / f"{picture.name}.npy"


def _measure(sources: Sources, work: Path, say: Callable[[str], None], picture: Planned) -> None:
    path = _features(work, picture)
    if not path.exists():
        say(f"picture {picture.name}")
        write_features(path, picture.picture(SEED), sources.features_of)


def _shared_out(items: Sequence[_Item], make: Callable[[_Item], None], processes: Processes) -> None:
    """Makes each in one of the processes, the same one whatever the others have made, and waits for the others.

    Raises:
        TrainError: one could not be made.
    """

    def own() -> None:
        for item in items[processes.rank :: processes.count]:
            make(item)

    processes.together(own)
