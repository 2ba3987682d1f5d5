"""The loss of a painted picture and its gradient with respect to the pixels, at any size in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import torch
from torch import Tensor

from nstcam.train.loss.feature_tiles import Tile, cut_tiles
from nstcam.train.loss.losses import (
    CONTENT_LAYER,
    STYLE_WEIGHTS,
    content_error,
    gram_matrix,
    range_penalty,
    raw_style_error,
    style_error,
    tone_error,
    total_variation,
    wasserstein_error,
)
from nstcam.train.loss.scales import content_scales
from nstcam.train.loss.vgg import VggFeatures

LossForm = Literal["relative", "wasserstein", "johnson", "gatys"]
"""How errors are measured. The first two are scale-free: every layer counts from 0 (equal) to about 1 (unrelated).

- relative: as in training, relative Gram errors and content over its mean square.
- wasserstein: the same content; 2-Wasserstein distances of the features instead of Gram errors.
- johnson: raw mean squares as published; content MSE, style MSE of the Gram matrices over C H W.
- gatys: half the sum of squares for content, a quarter of the MSE of the Gram matrices over H W for style.
"""

STYLE_WEIGHT: Final[dict[LossForm, float]] = {"relative": 0.7, "wasserstein": 0.7, "johnson": 5.0, "gatys": 1e3}
"""Default style weight, against a content weight of 1. johnson's is that of the authors' code."""


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """Everything that defines the loss. Weights multiply the errors of the form."""

    content_layers: Mapping[str, float] = field(default_factory=lambda: {CONTENT_LAYER: 1.0})
    """Weights by layer."""
    style_layers: Mapping[str, float] = field(default_factory=lambda: dict(STYLE_WEIGHTS))
    form: LossForm = "relative"
    content_weight: float = 1.0
    """0 paints a texture of the style alone."""
    style_weight: float = STYLE_WEIGHT["relative"]
    """0 reconstructs the content from its layers."""
    tv_weight: float = 0.0
    """Weight of `total_variation`."""
    range_weight: float = 10.0
    """Weight of `range_penalty`, as in training."""
    tone_weight: float = 0.0
    """Weight of `tone_error`, which keeps light and dark apart; 0.5 in training."""


@dataclass(frozen=True)
class Errors:
    """One evaluation: unweighted errors, summed over layers with the layers' weights, and the weighted total."""

    total: float
    content: float
    style: float
    layers: Mapping[str, float]
    """Style error by layer, without the layer's weight; mean over the styles."""


@dataclass(frozen=True)
class Statistics:
    """The statistics of one layer that style errors compare."""

    mean: Tensor
    """(1, C): mean over positions."""
    gram: Tensor
    """(1, C, C): the `gram_matrix`."""

    @staticmethod
    def of(features: Tensor, positions: int) -> Statistics:
        """This part's share of the statistics over all `positions` of the layer; all shares add up to them."""
        share = features.shape[-2] * features.shape[-1] / positions
        return Statistics(features.float().mean((2, 3)) * share, gram_matrix(features) * share)

    def plus(self, other: Statistics) -> Statistics:
        return Statistics(self.mean + other.mean, self.gram + other.gram)


class Objective:
    """The loss of one content picture and its styles, at one size.

    Args:
        content: (1, 3, H, W) RGB in 0..1; gives the size even where its weight is 0.
        styles: pictures like it, each at the size of its intended strokes, with weights; these are scaled to
            add up to 1.
        scales: `scales` of another objective with the same loss and network; measuring them takes seconds.
        tile: pictures of more than tile x tile pixels are worked on in tiles of that side, with the same result.
            A multiple of 16.
    """

    def __init__(
        self,
        network: VggFeatures,
        content: Tensor,
        styles: Sequence[tuple[Tensor, float]],
        loss: ObjectiveConfig,
        tile: int = 640,
        scales: Mapping[str, float] | None = None,
    ) -> None:
        self._network, self._loss = network, loss
        self.content_picture = content
        self._content_layers = dict(loss.content_layers) if loss.content_weight else {}
        self._style_layers = dict(loss.style_layers) if loss.style_weight else {}
        network.check_layers([*self._content_layers, *self._style_layers])
        self._tile = tile
        self._tiles = self._tiles_of(content)
        scale_free = loss.form in ("relative", "wasserstein")
        if scales is None:
            scales = content_scales(network, self._content_layers) if scale_free else {}
        self.scales = scales
        with torch.no_grad():
            self._targets = [
                {n: f.clone() for n, f in self._cores(tile, content, self._content_layers).items()}
                for tile in self._tiles
            ]
            sum_of_weights = sum(weight for _, weight in styles)
            self._styles = [
                (self._statistics(picture), weight / sum_of_weights) for picture, weight in styles if self._style_layers
            ]

    def __call__(self, image: Tensor) -> tuple[Errors, Tensor]:
        """Errors of `image`, (1, 3, H, W) float32, and the gradient of their total, like it."""
        gradient = torch.zeros_like(image, memory_format=torch.contiguous_format)
        leaf = image.detach().requires_grad_()
        pixel_term = self._pixel_term(leaf)
        if pixel_term.requires_grad:
            gradient += torch.autograd.grad(pixel_term, leaf)[0]
        # The style error is not a sum over tiles, but its statistics are: they are added up first, then each tile gets
        # the error's gradient with respect to them. The only tile of a small picture does both at once.
        several = len(self._tiles) > 1
        slopes: dict[str, Statistics] = {}
        if several and self._style_layers:
            style, by_layer, slopes = self._style_slopes(image)
        content = 0.0
        for tile, targets in zip(self._tiles, self._targets, strict=True):
            pixels = tile.cut(image).detach().requires_grad_()
            cores = self._cores(tile, pixels, [*self._style_layers, *self._content_layers])
            content_part = self._content_term(cores, targets)
            content += content_part.item()
            term = self._loss.content_weight * content_part
            statistics = {name: self._share(cores[name], name) for name in self._style_layers}
            if several:
                for name, slope in slopes.items():
                    part = statistics[name]
                    term = term + (part.gram * slope.gram).sum() + (part.mean * slope.mean).sum()
            else:
                style_term, by_layer = self._style_term(statistics)
                style = style_term.item()
                term = term + self._loss.style_weight * style_term
            if term.requires_grad:
                tile.cut(gradient).add_(torch.autograd.grad(term, pixels)[0])
        if not self._style_layers:
            style, by_layer = 0.0, {}
        total = pixel_term.item() + self._loss.content_weight * content + self._loss.style_weight * style
        return Errors(total, content, style, by_layer), gradient

    def _style_slopes(self, image: Tensor) -> tuple[float, dict[str, float], dict[str, Statistics]]:
        with torch.no_grad():
            sums = self._statistics(image)
        leaves = {n: Statistics(s.mean.requires_grad_(), s.gram.requires_grad_()) for n, s in sums.items()}
        term, by_layer = self._style_term(leaves)
        flat = [t for s in leaves.values() for t in (s.mean, s.gram)]
        found = torch.autograd.grad(self._loss.style_weight * term, flat, allow_unused=True)  # Gram errors need no mean
        slopes = [torch.zeros_like(t) if g is None else g for t, g in zip(flat, found, strict=True)]
        pairs = zip(slopes[::2], slopes[1::2], strict=True)
        return term.item(), by_layer, {n: Statistics(*pair) for n, pair in zip(leaves, pairs, strict=True)}

    def _statistics(self, image: Tensor) -> dict[str, Statistics]:
        """Statistics of a whole picture, content or style."""
        sums: dict[str, Statistics] = {}
        for tile in self._tiles_of(image):
            for name, features in self._cores(tile, image, self._style_layers).items():
                part = self._share(features, name, image)
                sums[name] = sums[name].plus(part) if name in sums else part
        return sums

    def _share(self, features: Tensor, layer: str, image: Tensor | None = None) -> Statistics:
        height, width = (self.content_picture if image is None else image).shape[-2:]
        stride = self._network.stride(layer)
        return Statistics.of(features, (height // stride) * (width // stride))

    def _tiles_of(self, image: Tensor) -> list[Tile]:
        reach = self._network.reach([*self._content_layers, *self._style_layers])
        return cut_tiles(image.shape[-2], image.shape[-1], self._tile, reach)

    def _cores(self, tile: Tile, picture: Tensor, layers: Sequence[str] | Mapping[str, float]) -> dict[str, Tensor]:
        """Features of the tile's core; `picture` is the whole picture or the part that `tile.cut` gives."""
        if not layers:
            return {}
        height, width = tile.outer_bottom - tile.outer_top, tile.outer_right - tile.outer_left
        part = picture if picture.shape[-2:] == (height, width) else tile.cut(picture)
        features = self._network(part.contiguous(memory_format=torch.channels_last), list(layers))
        return {name: tile.core(f, self._network.stride(name)) for name, f in features.items()}

    def _content_term(self, cores: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
        """This tile's share of the content error, summed over layers with their weights."""
        term = torch.zeros((), device=self.content_picture.device)
        for name, weight in self._content_layers.items():
            stride = self._network.stride(name)
            positions = (self.content_picture.shape[-2] // stride) * (self.content_picture.shape[-1] // stride)
            share = targets[name][0, 0].numel() / positions
            error = content_error(cores[name], targets[name], self.scales.get(name, 1.0))
            if self._loss.form == "gatys":
                error = error * (positions * targets[name].shape[1] / 2)
            term = term + weight * share * error
        return term

    def _style_term(self, statistics: Mapping[str, Statistics]) -> tuple[Tensor, dict[str, float]]:
        term = torch.zeros((), device=self.content_picture.device)
        by_layer: dict[str, float] = {}
        for name, weight in self._style_layers.items():
            errors = [share * self._style_error(statistics[name], target[name]) for target, share in self._styles]
            error = torch.stack(errors).sum()
            by_layer[name] = error.item()
            term = term + weight * error
        return term, by_layer

    def _style_error(self, statistics: Statistics, target: Statistics) -> Tensor:
        match self._loss.form:
            case "relative":
                return style_error(statistics.gram, target.gram)
            case "wasserstein":
                return wasserstein_error(statistics.mean, statistics.gram, target.mean, target.gram)
            case "johnson":
                return raw_style_error(statistics.gram, target.gram)
            case "gatys":
                return raw_style_error(statistics.gram, target.gram) * (target.gram.shape[1] ** 2 / 4)

    def _pixel_term(self, image: Tensor) -> Tensor:
        """The weighted terms that need no features, over the whole picture at once."""
        terms = (
            (self._loss.tv_weight, total_variation),
            (self._loss.range_weight, range_penalty),
            (self._loss.tone_weight, lambda i: tone_error(i, self.content_picture)),
        )
        start = torch.zeros((), device=image.device)
        return sum((weight * error(image) for weight, error in terms if weight), start=start)
