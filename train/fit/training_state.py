"""What changes while a network trains: weights, their average, optimizer and history. Kept in checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import torch

from nstcam.train.errors import TrainError
from nstcam.train.fit.average import MovingAverage
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.palette_memory import PaletteMemory
from nstcam.train.fit.soap import Soap
from nstcam.train.network.checked import check_finite
from nstcam.train.network.checkpoint import Checkpoint
from nstcam.train.network.networks import LiteNet, TransformerNet, build_network
from nstcam.train.network.norms import freeze_norms
from nstcam.train.network.shared_norm import share_norms
from nstcam.train.processes import ALONE, Processes
from nstcam.train.progress import Step

OPTIMIZERS: Final[dict[str, Callable[..., torch.optim.Optimizer]]] = {"soap": Soap, "adam": torch.optim.Adam}


@dataclass
class TrainingState:
    """The network in training mode, and all that continues with it when the run is resumed."""

    network: TransformerNet | LiteNet
    average: MovingAverage
    optimizer: torch.optim.Optimizer
    palette: PaletteMemory
    history: list[Step]
    """One entry for every step that was read from the device."""
    frozen: bool
    """Whether batch-norm statistics are fixed."""

    def freeze(self) -> None:
        freeze_norms(self.network)
        self.frozen = True

    @property
    def tensors(self) -> list[torch.Tensor]:
        """The network's parameters and statistics, themselves."""
        return list(self.network.state_dict().values())

    def as_plain_values(self) -> dict[str, object]:
        """The `state` of a Checkpoint; the averaged weights are kept beside it."""
        return {
            "weights": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "history": [asdict(step) for step in self.history],
            "frozen": self.frozen,
            "palette": self.palette.as_plain_values(),
        }


def initial_state(
    config: TrainConfig,
    device: torch.device,
    palette: PaletteMemory,
    start: Checkpoint | None,
    resume: Checkpoint | None,
    processes: Processes = ALONE,
) -> TrainingState:
    """The state that a run begins or continues with. Sets PyTorch's seed.

    Args:
        palette: empty; gets what the interrupted run remembered.
        start: weights to begin with (warm start).
        resume: an interrupted run of the same configuration.
        processes: those that train together; all get the weights of process 0.

    Raises:
        TrainError: `start` has another network than the configured one, or `resume` is damaged.
    """
    torch.manual_seed(config.seed)
    network = build_network(config.network).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start is not None:
        if start.network != config.network:
            raise TrainError(f"the warm start is a {start.network}, the run a {config.network}; use the same --preset")
        network.load_state_dict(start.weights)
    if processes.count > 1:
        share_norms(network)
    network.weaken_patches(config.patches)
    average = MovingAverage(network, config.average_decay, resume.step if resume is not None else 0)
    optimizer = OPTIMIZERS[config.optimizer](network.parameters(), lr=config.learning_rate)
    state = TrainingState(network, average, optimizer, palette, history=[], frozen=False)
    network.train()
    if resume is not None:
        assert resume.state is not None
        network.load_state_dict(resume.state["weights"])
        average.network.load_state_dict(resume.weights)
        _restore(optimizer, resume.state["optimizer"])
        palette.restore(resume.state.get("palette", {}), device)  # runs of earlier versions have none
        state.history = earlier_steps(resume)
        if resume.state["frozen"]:
            state.freeze()
    processes.take_from_first(state.tensors)
    return state


def earlier_steps(resume: Checkpoint) -> list[Step]:
    """The steps that an interrupted run has behind it."""
    assert resume.state is not None
    return [Step(**values) for values in resume.state["history"]]


def _restore(optimizer: torch.optim.Optimizer, kept: dict[str, Any]) -> None:
    """Loads what the optimizer has gathered; its own settings stay, whatever the file says.

    Raises:
        TrainError: it is not what such an optimizer keeps. Shapes show at the first step only.
    """
    settings = [{key: value for key, value in group.items() if key != "params"} for group in optimizer.param_groups]
    try:
        optimizer.load_state_dict(kept)
        check_finite(dict(optimizer.state), "the optimizer")
    except Exception as error:  # torch expects nothing but what it wrote
        raise damaged_optimizer(error) from error
    for group, own in zip(optimizer.param_groups, settings, strict=True):
        group.update(own)


def damaged_optimizer(error: Exception) -> TrainError:
    """One line for an optimizer that cannot go on with what a checkpoint holds of it."""
    return TrainError(
        f"the optimizer in the checkpoint is damaged ({type(error).__name__}); start another run from its weights "
        "with --init"
    )


class Schedule:
    """How far a training is, in steps or in minutes, whichever its length is given in. Its clock starts at once.

    Args:
        earlier_seconds: training time before this resumption.
    """

    def __init__(self, config: TrainConfig, earlier_seconds: float) -> None:
        self._config, self._earlier, self._began = config, earlier_seconds, time.monotonic()

    @property
    def seconds(self) -> float:
        """Training time so far, over all resumptions."""
        return self._earlier + time.monotonic() - self._began

    def progress(self, steps: int) -> float:
        """Share of the schedule, 0..1, that so many steps are."""
        if self._config.minutes is not None:
            return min(self.seconds / (60 * self._config.minutes), 1.0)
        return min(steps / self._config.steps, 1.0)
