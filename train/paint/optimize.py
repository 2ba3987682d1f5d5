"""optimize(): minimises a loss over the pixels of one picture; Gatys et al. 2016."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import torch
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.loss.objective import Errors, Objective
from nstcam.train.network.checked import check_finite, check_tensor, number, whole
from nstcam.train.progress import Stop

Optimizer = Literal["lbfgs", "adam"]
State = dict[str, Any]
"""Tensors and plain values, from which `optimize` can continue."""

_FIRST_STEP: Final = 0.01
"""Mean change of a pixel (0..1) in L-BFGS's first step, which has no curvature yet."""
_FAILED: Final = 3.0
"""A step fails if its loss is this many times the best one: without a line search L-BFGS sometimes leaps too far."""
_MOST_RESTARTS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Method:
    """How to minimise. Nearly all of the time goes into evaluations of the loss and its gradient."""

    optimizer: Optimizer = "lbfgs"
    evaluations: int = 200
    learning_rate: float = 0.02
    """Adam's, in pixel values of 0..1; L-BFGS finds its own."""
    history: int = 10
    """Steps whose curvature L-BFGS remembers; each costs two pictures in float32."""


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of the loss."""

    number: int
    """Counted from 1."""
    errors: Errors
    image: Tensor
    """(1, 3, H, W): the picture that was evaluated; not clipped."""
    seconds: float
    """The time since this call of `optimize` began."""


@dataclass(frozen=True)
class Outcome:
    """What an optimisation reached."""

    image: Tensor
    """(1, 3, H, W): the picture with the lowest loss; not clipped."""
    errors: Errors
    evaluations: int
    finished: bool
    """False if it was stopped."""


def optimize(
    objective: Objective,
    start: Tensor,
    method: Method = Method(),
    *,
    state: State | None = None,
    stop: Stop | None = None,
    report: Callable[[Evaluation], None] = lambda _: None,
    keep: Callable[[State], None] = lambda _: None,
) -> Outcome:
    """Ends after `method.evaluations`, or earlier where the gradient is zero or `stop` is asked.

    Args:
        start: (1, 3, H, W) RGB in 0..1, of the content's size; or (1, 1, H, W) to paint luminance only.
        state: from `keep`, checked by `check_state`; continues as if there had been no interruption, and ignores
            `start`.
        report: called after each evaluation.
        keep: called after each step with what a later call can continue from; valid until the next step.

    Raises:
        TrainError: the loss is not finite, or the optimizer cannot go on with its state.
    """
    at = _Place.of(state, start.device) if state is not None else _Place(start)
    steps = _optimizer(at.pixels, method, at.reach)
    if state is not None:
        _restore(steps, state["optimizer"], method)
    restored = steps if state is not None else None
    began = time.monotonic()
    finished = True
    while at.done < method.evaluations:
        if stop is not None and stop.asked:
            finished = False
            break
        here = at.pixels.detach().clone()  # a copy: the optimizer changes pixels in place
        image = here.expand(-1, 3, -1, -1)
        errors, gradient = objective(image)
        at.done += 1
        if not math.isfinite(errors.total) and at.best_errors is None:
            raise TrainError(f"the loss is {errors.total} at the start; are the weights too high?")
        report(Evaluation(at.done, errors, image, time.monotonic() - began))
        if at.best_errors is not None and not errors.total < _FAILED * at.best_errors.total:  # nan too
            at.go_back()
            steps = _optimizer(at.pixels, method, at.reach)
            continue
        if at.best_errors is None or errors.total < at.best_errors.total:
            at.best, at.best_errors = here, errors
        if at.pixels.shape[1] == 1:
            gradient = gradient.sum(1, keepdim=True)
        mean = gradient.abs().mean().item()
        if mean == 0:
            break
        at.scale = at.scale or 1 / mean  # the optimizers' thresholds are absolute, losses and picture sizes are not
        at.pixels.grad = gradient * at.scale
        loss = torch.tensor(errors.total * at.scale)
        try:
            steps.step(lambda loss=loss: loss)  # type: ignore[misc]
        except Exception as error:
            if restored is not steps or isinstance(error, torch.OutOfMemoryError):
                raise
            raise _damaged(error) from error
        restored = None
        if method.optimizer == "lbfgs":
            steps.param_groups[0]["lr"] = 1.0  # from now on curvature decides the length
        keep({**at.as_state(at.best_errors), "optimizer": steps.state_dict()})
    best = at.best.expand(-1, 3, -1, -1)
    return Outcome(best, at.best_errors or objective(best)[0], at.done, finished)


class _Place:
    """How far an optimisation has come."""

    def __init__(self, start: Tensor) -> None:
        self.pixels = start.detach().float().contiguous().clone().requires_grad_()
        self.best = self.pixels.detach().clone()
        self.best_errors: Errors | None = None
        self.done = self.restarts = 0
        self.reach = 1.0
        """What steps are multiplied by, less after each failed one."""
        self.scale = 0.0
        """What the loss is multiplied by; 0 before its first gradient."""

    @classmethod
    def of(cls, state: State, device: torch.device) -> _Place:
        """The place that `as_state` told of."""
        at = cls(state["pixels"].to(device))
        at.best, at.best_errors = state["best"].to(device).clone(), Errors(**state["best_errors"])
        at.done, at.restarts, at.reach, at.scale = (state[key] for key in ("done", "restarts", "reach", "scale"))
        return at

    def as_state(self, best_errors: Errors) -> State:
        """All of it but what the optimizer keeps."""
        return {
            "pixels": self.pixels.detach(),
            "best": self.best,
            "best_errors": {**vars(best_errors), "layers": dict(best_errors.layers)},
            "done": self.done,
            "restarts": self.restarts,
            "reach": self.reach,
            "scale": self.scale,
        }

    def go_back(self) -> None:
        """Returns to the best picture after a failed step, for shorter ones.

        Raises:
            TrainError: it was one too many.
        """
        self.restarts += 1
        if self.restarts > _MOST_RESTARTS:
            lowest = self.best_errors.total if self.best_errors else math.nan
            raise TrainError(f"the loss does not fall below {lowest:.4g}; try --optimizer adam")
        self.reach /= 4
        self.pixels = self.best.clone().requires_grad_()  # not in place: what `keep` was given stays as it was


def check_state(state: Any, shape: tuple[int, ...]) -> None:
    """Raises ValueError unless this can be a state from `keep` for pixels of that shape; a file may hold anything.

    What the optimizer keeps is for itself to check, by loading it and by its first step.
    """
    if not isinstance(state, dict):
        raise ValueError("the state is not a table of values")
    missing = {"pixels", "best", "best_errors", "optimizer", "done", "restarts", "reach", "scale"} - state.keys()
    if missing:
        raise ValueError(f"it has no {', '.join(sorted(missing))}")
    for name in ("pixels", "best"):
        check_tensor(state[name], name, shape, (torch.float32,))
    for name in ("done", "restarts"):
        whole(state[name], name, 0, 1 << 62)
    for name in ("reach", "scale"):
        number(state[name], name, 0)
    errors = state["best_errors"]
    if not isinstance(errors, dict) or errors.keys() != {field.name for field in fields(Errors)}:
        raise ValueError("its errors are not complete")
    layers = errors["layers"]
    if not isinstance(layers, dict):
        raise ValueError("its errors are not by layer")
    for value in [*layers.values(), *(errors[name] for name in errors if name != "layers")]:
        number(value, "an error", 0)


def _restore(steps: torch.optim.Optimizer, kept: Any, method: Method) -> None:
    """Loads what the optimizer has gathered; its own settings stay, whatever the file says."""
    settings = {key: value for key, value in steps.param_groups[0].items() if key != "params"}
    try:
        steps.load_state_dict(kept)
        check_finite(dict(steps.state), "the optimizer")
    except Exception as error:  # torch expects nothing but what it wrote
        raise _damaged(error) from error
    steps.param_groups[0].update(settings)
    if method.optimizer == "lbfgs":
        steps.param_groups[0]["lr"] = 1.0  # as after its first step


def _damaged(error: Exception) -> TrainError:
    return TrainError(f"the saved state is damaged ({type(error).__name__}); start again without --resume")


def _optimizer(pixels: Tensor, method: Method, reach: float) -> torch.optim.Optimizer:
    if method.optimizer == "adam":
        return torch.optim.Adam([pixels], lr=method.learning_rate * reach, betas=(0.9, 0.99))
    # One evaluation a step: no line search, which gained nothing (docs/paint.md). The first step is lr / |g|_1 long.
    return torch.optim.LBFGS(
        [pixels],
        lr=_FIRST_STEP * reach * pixels.numel(),
        max_iter=1,
        history_size=method.history,
        tolerance_grad=0,
        tolerance_change=0,
    )
