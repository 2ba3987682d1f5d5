"""The colours and strokes of what the bundled styles paint, as measured by export/evaluate/bundled_strokes.py."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.colours import Colours, colours_of
from nstcam.realtime.palette.strokes import Strokes, strokes_of

FILE: Final = Path(__file__).with_name("bundled.json")


class Measured(NamedTuple):
    """What a style paints, as means over several pictures."""

    colours: Colours
    strokes: Strokes


@cache
def bundled_strokes() -> Mapping[str, Measured]:
    """The means of each bundled style, by its name."""
    return {name: _from_plain(values["paints"]) for name, values in json.loads(FILE.read_text("utf-8")).items()}


def measured(painted: Sequence[Frame]) -> Measured:
    """The means over at least one picture that a style painted."""
    colours, strokes = [colours_of(picture) for picture in painted], [strokes_of(picture) for picture in painted]
    return Measured(
        Colours(_mean([each.mean for each in colours]), _mean([each.covariance for each in colours])),
        Strokes(
            _mean([each.strength for each in strokes]),
            _mean([each.sparseness for each in strokes]),
            _mean([each.together for each in strokes]),
        ),
    )


def as_plain(values: Measured) -> dict[str, Any]:
    """The values as JSON takes them, with six digits."""

    def rounded(array: Any) -> Any:
        if isinstance(array, list):
            return [rounded(each) for each in array]
        return float(f"{array:.6g}")

    named = {**values.colours._asdict(), **values.strokes._asdict()}
    return {name: rounded(np.asarray(value).tolist()) for name, value in named.items()}


def _from_plain(values: Mapping[str, Any]) -> Measured:
    array = {name: np.asarray(value, np.float64) for name, value in values.items()}
    strokes = Strokes(array["strength"], array["sparseness"], array["together"])
    return Measured(Colours(array["mean"], array["covariance"]), strokes)


def _mean(arrays: Sequence[Any]) -> Any:
    return np.mean(arrays, 0)
