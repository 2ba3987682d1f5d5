"""The options that all steps share. The parent process passes them to the process of each step."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nstcam.train
from nstcam.realtime.engine import devices

SMALL_WH: Final = 64, 48
"""The (width, height) of all frames in a rehearsal."""


@dataclass(frozen=True)
class Setting:
    """What to measure with, and where to put the results."""

    device: str = "cuda"
    """The name of an NVIDIA device in `devices.DEVICES`; in a rehearsal, cpu is allowed too."""
    folder: Path = Path("gpu")
    """The folder for styles, logs and results."""
    johnson: Path | None = None
    """A trained checkpoint of that preset; None for random weights, which are just as fast."""
    painting: Path = Path(nstcam.train.__path__[0]) / "photos" / "coffee.jpg"
    """The picture to train on; the speed does not depend on it."""
    photos: Path | None = None
    """A folder of photographs to train on."""
    frames: int = 300
    """How many frames to time for each row of step speed."""
    rehearse: bool = False
    """Small frames and few steps, to show that each step works on a machine without a GPU. The figures mean nothing."""

    @property
    def styles(self) -> Path:
        return self.folder / "styles"

    def size(self, size_wh: tuple[int, int]) -> tuple[int, int]:
        """The (width, height) to measure at instead of `size_wh`."""
        return SMALL_WH if self.rehearse else size_wh

    def arguments(self) -> list[str]:
        """The setting as a command line, which `add_options` and `setting_from` read back."""
        words = ["--device", self.device, "--folder", str(self.folder), "--frames", str(self.frames)]
        words += ["--painting", str(self.painting)]
        for name, value in (("--johnson", self.johnson), ("--photos", self.photos)):
            words += [name, str(value)] if value is not None else []
        return words + (["--rehearse"] if self.rehearse else [])


def add_options(parser: argparse.ArgumentParser) -> None:
    usual = Setting()
    parser.add_argument("--device", choices=sorted(devices.DEVICES), default=usual.device)
    parser.add_argument("--folder", type=Path, default=usual.folder, help="folder for styles, logs and results")
    parser.add_argument("--johnson", type=existing, help="a trained checkpoint of preset johnson")
    parser.add_argument("--painting", type=existing, default=usual.painting, help="picture to train on")
    parser.add_argument("--photos", type=existing, help="a folder of photographs to train on")
    parser.add_argument("--frames", type=frames, default=usual.frames, help="frames to time for each row of step speed")
    parser.add_argument(
        "--rehearse", action="store_true", help="small frames, few steps, any device: tests the steps, measures nothing"
    )


def setting_from(options: argparse.Namespace) -> Setting:
    return Setting(
        options.device,
        options.folder,
        options.johnson,
        options.painting,
        options.photos,
        options.frames,
        options.rehearse,
    )


def existing(text: str) -> Path:
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(f"{text} does not exist")
    return Path(text)


def frames(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number of frames from 1 to 100000")
    return int(text)
