"""What a training of a basis knows of its pictures, which is measured once: 0.7 MB each."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nstcam.train.basis.pictures import Planned
from nstcam.train.errors import TrainError
from nstcam.train.files import write_whole
from nstcam.train.fit.colour_map import Colours, colours_of
from nstcam.train.fit.learning import CROP, STYLE_SIZE
from nstcam.train.fit.training_loss import Targets
from nstcam.train.loss.crop_grams import FIRST_CROPS, CropGrams
from nstcam.train.loss.scales import style_repetition
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checked import load_tensors
from nstcam.train.picture import Picture, shrink_to, to_tensor

FeaturesOf = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""A picture's features (F,), by which its shares are told; of BGR, its shorter side STYLE_SIZE or less."""
CROPS: Final = 2 * FIRST_CROPS
"""Parts that Gram matrices are means over."""


@dataclass(frozen=True)
class MeasuredPicture:
    painting: str | None
    """As `Planned` has it; so has `often`."""
    often: float
    features: Tensor
    """(F,) float32"""
    colours: Colours
    grams: dict[str, Tensor]
    """(1, C, C) bfloat16: those of bright pictures exceed what float16 holds."""
    repetition: Tensor

    @property
    def targets(self) -> Targets:
        return Targets({name: gram.float() for name, gram in self.grams.items()}, self.repetition)


def measure(path: Path, picture: Picture, features_of: FeaturesOf, loss_network: VggFeatures) -> None:
    """Measures RGB and writes what was found.

    Raises:
        TrainError: it cannot be written.
    """
    cpu = torch.device("cpu")
    grams = CropGrams(loss_network, picture, STYLE_SIZE, CROP, cpu)
    for _ in range(CROPS - FIRST_CROPS):
        grams.grow()
    small = shrink_to(picture, STYLE_SIZE)
    colours = colours_of(to_tensor(small, cpu)[0].flatten(1).T)
    found = {
        "features": torch.from_numpy(features_of(np.ascontiguousarray(small[..., ::-1]))),
        "mean": colours.mean,
        "covariance": colours.covariance,
        "grams": {name: gram.bfloat16() for name, gram in grams.items()},
        "repetition": style_repetition(picture, STYLE_SIZE, cpu),
    }
    buffer = io.BytesIO()
    torch.save(found, buffer)
    write_whole(path, buffer.getbuffer())


def read_measured(path: Path, planned: Planned) -> MeasuredPicture:
    """What `measure` wrote.

    Raises:
        TrainError: it is missing or damaged.
    """
    try:
        found = load_tensors(path)
        colours = Colours(found.pop("mean"), found.pop("covariance"))
        return MeasuredPicture(painting=planned.painting, often=planned.often, colours=colours, **found)
    except Exception as error:  # torch raises a dozen kinds
        raise TrainError(f"{path} is damaged ({type(error).__name__}); delete it") from error
