"""Paints the figures of docs/paint.md: the classical ones of Gatys et al. 2016, with pictures in the public domain.

    python -m scripts.make_paint_figures PAINTINGS FOLDER [--size PX] [--evaluations N] [--only NAME ...]

PAINTINGS is a folder with starry.jpg, wave.jpg, composition7.jpg and kiss.jpg; the photographs are the bundled ones.
FOLDER keeps every single picture, and those that exist are not painted again. --loss-weights is VGG-16 with block 5,
which the bundled file leaves out; without it the figures end at block 4.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from nstcam.train.content.paintings import read_painting
from nstcam.train.loss.objective import ObjectiveConfig
from nstcam.train.loss.vgg import Pooling, load_vgg
from nstcam.train.paint.optimize import Method
from nstcam.train.paint.pyramid import PaintConfig, paint
from nstcam.train.picture import PHOTOS, Picture, read_rgb

TILE = 192
TEXTURES = ("starry", "wave", "composition7", "kiss")
RATIOS = (3.0, 1.0, 0.3, 0.1)
DEPTHS = ("1_1", "2_1", "3_1", "4_1", "5_1")
DOCS = Path(__file__).parents[1] / "docs"


class Studio:
    """Paints each picture once and keeps it on disk."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.paintings, self.folder, self.weights = options.paintings, options.folder, options.loss_weights
        self.config = PaintConfig(
            method=Method(evaluations=options.evaluations), size=options.size, coarse_to_fine=False
        )
        self.blocks = 5 if self.weights else 4
        self.folder.mkdir(parents=True, exist_ok=True)

    def picture(
        self,
        name: str,
        loss: ObjectiveConfig,
        content: str = "astronaut",
        style: str = "starry",
        init: str = "content",
        pooling: Pooling = "max",
        method: Method | None = None,
    ) -> Picture:
        target, curve = self.folder / f"{name}.png", self.folder / f"{name}.json"
        if not target.is_file():
            totals: list[float] = []
            method = method or self.config.method
            if init == "noise":  # it has farther to go
                method = replace(method, evaluations=round(1.5 * method.evaluations))
            config = replace(self.config, loss=loss, init=init, method=method)
            photo = PHOTOS / f"{content}.jpg"
            painted = paint(
                read_rgb(photo if photo.is_file() else self.paintings / photo.name),
                [(read_painting(self.paintings / f"{style}.jpg"), 1.0)],
                load_vgg("vgg16", self.weights, pooling),
                config,
                torch.device("cpu"),
                report=lambda _, e, __: totals.append(e.errors.total),
            )
            print(f"{name}: {totals[0]:.3f} -> {painted.outcome.errors.total:.3f}", flush=True)
            curve.write_text(json.dumps(totals))
            cv2.imwrite(str(target), painted.picture[..., ::-1])
        return read_rgb(target)

    def curve(self, name: str) -> list[float]:
        values: list[float] = json.loads((self.folder / f"{name}.json").read_text())
        return values


def tile(picture: Picture, label: str) -> Picture:
    """A square with its label below."""
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    square = cv2.resize(picture[top : top + side, left : left + side], (TILE, TILE), interpolation=cv2.INTER_AREA)
    strip = np.full((22, TILE, 3), 255, np.uint8)
    cv2.putText(strip, label, (4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA)
    return np.vstack([square, strip]).astype(np.uint8)


def write(name: str, rows: list[list[Picture]]) -> None:
    gap = np.full((rows[0][0].shape[0], 6, 3), 255, np.uint8)
    lines = [np.hstack([part for cell in row for part in (cell, gap)][:-1]) for row in rows]
    cv2.imwrite(str(DOCS / name), np.vstack(lines)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])


def style_layers(studio: Studio) -> None:
    """The style alone, from more and more layers: Gatys et al. 2016, fig. 1, style reconstructions."""
    cells = [tile(read_rgb(studio.paintings / "starry.jpg"), "painting")]
    for depth in range(1, studio.blocks + 1):
        layers = {f"relu{name}": 1.0 for name in DEPTHS[:depth]}
        loss = ObjectiveConfig(style_layers=layers, content_weight=0, style_weight=1.0)
        picture = studio.picture(f"layers_{depth}", loss, content="starry", init="noise", pooling="average")
        cells.append(tile(picture, "relu1_1" if depth == 1 else f"... relu{DEPTHS[depth - 1]}"))
    write("paint_style_layers.jpg", [cells])


def content_layers(studio: Studio) -> None:
    """The content reconstructed from one layer: Gatys et al. 2016, fig. 1, content reconstructions."""
    cells = [tile(read_rgb(PHOTOS / "astronaut.jpg"), "photograph")]
    for name in ("1_2", "2_2", "3_3", "4_2", "5_2")[: studio.blocks]:
        loss = ObjectiveConfig(content_layers={f"relu{name}": 1.0}, style_weight=0)
        cells.append(tile(studio.picture(f"content_{name}", loss, init="noise"), f"relu{name}"))
    write("paint_content_layers.jpg", [cells])


def ratios(studio: Studio) -> None:
    """Content weight over style weight, as in Gatys et al. 2016, fig. 4; the default is 1 / 0.7."""
    cells = [tile(read_rgb(studio.paintings / "starry.jpg"), "painting")]
    for ratio in RATIOS:
        picture = studio.picture(f"ratio_starry_{ratio:g}", ObjectiveConfig(style_weight=0.7 / ratio))
        cells.append(tile(picture, f"S = {0.7 / ratio:.2g}"))
    write("paint_ratio.jpg", [cells])


def textures(studio: Studio) -> None:
    rows: list[list[Picture]] = [[], []]
    for name in TEXTURES:
        rows[0].append(tile(read_rgb(studio.paintings / f"{name}.jpg"), name))
        loss = ObjectiveConfig(content_weight=0)
        rows[1].append(tile(studio.picture(f"texture_{name}", loss, content=name, style=name, init="noise"), "texture"))
    write("paint_textures.jpg", rows)


def forms(studio: Studio) -> None:
    """The same photograph and painting by each form of the loss."""
    raw = {"relu1_2": 1.0, "relu2_2": 1.0, "relu3_3": 1.0, "relu4_3": 1.0}
    losses = {
        "relative": ObjectiveConfig(),
        "wasserstein": ObjectiveConfig(form="wasserstein", style_weight=0.7),
        "johnson": ObjectiveConfig(form="johnson", style_weight=5.0, style_layers=raw),
    }
    cells = [tile(read_rgb(PHOTOS / "coffee.jpg"), "photograph")]
    for name, loss in losses.items():
        cells.append(tile(studio.picture(f"form_{name}", loss, content="coffee"), name))
    write("paint_forms.jpg", [cells])


def curves(studio: Studio) -> None:
    """Best loss so far over evaluations, both optimizers, on a logarithmic axis."""
    evaluations = round(1.5 * studio.config.method.evaluations)
    methods = {
        "lbfgs": Method(optimizer="lbfgs", evaluations=evaluations),
        "adam": Method(optimizer="adam", evaluations=evaluations),
    }
    colours = {"lbfgs": (200, 40, 0), "adam": (0, 90, 200)}
    image = np.full((360, 640, 3), 255, np.uint8)
    left, right, top, bottom = 50, 625, 15, 325
    series = {}
    for name, method in methods.items():
        studio.picture(f"curve_{name}", ObjectiveConfig(), method=method)
        series[name] = np.minimum.accumulate(studio.curve(f"curve_{name}"))
    low = np.log10(0.9 * min(values[-1] for values in series.values()))
    high = np.log10(1.05 * max(values[0] for values in series.values()))

    def place(evaluation: float, value: float) -> tuple[int, int]:
        share = (np.log10(value) - low) / (high - low)
        return round(left + (right - left) * evaluation / evaluations), round(bottom - share * (bottom - top))

    for mark in (0.5, 0.6, 0.8, 1, 2, 4, 8, 16):
        if low <= np.log10(mark) <= high:
            cv2.line(image, place(0, mark), place(evaluations, mark), (225, 225, 225))
            y = place(0, mark)[1] + 4
            cv2.putText(image, f"{mark:g}", (10, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (90, 90, 90), 1, cv2.LINE_AA)
    for i, (name, values) in enumerate(series.items()):
        points = np.array([place(j + 1, v) for j, v in enumerate(values)], np.int32)
        cv2.polylines(image, [points], False, colours[name], 2, cv2.LINE_AA)
        label, at = f"{name} {values[-1]:.2f}", (420, 40 + 22 * i)
        cv2.putText(image, label, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colours[name], 1, cv2.LINE_AA)
    for mark in range(0, evaluations + 1, 25):
        at = (place(mark, 1)[0] - 8, 345)
        cv2.putText(image, str(mark), at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (90, 90, 90), 1, cv2.LINE_AA)
    cv2.imwrite(str(DOCS / "paint_curves.png"), image[..., ::-1])


FIGURES = {
    "curves": curves,
    "ratios": ratios,
    "textures": textures,
    "style-layers": style_layers,
    "content-layers": content_layers,
    "forms": forms,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--evaluations", type=int, default=100)
    parser.add_argument("--loss-weights", type=Path)
    parser.add_argument("--only", choices=FIGURES, nargs="+", default=list(FIGURES))
    options = parser.parse_args()
    for name in options.only:
        FIGURES[name](Studio(options))


if __name__ == "__main__":
    main()
