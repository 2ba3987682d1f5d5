"""Training crops in another order, in which any few in a row are much like all of them.

With one crop a step, a network's colours follow the light and the colours of the crops that it saw last. In an order in
which the means of a few stay near those of all, colours swing less, and gradients add up to that of all crops sooner
(Lu, Guo and De Sa 2022, arXiv 2205.10733).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

_FORGETTING: Final = 0.94
"""Share of what is owed to the balance that is still owed a crop later: some 16 crops in a row are balanced."""
_CELL: Final = 4
"""Pixels. What varies within them is texture, which is not balanced."""


def balanced(crops: Iterable[Tensor], choice: int) -> Iterator[Tensor]:
    """Yields the crops, each at most once: always that of the next `choice` which makes the last ones most like all.

    At first two are drawn for each that is given, until there are `choice` of them to choose from.

    Args:
        crops: RGB in 0..1, (3, H, W), without end.
        choice: at least 2.
    """
    waiting: list[Tensor] = []
    looks: list[Tensor] = []
    seen: list[Tensor] = []
    owed, given = torch.zeros(1), 0
    for crop in crops:
        waiting.append(crop)
        seen.append(_look(crop))
        looks.append(seen[-1])
        if len(waiting) < min(choice, given + 2):
            continue
        deviation, mean = torch.std_mean(torch.stack(seen), 0)
        excess = (torch.stack(looks) - mean) / (deviation + 1e-3)
        balance = _FORGETTING * owed + excess
        best = int(balance.square().sum(1).argmin())
        owed, given = balance[best], given + 1
        del looks[best]
        yield waiting.pop(best)


def _look(crop: Tensor) -> Tensor:
    """What is balanced, (6,): mean and deviation within the crop of light, of red less blue and of green less both."""
    red, green, blue = F.avg_pool2d(crop, _CELL).flatten(1)
    colours = torch.stack([(red + green + blue) / 3, red - blue, green - (red + blue) / 2])
    return torch.cat([colours.mean(1), colours.std(1)])
