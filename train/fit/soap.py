"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al. 2024, arXiv 2409.11321, algorithm 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

_LARGEST_SIDE: Final = 512
"""Longest side of a weight that is rotated; a longer side is not (the paper's one-sided form)."""


def _undecorated(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of PyTorch's optimizers without its decorator, which loads PyTorch's compiler at the first call: three
    seconds, of which the decorator's only use is that the compiler leaves the method alone."""
    return getattr(method, "__wrapped__", method)


class Soap(torch.optim.Optimizer):
    """Adam on gradients rotated into a basis in which their rows and their columns are uncorrelated.

    Nearly all of a style training step is spent in the loss network, so a better direction costs little compared with
    the steps it saves. A weight (outputs, inputs, rows, columns) is treated as a matrix of outputs by everything else;
    biases and norms get plain Adam.

    Args:
        params: parameters to optimise.
        lr: learning rate; what suits Adam, or slightly more.
        betas: decay of Adam's two moments per step.
        preconditioner_decay: decay of the gradients' covariances per step.
        refresh_every: steps between updates of the eigenbases; an update is one power iteration and a QR decomposition.
        eps: added to Adam's denominator.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.99),
        preconditioner_decay: float = 0.95,
        refresh_every: int = 5,
        eps: float = 1e-8,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps}
        super().__init__(params, {**defaults, "decay": preconditioner_decay, "refresh_every": refresh_every})

    add_param_group = _undecorated(torch.optim.Optimizer.add_param_group)
    zero_grad = _undecorated(torch.optim.Optimizer.zero_grad)
    state_dict = _undecorated(torch.optim.Optimizer.state_dict)
    load_state_dict = _undecorated(torch.optim.Optimizer.load_state_dict)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Takes one step with the current gradients. Closures are not supported."""
        assert closure is None
        for group in self.param_groups:
            due: list[_Side] = []
            for weight in group["params"]:
                if weight.grad is not None:
                    due += _update(weight, self.state[weight], group)
            _refresh(due)


class _Side(NamedTuple):
    """The rows (side 0) or the columns (side 1) of a weight, and the weight's state."""

    state: dict[str, Any]
    side: int


def _update(weight: Tensor, state: dict[str, Any], group: dict[str, Any]) -> list[_Side]:
    """Takes one step of one weight and returns the sides whose bases are now due for a refresh."""
    gradient = weight.grad.reshape(len(weight), -1).float()  # type: ignore[union-attr]
    if not state:
        state.update(step=0, first=torch.zeros_like(gradient), second=torch.zeros_like(gradient))
        state["covariances"] = _covariances(gradient) if weight.ndim > 1 else [None, None]
        state["bases"] = [None if c is None else _eigenbasis(c) for c in state["covariances"]]
        if weight.ndim > 1:
            # No step yet, as in the authors' code: in bases made from this very gradient it is rounding error in most
            # directions, and Adam would scale these up like all others.
            return []
    state["step"] += 1
    (beta1, beta2), first, second = group["betas"], state["first"], state["second"]
    left, right = state["bases"]

    # The first moment is kept unrotated, so that a change of the bases does not affect it.
    first.lerp_(gradient, 1 - beta1)
    second.lerp_(_turn(gradient, left, right).square(), 1 - beta2)
    mean = _turn(first, left, right) / (1 - beta1 ** state["step"])
    deviation = (second / (1 - beta2 ** state["step"])).sqrt()
    direction = _turn(mean / (deviation + group["eps"]), _transposed(left), _transposed(right))
    weight.sub_(direction.reshape(weight.shape), alpha=group["lr"])

    refresh = state["step"] % group["refresh_every"] == 0 or state["step"] < group["refresh_every"]
    turned = [side for side, covariance in enumerate(state["covariances"]) if covariance is not None]
    for side in turned:
        g = gradient.T if side else gradient
        state["covariances"][side].lerp_(g @ g.T, 1 - group["decay"])
    return [_Side(state, side) for side in turned] if refresh else []


def _refresh(due: list[_Side]) -> None:
    """Updates the bases of these sides; on GPUs all of one size at once, since one alone is mostly launch overhead."""
    for sides in _grouped(due):
        bases = [state["bases"][side] for state, side in sides]
        covariances = [state["covariances"][side] for state, side in sides]
        if len(sides) > 1:
            found = list(zip(*_refreshed(torch.stack(bases), torch.stack(covariances)), strict=True))
        else:
            found = [_refreshed(bases[0], covariances[0])]
        for (state, side), (order, basis) in zip(sides, found, strict=True):
            state["bases"][side] = basis
            state["second"] = state["second"].index_select(side, order)


def _grouped(due: list[_Side]) -> list[list[_Side]]:
    """The sides that are refreshed together."""
    groups: dict[object, list[_Side]] = {}
    for number, each in enumerate(due):
        covariance = each.state["covariances"][each.side]
        key = (covariance.device, len(covariance)) if _pays_together(covariance.device) else number
        groups.setdefault(key, []).append(each)
    return list(groups.values())


def _pays_together(device: torch.device) -> bool:
    """Whether batching is worth it. On CPUs it is not, and one at a time keeps trainings bit for bit reproducible."""
    return device.type == "cuda"


def _covariances(gradient: Tensor) -> list[Tensor | None]:
    """Covariances of the rows and of the columns of a matrix; None for a side that is too long."""
    return [g @ g.T if len(g) <= _LARGEST_SIDE else None for g in (gradient, gradient.T)]


def _eigenbasis(covariance: Tensor) -> Tensor:
    """The eigenvectors as columns, those of the largest eigenvalues first.

    Computed in float64: with half of the channels dead, float32 has failed to converge (MKL).
    """
    directions: Tensor = torch.linalg.eigh(covariance.double())[1]
    return directions.flip(1).to(covariance.dtype)


def _turn(x: Tensor, left: Tensor | None, right: Tensor | None) -> Tensor:
    """Rotates a matrix into the bases, or back if both are transposed; None leaves a side as it is."""
    x = x if left is None else left.T @ x
    return x if right is None else x @ right


def _transposed(basis: Tensor | None) -> Tensor | None:
    return None if basis is None else basis.T


def _refreshed(basis: Tensor, covariance: Tensor) -> tuple[Tensor, Tensor]:
    """One power iteration from the old basis (algorithm 4 of the paper), for one side (n, n) or several (N, n, n).

    Returns:
        The order of the old directions, largest first, (n,) or (N, n), and the new bases in the shape of the old.
    """
    order = (basis * (covariance @ basis)).sum(-2).argsort(descending=True)
    sorted_basis = basis[:, order] if basis.ndim == 2 else basis.take_along_dim(order[:, None, :], 2)
    return order, torch.linalg.qr(covariance @ sorted_basis)[0]
