"""Nearest-neighbour resize by 2 and a 3x3 convolution, twice, as 2x2 convolutions between cells, before any resize.

The last layers of preset lite begin as this. Each pixel of a cell has weights of its own, which training may change
independently, but which do not begin as a checkerboard (Aitken et al. 2017).
"""

from __future__ import annotations

import torch
from torch import Tensor

# Both functions answer for weights on the device without memory at once: PyTorch would load its symbolic tensors for
# their einsum, which takes two seconds, whenever a checkpoint is checked.


def first_between_cells(weight: Tensor) -> Tensor:
    """The 2x2 convolution that, placed between its inputs, equals nearest resize by 2 and then the 3x3 `weight`.

    The resized pixels 2i + 1 and 2i + 2 both see inputs i and i + 1 only, so that together, across the corner where
    four inputs meet, they need 2x2 weights each.

    Args:
        weight: (O, I, 3, 3).

    Returns:
        (4 O, I, 2, 2), channels (row * 2 + column) * O + o. From n inputs n - 1 outputs: the resized rows 1 to 2n - 2.
    """
    if weight.is_meta:
        return weight.new_empty(4 * len(weight), weight.shape[1], 2, 2)
    return _by_phase(weight).flatten(0, 2)


def second_between_cells(weight: Tensor) -> Tensor:
    """The same again for the second convolution, on the output of `first_between_cells`, which is not yet shuffled.

    A cell's 4x4 pixels see the 4x4 half-resolution pixels around its middle, which four positions of the map hold: a
    2x2 convolution, in which only some of the weights are not 0.

    Args:
        weight: (O, I, 3, 3).

    Returns:
        (16 O, 4 I, 2, 2), channels o * 16 + row * 4 + column, as pixel_shuffle takes them. From n inputs n - 1 outputs:
        with the first before it, one cell for each but the first and the last of the cells that went in.
    """
    if weight.is_meta:
        return weight.new_empty(16 * len(weight), 4 * weight.shape[1], 2, 2)
    # Pixel y of a cell is phase (y + 1) mod 2 between the half-resolution rows (y + 1) div 2 and the next, of the four
    # from 0 to 3; of them two lie in each position of the map.
    phases = torch.zeros(4, 2, 2, 2, 2)  # pixel, its phase, its tap; position, row in it
    for y in range(4):
        for tap in range(2):
            phases[y, (y + 1) % 2, tap, *divmod((y + 1) // 2 + tap, 2)] = 1
    merged = torch.einsum("yYaui,xXbvj,YXocab->oyxijcuv", phases, phases, _by_phase(weight))
    return merged.flatten(0, 2).flatten(1, 3)


def _by_phase(weight: Tensor) -> Tensor:
    """(row, column, O, I, 2, 2): of two neighbouring inputs, pixel 2i + 1 sees the first twice, 2i + 2 the second."""
    phases = torch.tensor([[[1.0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]])
    return torch.einsum("yab,xcd,oibd->yxoiac", phases, phases, weight.float())
