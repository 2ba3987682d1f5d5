"""Runs nst-paint in a folder of its own, with a random loss network."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest

from nstcam.train.cli import nst_paint, paint_options
from nstcam.train.loss.vgg import Pooling, VggFeatures
from nstcam.train.paint import run
from nstcam.train.picture import Picture, read_rgb, write_picture
from tests.support.commands import outcome
from tests.support.models.tiny import random_loss_network

SHORT: Final = ("--evaluations", "6", "--size", "48")


class PaintFolder:
    """A folder with pictures in which the command is run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capsys = folder, monkeypatch, capsys
        monkeypatch.chdir(folder)
        monkeypatch.delenv("NSTCAM_DEBUG", raising=False)
        self.poolings: list[Pooling] = []

        def load(_: str, __: Path | None, pooling: Pooling) -> VggFeatures:
            self.poolings.append(pooling)
            return random_loss_network(pooling)

        monkeypatch.setattr(paint_options, "load_vgg", load)
        for i, (name, cell) in enumerate({"content": 1, "style": 8, "other": 4}.items()):  # unlike each other
            colours = np.random.default_rng(i).integers(0, 256, (64 // cell, 80 // cell, 3), dtype=np.uint8)
            self.save(f"{name}.png", np.kron(colours, np.ones((cell, cell, 1), np.uint8)))

    def save(self, name: str, bgr: np.ndarray) -> None:
        assert cv2.imwrite(str(self.folder / name), bgr)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Returns the exit code, stdout and stderr."""
        return outcome(nst_paint.main, ("nst-paint", *arguments), self._patch, self._capsys)

    def paint(self, *arguments: str) -> Picture:
        """Paints out.png, and asserts that it succeeds."""
        code, _, error = self.run(*arguments, "-o", "out.png", "--overwrite", *SHORT)
        assert code == 0, error
        return read_rgb(self.folder / "out.png")

    def interrupt_at(self, number: int) -> None:
        """Presses Ctrl-C once, when the intermediate picture with that number is written."""
        write = write_picture

        def interrupted(path: Path, rgb: Picture) -> None:
            write(path, rgb)
            if path.stem.endswith(f"-{number:05}"):
                self._patch.setattr(run, "write_picture", write)
                signal.raise_signal(signal.SIGINT)

        self._patch.setattr(run, "write_picture", interrupted)

    def names(self) -> set[str]:
        return {p.name for p in self.folder.iterdir()} - {"content.png", "style.png", "other.png"}
