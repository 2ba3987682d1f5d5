"""Tests the memory of recently painted colours: what it forgets, and that a checkpoint saves all of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.fit.palette_memory import REMEMBERED, PaletteMemory
from nstcam.train.picture import Picture

CPU = torch.device("cpu")


def painting() -> Picture:
    """Black on the left, white on the right."""
    picture = np.zeros((128, 128, 3), np.uint8)
    picture[:, 64:] = 255
    return picture


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def flat(value: float, count: int = 1) -> Tensor:
    return torch.full((count, 3, 64, 64), value)


def test_a_dark_picture_after_a_light_one_is_half_of_the_painting() -> None:
    memory = PaletteMemory(painting(), 128, CPU)
    alone = memory.error(flat(1.0), generator())
    second = memory.error(flat(0.0), generator())
    assert alone > 0.3  # one colour where there should be two
    assert second < 0.05


def test_old_pictures_are_forgotten() -> None:
    memory = PaletteMemory(painting(), 128, CPU)
    memory.error(flat(1.0), generator())
    for _ in range(REMEMBERED):
        memory.error(flat(0.0), generator())
    kept = memory.as_plain_values()
    assert all(len(earlier) == REMEMBERED for earlier in kept.values())
    assert all(not colours.any() for earlier in kept.values() for colours in earlier)


def test_batches_count_as_so_many_pictures() -> None:
    memory = PaletteMemory(painting(), 128, CPU)
    for _ in range(REMEMBERED):
        memory.error(flat(0.5, count=4), generator())
    assert all(len(earlier) == REMEMBERED // 4 for earlier in memory.as_plain_values().values())


def test_a_few_colours_of_large_pictures_tell_as_much_as_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = torch.rand(2, 3, 1, 1, generator=generator()) * torch.rand(2, 3, 224, 224, generator=generator())
    memory = PaletteMemory(painting(), 128, CPU)
    few = memory.error(pictures, generator())
    kept = {size: len(earlier[0]) for size, earlier in memory.as_plain_values().items()}
    assert kept == {1: 1024, 4: 1024, 16: 2 * 14 * 14}
    monkeypatch.setattr("nstcam.train.fit.palette_memory._OF_PICTURE", 10**6)
    monkeypatch.setattr("nstcam.train.fit.palette_memory._OF_PAINTING", 10**6)
    every = PaletteMemory(painting(), 128, CPU).error(pictures, generator())
    assert few.item() != every.item()
    assert few.item() == pytest.approx(every.item(), rel=0.05)


def test_as_much_is_drawn_for_a_share_of_a_batch_as_for_all_of_it() -> None:
    """Processes that share one would draw other noise than one process does from then on."""
    states = []
    for count in (1, 2):
        PaletteMemory(painting(), 128, CPU).error(flat(0.5, count), draws := generator())
        states.append(draws.get_state())
    assert torch.equal(*states)


def test_what_a_checkpoint_keeps_goes_on_the_same() -> None:
    random = torch.rand(8, 3, 64, 64, generator=generator())
    one, other = (PaletteMemory(painting(), 128, CPU) for _ in range(2))
    for picture in random[:7]:
        one.error(picture[None], generator())
    other.restore(one.as_plain_values(), CPU)
    assert torch.equal(one.error(random[7:], generator()), other.error(random[7:], generator()))


def test_with_scenes_the_ranks_are_those_of_the_network_as_it_is_now() -> None:
    memory = PaletteMemory(painting(), 128, CPU)
    lighter = 0.0

    def network(scenes: Tensor) -> Tensor:
        return scenes + lighter

    memory.paint_again(network, torch.cat([flat(0.0), flat(1.0)]))  # type: ignore[arg-type]
    assert memory.error(flat(0.0), generator()) < 0.05, "one of two colours, from the first step on"
    lighter = 0.4
    picture = flat(0.4).requires_grad_()
    memory.error(picture, generator()).backward()  # type: ignore[no-untyped-call]
    assert picture.grad is not None
    assert picture.grad.sum() > 0, "it is as light as the dark scene, so it should be darker, not lighter"
    assert not any(memory.as_plain_values().values()), "nothing is remembered"


def test_gradients_reach_what_is_painted_now_only() -> None:
    memory = PaletteMemory(painting(), 128, CPU)
    first = flat(0.4).requires_grad_()
    memory.error(first, generator())
    second = flat(0.6).requires_grad_()
    memory.error(second, generator()).backward()  # type: ignore[no-untyped-call]
    assert first.grad is None
    assert second.grad is not None
    assert second.grad.abs().sum() > 0


@pytest.mark.parametrize(
    "values",
    [
        [],
        {2: []},
        {4: "black"},
        {4: [torch.zeros(5, 3)]},
        {4: [torch.zeros(5, 2).half()]},
        {4: [torch.full((5, 3), torch.nan).half()]},
        {4: [torch.zeros(1, 3).half().expand(10**9, 3)]},
        {4: [torch.zeros(5, 3).half()] * (REMEMBERED + 1)},
        {4: [[0.5, 0.5, 0.5]]},
    ],
)
def test_a_damaged_palette_is_refused(values: Any) -> None:
    with pytest.raises(TrainError, match=r"damaged \(.*palette.*--init"):
        PaletteMemory(painting(), 128, CPU).restore(values, CPU)
