"""The Gram matrix of what was painted lately, for crops too small to have a whole style each."""

from __future__ import annotations

from torch import Tensor


class GramMemory:
    """A moving average of Gram matrices over the batches of a training, of each process over its own.

    A crop of a bare wall cannot have all of a painting's strokes and still be that wall; a few crops together can. The
    mean of |G - T|^2 over crops is |mean(G) - T|^2 and the variance of G, which makes a network paint everything alike.
    Comparing an average leaves out most of the variance.
    """

    def __init__(self, share: float) -> None:
        """Nothing is remembered yet.

        Args:
            share: of earlier batches in the average, 0 to less than 1; 0 remembers nothing.
        """
        self._share = share
        self._earlier: Tensor | None = None

    def with_earlier(self, gram: Tensor) -> Tensor:
        """(N, C, C) Gram matrices, averaged with those of earlier batches, and remembered.

        What is learnt from the average is as strong as if these stood alone: gradients are not scaled by their share.
        """
        if self._share == 0:
            return gram
        now = gram.detach()
        average = now if self._earlier is None else now.lerp(self._earlier, self._share)
        self._earlier = average.mean(0, keepdim=True)
        return average + (gram - now)
