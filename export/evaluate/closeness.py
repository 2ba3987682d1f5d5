"""How closely a painter matches its painting: errors of what it paints, beside those of L-BFGS on the same pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nstcam.export.evaluate.appearance import Measures, Range, appearance, means, range_of
from nstcam.export.evaluate.faces import faces_in
from nstcam.export.evaluate.hard_frames import difficult_frames
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import sized
from nstcam.export.evaluate.references import References, Task, equivalent_evaluation, loss_ratio, task_of
from nstcam.realtime.frame import Frame
from nstcam.train.content.paintings import read_painting
from nstcam.train.fit.evaluate import Fit, fit_of, mean_fit
from nstcam.train.loss.losses import lattice_error
from nstcam.train.loss.repetition import repetition_error
from nstcam.train.loss.scales import content_scale, style_grams, style_repetition
from nstcam.train.loss.vgg import VggFeatures
from nstcam.train.picture import Picture, read_rgb, shrink_to, to_tensor

Paint = Callable[[Frame], Frame]
"""Paints a frame (BGR uint8, sides of 32 or more); the result has the same size."""

_CPU = torch.device("cpu")


class ClosenessMeter:
    """Measures painters against one painting. Without a painting only content error and lattice are measured."""

    def __init__(
        self,
        loss_network: VggFeatures,
        painting: Path | None,
        settings: LossSettings,
        references: References,
    ) -> None:
        self.painting, self.settings = painting, settings
        self._network, self._references = loss_network, references
        self._scale = content_scale(loss_network)
        self._grams: dict[str, Tensor] = {}
        self._usual: Tensor | None = None
        self._range: Range | None = None
        if painting is not None:
            picture = read_painting(painting)
            self._grams = style_grams(loss_network, picture, settings.style_size, _CPU)
            self._usual = style_repetition(picture, settings.style_size, _CPU)
            self._range = range_of(shrink_to(picture, settings.style_size))

    def task(self, picture: Path, size: str) -> Task | None:
        """The task that a reference would be for; None without a painting."""
        if self.painting is None:
            return None
        return task_of(self.painting, picture, size, self.settings)

    def fit(self, painted: Picture, content: Picture) -> Fit:
        """Errors of one painted RGB picture."""
        return fit_of(to_tensor(painted, _CPU), to_tensor(content, _CPU), self._grams, self._scale, self._network)

    def measure(
        self, paint: Paint, pictures: Sequence[Path], size: str, advance: Callable[[], None] = lambda: None
    ) -> Measures:
        """Means over the pictures at that size; rho and the equivalent L-BFGS evaluations over those with a reference.
        The flat wall is a drawn frame, as large as the last picture.

        Args:
            pictures: at least one.
            size: see `nstcam.export.evaluate.photographs.sized`.
            advance: called after each picture.
        """
        fits: list[Fit] = []
        lattices: list[float] = []
        repetitions: list[float] = []
        ratios: list[float] = []
        equivalents: list[float] = []
        looks: list[Measures] = []
        for path in pictures:
            whole = read_rgb(path)
            content = sized(whole, size)
            painted = painted_rgb(paint, content)
            faces = faces_in(path, (whole.shape[1], whole.shape[0]), size)
            looks.append(appearance(painted, content, faces, self._range))
            fits.append(self.fit(painted, content))
            lattices.append(lattice_of(painted))
            if self._usual is not None:
                repetitions.append(repetition_of(painted, content, self._usual))
            task = self.task(path, size)
            reference = self._references.get(task.key) if task else None
            if reference is not None:
                total = fits[-1].total(self.settings.style_strength)
                ratios.append(loss_ratio(total, reference.curve))
                equivalents.append(equivalent_evaluation(total, reference.curve))
            advance()
        mean = mean_fit(fits)
        found = {f"{size}: content error": mean.content}
        if self.painting is not None:
            found |= {f"{size}: Gram error {name}": error for name, error in mean.style.items()}
            found[f"{size}: total"] = mean.total(self.settings.style_strength)
        if ratios:
            found[rho_of(size, len(ratios), len(pictures))] = float(np.mean(ratios))
            found[f"{size}: L-BFGS evaluations"] = float(np.mean(equivalents))
        found |= {f"{size}: {name}": value for name, value in means(looks).items()}
        wall = np.ascontiguousarray(difficult_frames((content.shape[1], content.shape[0]))["flat wall"][..., ::-1])
        painted_wall = painted_rgb(paint, wall)
        found[f"{size}: lattice, photographs"] = float(np.mean(lattices))
        found[f"{size}: lattice, flat wall"] = lattice_of(painted_wall)
        if self._usual is not None:
            found[f"{size}: repetition, photographs"] = float(np.mean(repetitions))
            found[f"{size}: repetition, flat wall"] = repetition_of(painted_wall, wall, self._usual)
        return found

    def optimised(self, pictures: Sequence[Path], size: str) -> Measures:
        """The same figures of what L-BFGS made of those pictures that have a reference, as far as references tell them.

        Args:
            size: see `nstcam.export.evaluate.photographs.sized`.
        Returns:
            empty if no picture has a reference.
        """
        tasks = [self.task(picture, size) for picture in pictures]
        known = [self._references[task.key] for task in tasks if task and task.key in self._references]
        if not known:
            return {}
        mean = mean_fit([Fit(reference.content, reference.style) for reference in known])
        found = {f"{size}: content error": mean.content}
        found |= {f"{size}: Gram error {name}": error for name, error in mean.style.items()}
        found[f"{size}: total"] = mean.total(self.settings.style_strength)
        found[rho_of(size, len(known), len(pictures))] = 1.0
        found[f"{size}: L-BFGS evaluations"] = float(np.mean([len(reference.curve) for reference in known]))
        return found | {f"{size}: {name}": value for name, value in means([r.appearance for r in known]).items()}


def rho_of(size: str, known: int, pictures: int) -> str:
    """The name of the row that rho is in, averaged over `known` of the pictures."""
    return f"{size}: rho ({known} of {pictures} pictures)"


def painted_rgb(paint: Paint, content: Picture) -> Picture:
    """The content as painted; RGB in and out, although painters take BGR."""
    return np.ascontiguousarray(paint(np.ascontiguousarray(content[..., ::-1]))[..., ::-1])


def lattice_of(picture: Picture) -> float:
    """losses.lattice_error of one picture: 0 where nothing lies on the network's grid of 4x4 pixels."""
    return lattice_error(to_tensor(picture, _CPU)).item()


def repetition_of(picture: Picture, content: Picture, usual: Tensor) -> float:
    """Root of `nstcam.train.loss.repetition.repetition_error`: by how much autocorrelations exceed the painting's."""
    return repetition_error(to_tensor(picture, _CPU), to_tensor(content, _CPU), usual).sqrt().item()
