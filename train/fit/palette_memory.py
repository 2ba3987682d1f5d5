"""What a network has painted lately, as colours: the pool in which palette_error ranks what it paints now.

A network that changes fast has other colours by now: then it paints some scenes again in every step instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

from nstcam.train.errors import TrainError
from nstcam.train.loss.colour import palette_error, palette_of, random_directions
from nstcam.train.network.checked import check_tensor
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, shrink_to, to_tensor
from nstcam.train.processes import ALONE, Processes

REMEMBERED: Final = 24
"""Pictures. Enough for rooms, faces, streets and darkness to be among them; few enough to be painted alike."""

DIRECTIONS: Final = 16
_OF_PAINTING, _OF_PICTURE = 4096, 512
"""Colours of the painting, and of a painted picture, that are compared for each size of cells: ranks hardly change with
more, and sorting all would take a sixth of a step with small crops."""


class PaletteMemory:
    """Compares what is painted, and what was painted lately, with the painting's colours.

    Args:
        painting: RGB uint8.
        style_size: pixels of its shorter side, as for the Gram matrices: cells then span as many strokes.
        processes: those whose pictures are remembered together.
    """

    def __init__(self, painting: Picture, style_size: int, device: torch.device, processes: Processes = ALONE) -> None:
        self._processes = processes
        wanted = palette_of(to_tensor(shrink_to(painting, style_size), device))
        self._wanted = {size: _spread(colours, _OF_PAINTING) for size, colours in wanted.items()}
        self._earlier: dict[int, list[Tensor]] = {size: [] for size in self._wanted}
        self._again: Callable[[], Tensor] | None = None

    def paint_again(self, network: TransformerNet | LiteNet, scenes: Tensor) -> None:
        """From now on, ranks are those among what the network makes of these scenes, not among what it painted lately.

        Args:
            network: its norms are frozen before the first error.
            scenes: (N, 3, H, W) RGB in 0..1, on the device.
        """
        self._again = lambda: network(scenes)

    def error(self, stylized: Tensor, generator: torch.Generator) -> Tensor:
        """Mean `palette_error` over the cell sizes, of (N, 3, H, W) RGB; then remembers it.

        Args:
            generator: draws the directions and the places, anew in every step.
        """
        directions = random_directions(DIRECTIONS, generator, stylized.device)
        with torch.no_grad():
            now = None if self._again is None else palette_of(self._again())
        errors = []
        for size, colours in palette_of(stylized).items():
            each = colours.view(len(stylized), -1, 3)
            # The same for all pictures, so that processes which share a batch draw as much as one that has all of it.
            places = torch.randperm(each.shape[1], generator=generator, device=colours.device)[:_OF_PICTURE]
            painted = each[:, places].flatten(0, 1)
            others = self._lately(size, painted, len(stylized)) if now is None else now[size]
            errors.append(palette_error(painted, others, self._wanted[size], directions))
        return torch.stack(errors).mean()

    def _lately(self, size: int, painted: Tensor, pictures: int) -> Tensor:
        """What all processes painted lately, but for `painted`, colours of so many pictures; then remembers those."""
        earlier, everyone = self._earlier[size], self._processes.gathered(painted.detach())
        own, rank = len(painted), self._processes.rank
        pool = torch.cat([everyone[: rank * own], everyone[(rank + 1) * own :], *(kept.float() for kept in earlier)])
        earlier.append(everyone.half())  # as a checkpoint keeps it: a resumed run must go on the same
        batch = pictures * self._processes.count
        del earlier[: max(len(earlier) - max(REMEMBERED // batch, 1), 0)]
        return pool

    def as_plain_values(self) -> dict[int, list[Tensor]]:
        """The remembered colours in float16, for checkpoints; those of a picture take 7 kB at most."""
        return {size: list(earlier) for size, earlier in self._earlier.items()}

    def restore(self, values: Any, device: torch.device) -> None:
        """Goes on with what `as_plain_values` gave.

        Raises:
            TrainError: they are not such values.
        """
        try:
            if not isinstance(values, dict) or not values.keys() <= self._earlier.keys():
                raise ValueError("the palette is not a table by cell size")
            for size, earlier in values.items():
                if not isinstance(earlier, list) or len(earlier) > REMEMBERED:
                    raise ValueError(f"the palette is not a list of at most {REMEMBERED} pictures")
                for colours in earlier:
                    rows = len(colours) if isinstance(colours, Tensor) and colours.ndim == 2 else 0
                    check_tensor(colours, "palette", (rows, 3), (torch.float16,))
                self._earlier[size] = [colours.to(device) for colours in earlier]
        except ValueError as error:
            raise TrainError(
                f"the training state is damaged ({error}); start another run from its weights with --init"
            ) from error


def _spread(colours: Tensor, most: int) -> Tensor:
    """At most so many of the colours (n, 3), evenly spaced."""
    if len(colours) <= most:
        return colours
    return colours[torch.linspace(0, len(colours) - 1, most, device=colours.device).long()]
