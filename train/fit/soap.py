"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al. 2024, arXiv 2409.11321, algorithm 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

_LARGEST_SIDE: Final = 512
"""Longest side of a weight that is rotated; a longer one stays as it is (the paper's one-sided form)."""


class Soap(torch.optim.Optimizer):
    """Adam that sees every convolution's gradient turned to where its rows and its columns are uncorrelated.

    A step of style training is nearly all loss network, so what a better direction costs here is small against
    the steps that it saves. A weight (outputs, inputs, rows, columns) counts as a matrix of its outputs by all the
    rest; biases and norms get plain Adam.

    Args:
        lr: learning rate, of the size that suits Adam or a little above.
        betas: decay per step of Adam's two moments.
        preconditioner_decay: decay per step of the gradients' covariances.
        refresh_every: steps between two updates of the eigenbases, each by one power iteration and QR.
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

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step with the gradients that are there; a closure is not called for."""
        assert closure is None
        for group in self.param_groups:
            due: list[_Side] = []
            for weight in group["params"]:
                if weight.grad is not None:
                    due += _update(weight, self.state[weight], group)
            _refresh(due)


class _Side(NamedTuple):
    """Rows (0) or columns (1) of a weight."""

    state: dict[str, Any]
    side: int


def _update(weight: Tensor, state: dict[str, Any], group: dict[str, Any]) -> list[_Side]:
    """One step of one weight; the sides whose bases are due to be refreshed after it."""
    gradient = weight.grad.reshape(len(weight), -1).float()  # type: ignore[union-attr]
    if not state:
        state.update(step=0, first=torch.zeros_like(gradient), second=torch.zeros_like(gradient))
        state["covariances"] = _covariances(gradient) if weight.ndim > 1 else [None, None]
        state["bases"] = [None if c is None else _eigenbasis(c) for c in state["covariances"]]
        if weight.ndim > 1:
            # No step yet, as in the authors' code: in its own bases the gradient is rounding errors in most directions,
            # and Adam would make as much of those as of the others.
            return []
    state["step"] += 1
    (beta1, beta2), first, second = group["betas"], state["first"], state["second"]
    left, right = state["bases"]

    # The first moment is kept unturned, so that it needs no turning when the bases change.
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
    """New bases for all these sides: on GPUs those of one size at once, as each alone is mostly launches."""
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
    groups: dict[object, list[_Side]] = {}
    for number, each in enumerate(due):
        covariance = each.state["covariances"][each.side]
        key = (covariance.device, len(covariance)) if _pays_together(covariance.device) else number
        groups.setdefault(key, []).append(each)
    return list(groups.values())


def _pays_together(device: torch.device) -> bool:
    """On CPUs one matrix after the other is as fast, and trainings stay what they were, bit for bit."""
    return device.type == "cuda"


def _covariances(gradient: Tensor) -> list[Tensor | None]:
    """Bases for its rows and its columns; None for a side that is too long."""
    return [g @ g.T if len(g) <= _LARGEST_SIDE else None for g in (gradient, gradient.T)]


def _eigenbasis(covariance: Tensor) -> Tensor:
    """Directions in columns, largest first.

    In float64: where half of the channels are dead, float32's eigenvalues have failed to converge (MKL).
    """
    directions: Tensor = torch.linalg.eigh(covariance.double())[1]
    return directions.flip(1).to(covariance.dtype)


def _turn(x: Tensor, left: Tensor | None, right: Tensor | None) -> Tensor:
    """Into the bases; with both transposed, back again."""
    x = x if left is None else left.T @ x
    return x if right is None else x @ right


def _transposed(basis: Tensor | None) -> Tensor | None:
    return None if basis is None else basis.T


def _refreshed(basis: Tensor, covariance: Tensor) -> tuple[Tensor, Tensor]:
    """One power iteration from the old basis (algorithm 4); with it the order of the old directions, largest first.

    (n, n), or several (N, n, n) -> (n,) or (N, n), and bases as they came.
    """
    order = (basis * (covariance @ basis)).sum(-2).argsort(descending=True)
    sorted_basis = basis[:, order] if basis.ndim == 2 else basis.take_along_dim(order[:, None, :], 2)
    return order, torch.linalg.qr(covariance @ sorted_basis)[0]
