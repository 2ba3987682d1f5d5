"""Nine styles that only change colours, so that the window's pixels show which style is where."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Final

import numpy as np
from onnx import TensorProto, helper

from benchmarks.tools.desktop import App, write_still
from benchmarks.tools.waiting import until
from nstcam.realtime.frame import Frame
from tests.support.models.tiny import write_model

Colour = tuple[int, int, int]
LEFT: Final = (40, 110, 220)
RIGHT: Final = (230, 20, 150)
"""BGR of the halves of what the camera sees."""
ORDERS: Final = tuple(permutations(range(3)))
STYLES: Final = tuple(f"s{number}" for number in range(1, 10))


def painted(colour: Colour, place: int) -> Colour:
    """The colour that the style at that position makes of another: the negative, swapped channels, both, and so on."""
    order, negative = ORDERS[(place + 1) // 2], place % 2 == 0
    b, g, r = (255 - colour[i] if negative else colour[i] for i in order)
    return b, g, r


def write_styles(folder: Path) -> list[str]:
    """Writes the nine styles; returns the arguments that choose them."""
    arguments = []
    for place, name in enumerate(STYLES):
        order = helper.make_tensor("order", TensorProto.INT64, [3], ORDERS[(place + 1) // 2])
        nodes = [helper.make_node("Constant", [], ["order"], value=order)]
        last = "swapped" if place % 2 == 0 else "stylized"
        nodes.append(helper.make_node("Gather", ["frame", "order"], [last], axis=3))
        if place % 2 == 0:
            nodes.append(helper.make_node("BitwiseNot", ["swapped"], ["stylized"]))
        path = write_model(folder / f"{name}.onnx", nodes, metadata={"nst.contract": "1", "nst.name": name})
        arguments += ["--only", str(path)]
    return arguments


def seen() -> Frame:
    picture = np.empty((240, 320, 3), np.uint8)
    picture[:, :160], picture[:, 160:] = LEFT, RIGHT
    return picture


def mean(frame: Frame, x: float, y: float) -> Colour:
    """The colour around a point, rounded to multiples of 5. The point is given as shares (0..1) of width and height."""
    height, width = frame.shape[:2]
    row, column = round(y * height), round(x * width)
    spot = frame[row - 4 : row + 5, column - 4 : column + 5].astype(float)
    b, g, r = (int(5 * round(value / 5)) for value in spot.mean((0, 1)))
    return b, g, r


def sides(app: App) -> tuple[Colour, Colour]:
    """The colours in the left and the right half of the window, above all text."""
    picture = app.picture()
    return mean(picture, 0.25, 0.3), mean(picture, 0.75, 0.3)


def shows(app: App, left: Colour, right: Colour) -> None:
    """Waits until the halves of the window have these colours, rounded as in `mean`."""
    wanted = left, right
    try:
        until(lambda: sides(app) == wanted)
    except AssertionError:
        raise AssertionError(f"window shows {sides(app)}, not {wanted}; {app.status()}") from None


def of(place: int) -> tuple[Colour, Colour]:
    return painted(LEFT, place), painted(RIGHT, place)


def arguments_for(folder: Path) -> list[str]:
    """Writes a still picture to look at and the styles; the arguments of nstcam that show them on the CPU."""
    still = write_still(folder / "still.mkv", seen(), seconds=1800)
    return ["--camera", str(still), "--device", "cpu", "--no-brighten", *write_styles(folder)]
