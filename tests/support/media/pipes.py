"""Standard input and output in the tests' own process."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.frame import Frame
from nstcam.realtime.video.convert import stylize_to_pipe
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.fakes.live import CopyStylizer


def frames_of(path: Path) -> list[Frame]:
    with VideoReader(path) as reader:
        return [timed.frame for timed in reader]


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Puts the bytes on standard input, which cannot be sought in."""
    file: Any = io.BufferedReader(io.BytesIO(data))
    file = SimpleNamespace(read1=file.read1, read=file.read)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))


def piped(source: Path, kind: str, settings: VideoSettings = VideoSettings()) -> bytes:  # noqa: B008
    """The video, copied frame by frame to standard output."""
    out = io.BytesIO()
    stylize_to_pipe(source, out, CopyStylizer(), settings, kind=kind)
    return out.getvalue()
