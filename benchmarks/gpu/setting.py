"""What all steps are told, as options of a command line: the parent hands them on to the process of each step."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nstcam.train
from nstcam.realtime.engine import devices

SMALL_WH: Final = 64, 48
"""(width, height) of all frames in a rehearsal."""


@dataclass(frozen=True)
class Setting:
    """Where and with what to measure."""

    device: str = "cuda"
    """A name of `devices.DEVICES`, of NVIDIA's; in a rehearsal also cpu."""
    folder: Path = Path("gpu")
    """For styles, logs and results."""
    johnson: Path | None = None
    """A trained checkpoint of that preset; random weights are as fast."""
    painting: Path = Path(nstcam.train.__path__[0]) / "photos" / "coffee.jpg"
    """For the speed of training any picture does."""
    photos: Path | None = None
    """A folder of photographs to train on."""
    frames: int = 300
    """To time, for each row of the table of speed."""
    rehearse: bool = False
    """Small frames and few steps: shows that each step works where there is no GPU, or only libraries that compute
    nothing. Its figures mean nothing."""

    @property
    def styles(self) -> Path:
        return self.folder / "styles"

    def size(self, size_wh: tuple[int, int]) -> tuple[int, int]:
        """(width, height) to measure at."""
        return SMALL_WH if self.rehearse else size_wh

    def arguments(self) -> list[str]:
        """As a command line, which `setting_from` understands."""
        words = ["--device", self.device, "--folder", str(self.folder), "--frames", str(self.frames)]
        words += ["--painting", str(self.painting)]
        for name, value in (("--johnson", self.johnson), ("--photos", self.photos)):
            words += [name, str(value)] if value is not None else []
        return words + (["--rehearse"] if self.rehearse else [])


def add_options(parser: argparse.ArgumentParser) -> None:
    usual = Setting()
    parser.add_argument("--device", choices=sorted(devices.DEVICES), default=usual.device)
    parser.add_argument("--folder", type=Path, default=usual.folder, help="for styles, logs and results")
    parser.add_argument("--johnson", type=existing, help="a trained checkpoint of preset johnson")
    parser.add_argument("--painting", type=existing, default=usual.painting, help="to train on")
    parser.add_argument("--photos", type=existing, help="a folder of photographs to train on")
    parser.add_argument("--frames", type=frames, default=usual.frames, help="to time, for each row of the table")
    parser.add_argument("--rehearse", action="store_true", help="small and short, on any device: measures nothing")


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
        raise argparse.ArgumentTypeError(f"{text} is not there")
    return Path(text)


def frames(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is no number of frames from 1 to 100000")
    return int(text)
