"""paint(): paints a picture from coarse to fine; each size begins with the result of the one before."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.errors import TrainError
from nstcam.train.loss.objective import Objective, ObjectiveConfig
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.network.checked import check_tensor, whole
from nstcam.train.paint.optimize import Evaluation, Method, Outcome, State, optimize
from nstcam.train.paint.optimize import check_state as check_optimization
from nstcam.train.picture import SMALLEST_SIDE, Picture, to_picture, to_tensor
from nstcam.train.progress import Stop

log = logging.getLogger(__name__)

Init = Literal["content", "noise", "blend"]

_COARSEST: Final = 192
"""Smallest longer side of a level, in pixels: in less, the deep layers would see the whole picture at once."""
_NOISE: Final = 0.2
"""Deviation of the noise around mid grey."""
_LUMINANCE: Final = (0.299, 0.587, 0.114)
"""Rec. 601, as in YIQ."""


@dataclass(frozen=True, kw_only=True)
class PaintConfig:
    """Everything that decides the result besides the pictures and the loss network."""

    loss: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    method: Method = field(default_factory=Method)
    """How to minimise. The evaluations are those of the coarsest level; each finer level gets half as many."""
    size: int = 512
    """Longer side of the result in pixels."""
    coarse_to_fine: bool = True
    """False: only one level, the full size."""
    init: Init = "content"
    noise_share: float = 0.5
    """Share of noise in init "blend"."""
    style_scale: float = 1.0
    """Longer side of the style, relative to that of the result. Larger gives broader strokes."""
    keep_colors: bool = False
    """Paints the luminance only; hue and saturation stay those of the content (Gatys et al. 2016, arXiv 1606.05897)."""
    tile: int = 640
    """Side of the squares in which large pictures are worked on; decides memory, not the result."""
    seed: int = 0
    """Seed of the noise."""


@dataclass(frozen=True)
class Level:
    """One size of the pyramid, in pixels."""

    height: int
    width: int
    evaluations: int

    @property
    def work(self) -> int:
        """Pixels times evaluations: the unit of progress."""
        return self.height * self.width * self.evaluations


@dataclass(frozen=True)
class Painted:
    """The result of painting."""

    picture: Picture
    """RGB uint8, at the size of the last level that was begun."""
    outcome: Outcome
    """The outcome of that level."""


def plan(height: int, width: int, config: PaintConfig) -> list[Level]:
    """The levels for a content picture of that size, coarsest first.

    Raises:
        TrainError: the result would be smaller than 32 pixels on a side.
    """
    sizes = [config.size]
    while config.coarse_to_fine and sizes[-1] // 2 >= _COARSEST:
        sizes.append(sizes[-1] // 2)
    shapes = [fit_longer_side(height, width, size) for size in reversed(sizes)]
    height, width = shapes[-1]
    if min(height, width) < SMALLEST_SIDE:
        raise TrainError(
            f"the picture would be {width}x{height}, and must be at least {SMALLEST_SIDE}x{SMALLEST_SIDE} "
            "pixels; choose a larger --size or crop the content"
        )
    shapes = [s for s in shapes if min(s) >= 2 * SMALLEST_SIDE] or shapes[-1:]  # of a long strip, only the fine ones
    return [Level(*shape, max(config.method.evaluations >> i, 1)) for i, shape in enumerate(shapes)]


def paint(
    content: Picture,
    styles: Sequence[tuple[Picture, float]],
    network: VggFeatures,
    config: PaintConfig,
    device: torch.device,
    *,
    state: State | None = None,
    stop: Stop | None = None,
    report: Callable[[Level, Evaluation, Callable[[], Picture]], None] = lambda *_: None,
    keep: Callable[[State], None] = lambda _: None,
) -> Painted:
    """Paints until all levels are done or `stop` is asked.

    Args:
        content: RGB uint8.
        styles: pictures and weights; none needed where the style weight is 0.
        state: from `keep` of a run with the same arguments; continues that run.
        report: called after each evaluation; its last argument returns the picture so far, RGB uint8.

    Raises:
        TrainError: the loss is not finite, the picture is too small, or the state is damaged.
    """
    levels = plan(content.shape[0], content.shape[1], config)
    if state is not None:
        check_state(state, levels, channels=1 if config.keep_colors else 3)
    warn_of_small_styles([picture for picture, _ in styles], config, levels[-1])
    network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    first: int = state["level"] if state is not None else 0
    image = state["start"].to(device) if state is not None else None
    inner: State | None = state["inner"] if state is not None else None
    scales = None
    for i in range(first, len(levels)):
        level = levels[i]
        original = to_tensor(resized(content, level.height, level.width), device).contiguous()
        target = luminance(original) if config.keep_colors else original
        targets = [(style_target(p, target, config, level, device), weight) for p, weight in styles]
        objective = Objective(network, target.expand(-1, 3, -1, -1), targets, config.loss, config.tile, scales)
        scales = objective.scales
        start = first_image(target, config) if image is None else enlarged(image, level)

        def picture_of(pixels: Tensor, original: Tensor = original) -> Picture:
            return to_picture(recoloured(pixels, original) if config.keep_colors else pixels)

        outcome = optimize(
            objective,
            start,
            Method(**{**vars(config.method), "evaluations": level.evaluations}),
            state=inner,
            stop=stop,
            report=lambda e, level=level, show=picture_of: report(level, e, lambda: show(e.image)),  # type: ignore[misc]
            keep=lambda s, i=i, start=start: keep({"level": i, "start": start, "inner": s}),  # type: ignore[misc]
        )
        image, inner = outcome.image[:, : start.shape[1]], None
        if not outcome.finished:
            break
    return Painted(picture_of(outcome.image), outcome)


def check_state(state: Any, levels: Sequence[Level], channels: int) -> None:
    """Raises TrainError unless this can be a state from `keep` for these levels; a file may hold anything."""
    try:
        if not isinstance(state, dict) or state.keys() != {"level", "start", "inner"}:
            raise ValueError("it is not complete")
        level = levels[whole(state["level"], "level", 0, len(levels) - 1)]
        shape = 1, channels, level.height, level.width
        check_tensor(state["start"], "start", shape, (torch.float32,))
        check_optimization(state["inner"], shape)
    except ValueError as error:
        raise TrainError(f"the saved state is damaged ({error}); start again without --resume") from error


def fit_longer_side(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width with the same proportions whose longer side is `size`."""
    scale = size / max(height, width)
    return max(round(height * scale), 1), max(round(width * scale), 1)


def resized(picture: Picture, height: int, width: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture
    method = cv2.INTER_AREA if height < picture.shape[0] else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=method).astype(np.uint8)


def style_target(picture: Picture, content: Tensor, config: PaintConfig, level: Level, device: torch.device) -> Tensor:
    """(1, 3, H, W): the style at the level's size, never enlarged. For grey content it is grey as well."""
    longer, shorter = max(picture.shape[:2]), min(picture.shape[:2])
    wanted = round(config.style_scale * max(level.height, level.width))
    narrowest = math.ceil(SMALLEST_SIDE * longer / shorter)  # narrow strips must be wide enough for the deep layers
    height, width = fit_longer_side(picture.shape[0], picture.shape[1], min(max(wanted, narrowest), longer))
    style = to_tensor(resized(picture, height, width), device).contiguous()
    if content.shape[1] == 3:
        return style
    grey = luminance(style)
    # Its light and dark in the content's range, or the result is too dark or pale for its colours.
    grey = (grey - grey.mean()) * (content.std() / grey.std().clamp_min(1e-3)) + content.mean()
    return grey.expand(-1, 3, -1, -1)


def warn_of_small_styles(styles: Sequence[Picture], config: PaintConfig, level: Level) -> None:
    wanted = round(config.style_scale * max(level.height, level.width))
    for picture in styles:
        if max(picture.shape[:2]) < wanted:
            height, width = picture.shape[:2]
            log.warning("a style of %dx%d is not enlarged to %d px; its strokes come out finer", width, height, wanted)


def first_image(content: Tensor, config: PaintConfig) -> Tensor:
    """The picture that the coarsest level begins with. Noise is drawn on the CPU, the same for all devices."""
    if config.init == "content":
        return content
    generator = torch.Generator().manual_seed(config.seed)
    noise = 0.5 + _NOISE * torch.randn(content.shape, generator=generator).to(content.device)
    if config.init == "noise":
        return noise
    return content + config.noise_share * (noise - content)


def enlarged(image: Tensor, level: Level) -> Tensor:
    return F.interpolate(image.contiguous(), (level.height, level.width), mode="bicubic", align_corners=False)


def luminance(rgb: Tensor) -> Tensor:
    """(1, 3, H, W) -> (1, 1, H, W)."""
    return (rgb * rgb.new_tensor(_LUMINANCE).view(1, 3, 1, 1)).sum(1, keepdim=True)


def recoloured(painted: Tensor, original: Tensor) -> Tensor:
    """The painted luminance in the original's colours: equal steps in R, G and B leave hue differences (I, Q) alone."""
    return original + luminance(painted) - luminance(original)
