"""The command line of nst-train as one checked value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from nstcam.media.style_names import name_from
from nstcam.train.errors import UsageError
from nstcam.train.fit.config import TrainConfig
from nstcam.train.network.checkpoint import LONGEST_NAME, check_name
from nstcam.train.network.networks import PRESETS

RUNS: Final = Path("runs")
STROKES: Final = {"small": 448, "medium": 640, "large": 896}
"""Style sizes in pixels by the size of the strokes they give."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """The command line, with values as typed; see the help texts in nst_train.py.

    Raises:
        UsageError: options that contradict each other, or a value that no run can have.
    """

    style: Path | None
    content: list[Path] | None
    preset: str
    init: str | None
    steps: int | None
    minutes: float | None
    stroke: str | None
    style_size: int | None
    style_strength: float
    calm: float
    patches: float
    batch: int | None
    crop: int | None
    learning_rate: float
    loss_network: Literal["vgg16", "vgg19"]
    loss_weights: Path | None
    device: str
    threads: int | None
    processes: int | None
    cluster: str | None
    workers: int | None
    seed: int
    name: str | None
    title: str
    artist: str
    year: str
    licence: str
    run: Path | None
    resume: bool
    preview: str | None
    preview_every: int
    settings_given: tuple[str, ...]
    """Options on the command line that --resume does not allow."""

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise UsageError(f"--preset {self.preset} is unknown; choose {' or '.join(PRESETS)}")
        if self.crop is not None and self.crop % 16:
            raise UsageError(f"--crop {self.crop} is not a multiple of 16; use --crop {max(self.crop // 16 * 16, 64)}")
        if self.stroke is not None and self.style_size is not None:
            size = STROKES[self.stroke]
            raise UsageError(f"--stroke {self.stroke} means --style-size {size}; give only one of the two")
        if self.steps is not None and self.minutes is not None:
            raise UsageError(
                f"--steps {self.steps} and --minutes {self.minutes:g} are both lengths of the training; give only one"
            )
        if self.resume and self.settings_given:
            raise UsageError(
                f"--resume continues with the run's own settings; leave out {' '.join(self.settings_given)}, "
                "or start another run"
            )
        if self.name is not None:
            check_name(self.name, UsageError)
            if len(self.name) > LONGEST_NAME:
                raise UsageError(f"--name has {len(self.name)} letters; use at most {LONGEST_NAME}")
        if self.style is None and not self.resume:
            raise UsageError("no painting given; add --style PICTURE")

    @property
    def style_name(self) -> str:
        return self.name or (name_from(self.style) if self.style else "")

    @property
    def folder(self) -> Path:
        return self.run or RUNS / self.style_name

    @property
    def painting_side(self) -> int:
        """Shorter side of the painting in pixels."""
        return self.style_size or (STROKES[self.stroke] if self.stroke else TrainConfig.style_size)

    @property
    def content_paths(self) -> tuple[str, ...]:
        """Absolute, so that the run can be resumed from another working folder."""
        return tuple(str(path.resolve()) for path in self.content or ())
