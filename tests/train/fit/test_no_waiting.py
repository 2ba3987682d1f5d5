"""Tests that a training step never makes the host wait for the device, on PyTorch's device "meta".

Tensors of that device have shapes but no values. Whatever would make the host wait for a GPU fails on it or is noticed
here: reading a value, finding the positions of a mask, copying to the device without `non_blocking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from nstcam.train.fit import soap
from nstcam.train.fit.average import MovingAverage
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.palette_memory import PaletteMemory
from nstcam.train.fit.shake import Shake, next_frame
from nstcam.train.fit.soap import Soap
from nstcam.train.fit.training_loss import TrainingLoss
from nstcam.train.loss.losses import relative_flicker_error
from nstcam.train.network.networks import LiteNet, NetworkConfig, TransformerNet
from nstcam.train.network.training_painter import training_painter
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_loss_network, random_network

META = torch.device("meta")


class NoCopies(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuses operations on the device that take tensors from the host; numbers they may."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        inputs, found = tree_leaves((args, kwargs)), tree_leaves(result)
        from_host = any(isinstance(t, Tensor) and t.ndim and t.device.type == "cpu" for t in inputs)
        there = any(isinstance(t, Tensor) and t.device == META for t in inputs + found)
        assert not (there and from_host) or kwargs.get("non_blocking"), f"{function} waits for a copy"
        return result


class NoConstants(TorchFunctionMode):
    """Refuses tensors of numbers made on the device, which are copied in a way that the mode above does not see."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made_there = function is torch.Tensor.new_tensor and args[0].device == META
        made_there |= function in (torch.tensor, torch.as_tensor) and (kwargs or {}).get("device") == META
        assert not made_there, f"{function} waits for a copy"
        return function(*args, **(kwargs or {}))


@contextmanager
def no_waiting() -> Iterator[None]:
    with NoCopies(), NoConstants():  # type: ignore[no-untyped-call]
        yield


@pytest.fixture(autouse=True)
def _no_autocast(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not know that device."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())


def step(network: LiteNet | TransformerNet, loss: TrainingLoss, shake: Shake) -> Tensor:
    places, noise = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    content = torch.rand(2, 3, 128, 128, device=META)
    paint = training_painter(network, places)
    stylized = paint(content)
    total = loss(stylized, content, noise).total
    total = total + relative_flicker_error(shake.move(stylized), paint(next_frame(content, shake, noise), shake.canvas))
    total.backward()  # type: ignore[no-untyped-call]
    return total


def on_meta(config: NetworkConfig) -> tuple[LiteNet | TransformerNet, TrainingLoss]:
    painting = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    everything = TrainConfig(network=config, style_size=128, calm_weight=1.0)
    palette = PaletteMemory(painting, 128, torch.device("cpu"))
    palette._wanted = {size: colours.to(META) for size, colours in palette._wanted.items()}
    loss = TrainingLoss(everything, painting, random_loss_network(), torch.device("cpu"), palette)
    loss._critic.to(META)
    loss._grams = {name: gram.to(META) for name, gram in loss._grams.items()}
    loss._usual = loss._usual.to(META)
    network = random_network(config).train().to(META)
    assert isinstance(network, LiteNet | TransformerNet)
    return network, loss


@pytest.mark.parametrize(
    "config", [TINY_LITE, pytest.param(TINY_JOHNSON, marks=pytest.mark.slow)], ids=["lite", "johnson"]
)
def test_a_step_waits_for_nothing(config: NetworkConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap, "_pays_together", lambda _: True)
    network, loss = on_meta(config)
    average = MovingAverage(network, 0.5, 3)
    shakes = [Shake(1, -2), Shake(0.5, 1.5, turn=0.3, zoom=1.01, camera=False)]
    optimizer = Soap(network.parameters(), lr=0.1)
    step(network, loss, shakes[0])  # constants get there with the first one
    optimizer.step()  # and finds its bases, for which it waits
    with no_waiting():
        for shake in shakes:
            assert step(network, loss, shake).device == META
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update(network)
    assert norm.device == META


@pytest.mark.parametrize(
    "waits",
    [
        lambda x: x.sum().item(),
        lambda x: x[x > 0],
        lambda x: x.new_tensor([1.0, 2.0]),
        lambda x: x + torch.zeros(3).to(x.device),
        lambda x: torch.tensor([1.0], device=x.device),
        lambda x: x.cpu(),
    ],
    ids=["item", "mask", "new_tensor", "to", "tensor", "cpu"],
)
def test_what_waits_would_be_found(waits: Callable[[Tensor], object]) -> None:
    x = torch.zeros(3, device=META)
    with pytest.raises((AssertionError, RuntimeError, NotImplementedError)), no_waiting():
        waits(x)
