"""A network for any painting: one mean network and the directions in which it changes, mixed as a painting asks for.

The networks that are learnt from the same start with the same settings can be mixed: half of the change that leads to
one and half of that to another paint strokes between the two. Which shares a painting needs is told by a linear
function of the statistics of its features (realtime/palette/encoder.py), so this is a hypernetwork (Shen, Yan, Zeng
2018, "Neural Style Transfer via Meta Networks", arXiv 1709.04111), if a simple one. train/basis makes it
(docs/research/palette.md).
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.errors import StyleError
from nstcam.realtime.palette.network import LAYERS, Kernel

FILE: Final = Path(__file__).with_name("basis.npz")
"""Written by train/basis/pack.py."""
_FARTHEST: Final = 4.0
"""Projected features are in units of their deviation over the pictures it was trained with; none counts as farther."""

_PAINTINGS: Final = 8.0
"""Length of the projected features up to which a picture is like those that shares were learnt from; that of paintings
and photographs is 3 to 6. Of what has no strokes at all, even pictures and noise, it is 14 to 40; these get little of
any change."""
_OF_FEATURES: Final = "features.mean", "features.deviation", "features.projection", "head.linear", "head.bias"

Floats = NDArray[np.float32]


class Basis:
    """The contents of the file."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], digest: bytes = b"") -> None:
        """What is in the arrays.

        Args:
            arrays: as the file has them; changes are levels of `steps`.
            digest: of the file.

        Raises:
            KeyError: one is missing.
        """
        parts = ("weight", "bias", "changes", "steps", "bias_changes")
        for name in ("names", *_OF_FEATURES, *(f"{layer}.{part}" for layer in LAYERS for part in parts)):
            if name not in arrays:
                raise KeyError(name)
        self._arrays = {name: values if values.dtype == np.int8 else _plain(values) for name, values in arrays.items()}
        self.digest = digest
        self.names: tuple[str, ...] = tuple(arrays["names"].tolist())
        """The paintings that it was made of."""
        self.count = len(arrays["head.bias"])
        """How many changes there are."""

    def shares(self, features: Floats) -> tuple[float, ...]:
        """How much of each change a painting gets; of either sign.

        Args:
            features: of `encoder.features_of`.
        """
        a = self._arrays
        far = ((features - a["features.mean"]) / a["features.deviation"]) @ a["features.projection"]
        z = np.clip(far, -_FARTHEST, _FARTHEST)
        known = (_PAINTINGS / max(float(np.linalg.norm(far)), _PAINTINGS)) ** 2
        return tuple(((a["head.linear"] @ z + a["head.bias"]) * known).tolist())

    def network(self, shares: Sequence[float]) -> dict[str, Kernel]:
        """The network with these shares, as PyTorch has it."""
        return {layer: self._kernel(layer, np.asarray(shares, np.float32)) for layer in LAYERS}

    def _kernel(self, layer: str, shares: Floats) -> Kernel:
        a = self._arrays
        changes = a[f"{layer}.changes"]
        change = (shares * a[f"{layer}.steps"]) @ changes.reshape(len(changes), -1).astype(np.float32)
        weight = a[f"{layer}.weight"] + change.reshape(changes.shape[1:])
        return Kernel(weight, a[f"{layer}.bias"] + shares @ a[f"{layer}.bias_changes"])


@cache
def basis() -> Basis:
    """The one that comes with nstcam.

    Raises:
        StyleError: the file is missing or damaged.
    """
    try:
        data = FILE.read_bytes()
        with np.load(io.BytesIO(data)) as arrays:
            return Basis({name: arrays[name] for name in arrays.files}, hashlib.sha256(data).digest())
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
        raise StyleError(
            f"{FILE}, with which pictures become styles, cannot be read ({error}); reinstall nstcam"
        ) from error


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float32) if values.dtype.kind == "f" else values
