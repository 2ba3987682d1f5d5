"""Making a basis of networks, stage by stage. What a stage has made is a file, and is not made again.

learnt/NAME.pt       networks that have learnt a painting each
features/NAME.npy    the features of the pictures from which shares are learnt

None depends on which other paintings there are: files serve for more or fewer of them. But another painting of the same
name, or other photographs, need another folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import torch

from nstcam.train.basis.features import FeaturesOf, read_features, write_features
from nstcam.train.basis.folding import folded_norms, varying
from nstcam.train.basis.head import Head, Whitening, ridge, whitening
from nstcam.train.basis.learnt import START, STEPS, learnt_network, lite_network
from nstcam.train.basis.pack import Basis
from nstcam.train.basis.pictures import Planned, of_network, of_painting
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import TrainError
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from nstcam.train.network.checkpoint import WARM_STARTS, load_checkpoint
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

    paintings: Mapping[str, Callable[[], Picture]]
    """By name, what reads it: each gives a change."""
    photographs: Sequence[Path]
    """What networks paint to make more pictures."""
    features_of: FeaturesOf
    networks: Mapping[str, Path] = field(default_factory=_bundled)
    """Checkpoints that paint photographs, besides those that have learnt: these pictures show how features vary."""
    content: Callable[[], ContentSource] = CloseSource
    loss_network: Callable[[], VggFeatures] = load_vgg


def train_basis(
    sources: Sources,
    work: Path,
    *,
    processes: Processes = ALONE,
    say: Callable[[str], None] = print,
    steps: int = STEPS,
) -> Basis:
    """Goes through the stages, or on with them.

    Args:
        processes: those that call this together; they share out the paintings, and then the pictures.
        say: called with what this process is doing, a line each.
        steps: of learning a painting.

    Raises:
        TrainError: there are no paintings or no photographs, a file cannot be read or written, or a loss is not
            finite.
    """
    if not sources.paintings:
        raise TrainError("there are no paintings to learn from; leave out fewer")
    if not sources.photographs:
        raise TrainError("there are no photographs to paint; give a folder of them")
    content, loss_network = sources.content(), sources.loss_network()
    start = find_warm_start(START)
    begin = load_checkpoint(start)
    learnt = {name: work / "learnt" / f"{name}.pt" for name in sources.paintings}

    def learn(name: str) -> None:
        if not learnt[name].exists():
            say(f"learning {name}")
            painting = sources.paintings[name]()
            learnt_network(name, painting, begin, content, loss_network, steps).compact().save(learnt[name])

    _shared_out(list(learnt), learn, processes)
    planned = list(planned_pictures(sources, learnt))
    _shared_out(planned, partial(_measure, sources, work, say), processes)
    features = processes.together(lambda: torch.stack([read_features(_features(work, each)) for each in planned]))
    shares = torch.tensor([[float(each.painting == name) for name in learnt] for each in planned])
    known, white = shares.any(1), whitening(features)
    head = ridge(white(features[known]), shares[known])
    return processes.together(
        lambda: basis_of(lite_network(start), {n: lite_network(p) for n, p in learnt.items()}, white, head)
    )


def planned_pictures(sources: Sources, learnt: Mapping[str, Path]) -> Iterator[Planned]:
    """All whose features are measured, always in the same order.

    Args:
        learnt: the checkpoints that have learnt paintings, by name.
    """
    for name, read in sources.paintings.items():
        yield from of_painting(f"painting-{name}", read, name)
    for name, path in sources.networks.items():
        yield from of_network(f"bundled-{name}", partial(lite_network, path), sources.photographs, None)
    for name, path in learnt.items():
        yield from of_network(f"learnt-{name}", partial(lite_network, path), sources.photographs, name)


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
