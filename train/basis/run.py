"""Making a basis of networks, stage by stage. What a stage has made is a file, and is not made again.

learnt/NAME.pt      networks that have learnt a painting each
pictures/NAME.png   what is trained on
measured/NAME.pt    what the training knows of each
training.pt         the training
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import torch

from nstcam.train.basis.fit import Figures, basis_config, fit_basis
from nstcam.train.basis.learnt import START, STEPS, learnt_network, lite_network
from nstcam.train.basis.measured import FeaturesOf, MeasuredPicture, measure, read_measured
from nstcam.train.basis.model import BasisNet, whitening
from nstcam.train.basis.pack import Basis
from nstcam.train.basis.pictures import OF_DRAWING, OF_PAINTING, Planned, of_network, of_painting
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import ContentSource
from nstcam.train.errors import TrainError
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from nstcam.train.network.checkpoint import WARM_STARTS, load_checkpoint
from nstcam.train.picture import Picture, write_picture
from nstcam.train.processes import ALONE, Processes

SEED: Final = 7
LEAST_PAINTINGS: Final = 2

_Item = TypeVar("_Item")


def _bundled() -> dict[str, Path]:
    return {path.stem: path for path in sorted(WARM_STARTS.glob("*.pt"))}


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a basis is made of."""

    paintings: Mapping[str, Path]
    """By name: each gives a change."""
    drawings: Mapping[str, Callable[[], Picture]]
    """Pictures whose strokes are trained on too, without a change of their own."""
    photographs: Sequence[Path]
    """What networks paint to make more pictures."""
    features_of: FeaturesOf
    networks: Mapping[str, Path] = field(default_factory=_bundled)
    """Checkpoints that paint photographs, besides those that have learnt."""
    content: Callable[[], ContentSource] = CloseSource
    loss_network: Callable[[], VggFeatures] = load_vgg


def train_basis(
    sources: Sources,
    work: Path,
    minutes: float | None,
    *,
    processes: Processes = ALONE,
    say: Callable[[str], None] = print,
    report: Callable[[Figures], None] = lambda _: None,
    learning_steps: int = STEPS,
    steps: int | None = None,
) -> Basis:
    """Goes through the stages, or on with them.

    Args:
        minutes: length of the training, without the stages before it; None: `steps` count.
        processes: those that call this together; they share out the pictures, and each step.
        say: called in the first process with what is being done, a line each.
        report: called there with every step of the training.

    Raises:
        TrainError: there are too few paintings or no photographs, a file cannot be read or written, or the loss is not
            finite.
    """
    if len(sources.paintings) < LEAST_PAINTINGS:
        raise TrainError(f"{len(sources.paintings)} paintings are too few; at least {LEAST_PAINTINGS} are needed")
    if not sources.photographs:
        raise TrainError("there are no photographs to paint; give a folder of them")
    tell = say if processes.leads else _silent
    content, loss_network = sources.content(), sources.loss_network()
    start = load_checkpoint(find_warm_start(START))
    learnt = {name: work / "learnt" / f"{name}.pt" for name in sources.paintings}

    def learn(name: str) -> None:
        if learnt[name].exists():
            return
        tell(f"learning {name}")
        painting = read_painting(sources.paintings[name])
        learnt_network(name, painting, start, content, loss_network, learning_steps).compact().save(learnt[name])

    _shared_out(list(learnt), learn, processes)

    planned = list(planned_pictures(sources, learnt))

    def make(each: Planned) -> None:
        path, measured = work / "pictures" / f"{each.name}.png", _measured(work, each)
        if measured.exists():
            return
        tell(f"picture {each.name}")
        if not path.exists():
            write_picture(path, each.picture(SEED))
        measure(measured, read_painting(path), sources.features_of, loss_network)

    _shared_out(planned, make, processes)
    pictures = processes.together(lambda: [read_measured(_measured(work, each), each) for each in planned])

    config = basis_config(start.network, minutes)
    config = config if steps is None else replace(config, steps=steps)
    torch.manual_seed(config.seed)
    model = processes.together(lambda: beginning(pictures, learnt))
    tell(f"training with {len(pictures)} pictures")
    done = fit_basis(model, pictures, config, content, loss_network, work, processes=processes, report=report)
    return done.basis()


def planned_pictures(sources: Sources, learnt: Mapping[str, Path]) -> Iterator[Planned]:
    """All that are trained on, always in the same order."""
    for name, path in sources.paintings.items():
        yield from of_painting(f"painting-{name}", partial(read_painting, path), OF_PAINTING, name)
    for name, draw in sources.drawings.items():
        yield from of_painting(f"drawing-{name}", draw, OF_DRAWING, None)
    for name, path in sources.networks.items():
        yield from of_network(f"bundled-{name}", partial(lite_network, path), sources.photographs, None)
    for name, path in learnt.items():
        yield from of_network(f"learnt-{name}", partial(lite_network, path), sources.photographs, name)


def beginning(pictures: Sequence[MeasuredPicture], learnt: Mapping[str, Path]) -> BasisNet:
    """The model before its training: a picture with the strokes of a painting gets the change that was learnt from it.

    Raises:
        TrainError: a network cannot be read.
    """
    networks = {name: lite_network(path) for name, path in learnt.items()}
    features = whitening(torch.stack([picture.features for picture in pictures]))
    model = BasisNet(lite_network(find_warm_start(START)), networks, features)
    known = [(picture, model.paintings.index(picture.painting)) for picture in pictures if picture.painting is not None]
    z = model.projected(torch.stack([picture.features for picture, _ in known]))
    model.head.fit_linear(z, torch.eye(len(networks))[[number for _, number in known]])
    return model


def _measured(work: Path, planned: Planned) -> Path:
    return work / "measured" / f"{planned.name}.pt"


def _shared_out(items: Sequence[_Item], make: Callable[[_Item], None], processes: Processes) -> None:
    """Makes each in one of the processes, the same one whatever the others have made, and waits for the others.

    Raises:
        TrainError: one could not be made.
    """

    def own() -> None:
        for item in items[processes.rank :: processes.count]:
            make(item)

    processes.together(own)


def _silent(_: str) -> None:
    pass
