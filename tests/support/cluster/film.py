"""A short film in a style of its own, and workers with troubles, for tests of what a cluster makes of it.

python -m tests.support.cluster.film FOLDER paints it slowly on a cluster of its own.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from onnx import helper

from nstcam.media.cluster import Size
from nstcam.realtime.cluster.engine import connected
from nstcam.realtime.cluster.film import paint_film
from nstcam.realtime.cluster.job import Film, Job
from nstcam.realtime.cluster.painter import Painter
from nstcam.realtime.cluster.task import Answer
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.timeline import Timeline, identity_of
from tests.support.media.clips import write_clip
from tests.support.models.tiny import write_model

SETTINGS: Final = VideoSettings(segment_frames=7, steady=0.5, encoder="software")


def film_in(folder: Path, frames: int = 60) -> Film:
    """A clip with sound, and the negative as a style of the user's."""
    negative = [helper.make_node("BitwiseNot", ["frame"], ["stylized"])]
    style = write_model(folder / "mine.onnx", negative, metadata={"nst.contract": "1", "nst.name": "mine"})
    folder.mkdir(exist_ok=True)
    clip = write_clip(folder / "clip.mp4", frames=frames, audio="aac", grain=8)
    return Film(source=clip, settings=SETTINGS, styles=((0.0, find_style(str(style))),), device="cpu")


def painted_alone(film: Film, target: Path) -> Path:
    """What a single run makes of it."""
    with closing(Stylizer(film.styles[0][1], "cpu", 1)) as stylizer:
        timeline = Timeline([(0.0, stylizer)], film.fade)
        stylize_video(film.source, target, timeline, replace(film.settings, styles=identity_of(timeline)))
    return target


class Sleepy(Painter):
    """Takes a second for a part, and more."""

    seconds = 1.0

    def paint(self, work: dict[str, Any]) -> Answer:
        time.sleep(self.seconds)
        return super().paint(work)


class Simulated(Sleepy):
    """Sleeps for two seconds instead of painting, once all workers are there: "4 wanted", a file beside the source,
    says how many."""

    seconds = 2.0

    def paint(self, work: dict[str, Any]) -> Answer:
        folder = Path(work["source"]).parent
        (folder / f"{os.getpid()} came").touch()
        (wanted,) = folder.glob("* wanted")
        while len(list(folder.glob("* came"))) < int(wanted.name.split()[0]):
            time.sleep(0.02)
        time.sleep(self.seconds)
        return {"data": b"simulated", "frames": 1, "warnings": []}


class OfAnotherVersion(Painter):
    def begin(self, job: Job) -> Answer:
        answer = super().begin(job)
        return {**answer, "versions": {**answer["versions"], "nstcam": "99.0"}}


class Elsewhere(Painter):
    """Does not see the source at its path."""

    def paint(self, work: dict[str, Any]) -> Answer:
        return super().paint({**work, "source": "/nowhere/clip.mp4"})


class OnFullDisk(Painter):
    """The first worker of a machine has a full disk: `disk`, a file beside the source, says who is the first."""

    def paint(self, work: dict[str, Any]) -> Answer:
        first = Path(work["source"]).with_name("disk")
        try:
            first.touch(exist_ok=False)
        except FileExistsError:
            return super().paint(work)
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return super().paint(work)


if __name__ == "__main__":
    with connected("local", 2) as engine:
        paint_film(film_in(Path(sys.argv[1])), Path(sys.argv[1]) / "out.mp4", engine, Size(2, 1), kind=Sleepy)
