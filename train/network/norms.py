"""Batch norm, from statistics of the batch to the fixed ones that are exported."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from nstcam.train.network.networks import LiteNet, TransformerNet

_BATCHES: Final = 20


def re_estimate_norms(network: TransformerNet | LiteNet, batches: Iterator[Tensor]) -> None:
    """Averages batch-norm statistics afresh over 20 batches: those kept during training lag behind the weights."""
    if not isinstance(network, LiteNet):
        return
    for norm in network.norms():
        norm.reset_running_stats()
        norm.momentum = None  # cumulative average
    with torch.no_grad():
        for batch in itertools.islice(batches, _BATCHES):
            network(batch)


def freeze_norms(network: TransformerNet | LiteNet) -> None:
    """Fixes batch-norm statistics: from now on the network trains as it is exported. Instance norm keeps none."""
    if isinstance(network, LiteNet):
        for norm in network.norms():
            norm.eval()
