"""A film on many machines: its parts are painted by workers and joined here, packet for packet as a single run's."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from nstcam.realtime.cluster.crew import Worker, name_slow, speeds
from nstcam.realtime.cluster.engine import PIECE_BYTES, Engine, LostError, Size
from nstcam.realtime.cluster.job import Film, difference, versions
from nstcam.realtime.cluster.kept import KeptParts, count_of_parts
from nstcam.realtime.cluster.painter import Answer, Painter
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.files import check_paths
from nstcam.realtime.video.convert import VideoReport, codec_for
from nstcam.realtime.video.encoding.encoders import SQUARE_PIXELS
from nstcam.realtime.video.examined import segment_count
from nstcam.realtime.video.journal import settings_values
from nstcam.realtime.video.painting import check_size
from nstcam.realtime.video.parts import join_parts
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.formats import FORMATS
from nstcam.realtime.video.reading.matte import matte_of
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.work_folder import fingerprint, work_folder

_TRIES: Final = 3
"""How many workers may fail at a part, and how many may be lost in a row, before the run ends."""
_LOOK_SECONDS: Final = 0.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FilmProgress:
    """How far a film is; `beside` is the speed of each worker."""

    frames: int
    total: int | None
    fps: float
    beside: str


def paint_film(
    film: Film,
    target: Path,
    engine: Engine,
    size: Size,
    *,
    scene: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[FilmProgress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    kind: type = Painter,
) -> VideoReport:
    """Stylizes a video file as `stylize_video` does, on the workers of a cluster.

    Args:
        scene: the identity of the film's scene.
        overwrite, resume, stop: as in stylize_video; finished parts are kept.
        progress: called about twice a second.
        kind: the class of the workers.

    Raises:
        SourceError, SinkError, Stopped: as stylize_video.
        NstError: no worker could be used.
    """
    check_paths(film.source, target, FORMATS, overwrite=overwrite)
    started = time.monotonic()
    settings, form = film.settings, FORMATS[target.suffix.lower()]
    square = form.choose_codec(settings.codec, target) in SQUARE_PIXELS
    matte = matte_of(settings.matte)
    with (
        VideoReader(film.source, settings.start, settings.end, square=square, matte=matte) as reader,
        work_folder(target, resume=resume, overwrite=overwrite, parts=True) as work,
    ):
        check_size(reader)
        codec = codec_for(reader, settings, form, target)
        segments = segment_count(film.source, settings)
        if not segments:
            raise SourceError(f"{film.source} has no frames to convert; check --from and --to")
        size = replace(size, workers=min(size.workers, segments))
        film = replace(film, settings=replace(settings, codec=codec), threads=size.threads)
        kept = KeptParts(work, target)
        shop = _Shop(film, kept, engine, size, scene, target, reader.total, progress, stop, kind)

        def begin(styles: str) -> None:
            values = settings_values(replace(film.settings, styles=styles, scene=scene), codec, "")
            count = count_of_parts(segments, size.workers, follow=settings.follow)
            kept.begin_or_resume(fingerprint(film.source), values, count, resume=resume)

        shop.run(begin)
        joined = join_parts(
            film.source, target, [kept.path(number) for number in range(1, kept.count + 1)], overwrite=overwrite
        )
        tracks = joined.tracks
        return VideoReport(
            frames=sum(kept.frames.values()),
            duration=joined.duration,
            size_wh=reader.size_wh,
            audio_copied=tracks.copied if tracks else 0,
            audio_encoded=tracks.encoded if tracks else 0,
            elapsed=time.monotonic() - started,
            encoder=joined.encoding.encoder,
            device=shop.devices,
            subtitles=tracks.subtitles if tracks else 0,
            resumed_at=shop.earlier,
        )


@dataclass
class _Shop:
    """One film at work."""

    film: Film
    kept: KeptParts
    engine: Engine
    size: Size
    scene: str | None
    target: Path
    total: int | None
    progress: Callable[[FilmProgress], None]
    stop: Callable[[], bool]
    kind: type
    earlier: int = 0
    devices: str = ""
    workers: list[Worker] = field(default_factory=list)
    asked: dict[Any, tuple[Worker, str]] = field(default_factory=dict)
    """What is waited for: by Ray's reference, whom for what."""
    todo: deque[int] = field(default_factory=deque)
    failures: dict[int, int] = field(default_factory=dict)
    styles: str | None = None
    losses: int = 0
    """Workers lost since the last part that was done."""
    pieces: list[Any] = field(default_factory=list)
    began: float = 0.0

    def run(self, begin: Callable[[str], None]) -> None:
        """Paints all parts that are missing.

        Args:
            begin: called once it is known what the styles are, with their identity; then `kept` knows the parts.
        """
        self.job, self.begin, self.began = self.film.as_job(), begin, time.monotonic()
        told = self.began
        try:
            for number in range(1, self.size.workers + 1):
                self._hire(number)
            while self.styles is None or self.kept.missing:
                if self.stop():
                    raise Stopped(f"stopped; {self.target} was not written")
                for reference in self.engine.ready(list(self.asked), _LOOK_SECONDS):
                    worker, what = self.asked.pop(reference)
                    self._answered(worker, what, reference)
                now = time.monotonic()
                if now - told >= _LOOK_SECONDS:
                    told = now
                    self._ask_how_far()
                    name_slow(self.workers)
                    self._report()
        finally:
            self.engine.end(worker.actor for worker in self.workers)

    def _hire(self, number: int) -> None:
        worker = Worker(number, self.engine.start(self.kind, self.size))
        self.workers.append(worker)
        self._ask(worker, "begin", self.job)

    def _ask(self, worker: Worker, method: str, *values: Any) -> None:
        self.asked[self.engine.call(worker.actor, method, *values)] = worker, method

    def _answered(self, worker: Worker, what: str, reference: Any) -> None:
        try:
            answer = self.engine.result(reference)
        except LostError as error:
            if worker in self.workers:  # told before, otherwise
                self._lost(worker, str(error))
            return
        if what == "told":
            worker.told(answer)
        elif what == "begin":
            self._began(worker, answer)
        elif what == "take_references":
            self._sent(worker, answer)
        else:
            self._painted(worker, answer)

    def _began(self, worker: Worker, answer: Answer) -> None:
        worker.host = answer["host"]
        other = difference(versions(), answer["versions"])
        if other is not None:
            self._dismiss(worker, f"has {other}; install the same there")
            return
        if "error" in answer:
            self._dismiss(worker, f"cannot be used: {answer['error']}")
            return
        if self.styles is None:
            self.styles = answer["styles"]
            self.begin(answer["styles"])
            self.earlier = sum(self.kept.frames.values())
            self.todo.extend(self.kept.missing)
        if answer["styles"] != self.styles:
            self._dismiss(worker, f"opens other files of the styles than the first worker, on {answer['device']}")
            return
        worker.device = answer["device"]
        self._name_devices()
        if answer["sees"]:
            worker.ready = True
            self._next(worker)
            return
        if not self.pieces:
            with self.film.source.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    self.pieces.append(self.engine.put(piece))
        self._ask(worker, "take_references", self.pieces)

    def _name_devices(self) -> None:
        names = dict.fromkeys(worker.device for worker in self.workers if worker.device)
        count = sum(1 for worker in self.workers if worker.device)
        self.devices = f"{' and '.join(names)} of {count} worker{'' if count == 1 else 's'}"

    def _sent(self, worker: Worker, answer: Answer) -> None:
        if "error" in answer:
            self._dismiss(worker, f"cannot be used: {answer['error']}")
            return
        worker.ready = True
        self._next(worker)

    def _next(self, worker: Worker) -> None:
        """Gives the worker a part, if there is one left."""
        worker.takes(self.todo.popleft() if self.todo else None)
        if worker.part is not None:
            self._ask(worker, "paint", worker.part, self.kept.count, self.styles, self.scene)

    def _painted(self, worker: Worker, answer: Answer) -> None:
        part = worker.part
        assert part is not None
        for line in answer.get("warnings", ()):
            _log.warning("%s", line)
        if "error" in answer and not answer["again"]:
            raise SourceError(answer["error"])
        if "data" in answer and self.kept.add(part, answer["data"]):
            self.losses = 0
            self._next(worker)
            return
        why = answer.get("error", "it arrived damaged")
        self._again(part, why)
        self._dismiss(worker, f"could not make part {part}: {why}", hire=True)

    def _again(self, part: int, why: str) -> None:
        self.failures[part] = self.failures.get(part, 0) + 1
        if self.failures[part] >= _TRIES:
            raise NstError(f"part {part} of {self.kept.count} failed {_TRIES} times, at last because {why}")
        self.todo.appendleft(part)

    def _lost(self, worker: Worker, why: str) -> None:
        part = worker.part
        self.losses += 1
        if part is not None:
            self._again(part, f"its worker was lost ({why})")
        if self.losses > max(_TRIES, self.size.workers):
            raise NstError(f"{self.losses} workers were lost one after the other, the last because {why}")
        doing = "" if part is None else f" in part {part} of {self.kept.count}, which another one makes"
        _log.warning("%s was lost%s (%s)", worker.name, doing, why)
        self.workers.remove(worker)
        self._hire(worker.number)
        self._wake()

    def _dismiss(self, worker: Worker, why: str, *, hire: bool = False) -> None:
        """Does without the worker, whose machine is not as it should be.

        Args:
            hire: whether another one may do better.
        """
        _log.warning("%s %s", worker.name, why)
        self.workers.remove(worker)
        self.engine.end([worker.actor])
        if hire:
            self._hire(worker.number)
        elif not self.workers:
            raise NstError(f"no worker of {self.engine.address} can be used; the last one {why}")
        self._wake()

    def _wake(self) -> None:
        """Gives parts that are to be made again to workers that have nothing to do."""
        for worker in self.workers:
            if worker.ready and worker.part is None:
                self._next(worker)

    def _ask_how_far(self) -> None:
        waiting = {worker.number for worker, what in self.asked.values() if what == "told"}
        for worker in self.workers:
            if worker.part is not None and worker.number not in waiting:
                self._ask(worker, "told")

    def _report(self) -> None:
        done = sum(self.kept.frames.values())
        now = done + sum(worker.frames for worker in self.workers if worker.part is not None)
        fps = (now - self.earlier) / max(time.monotonic() - self.began, 1e-9)
        self.progress(FilmProgress(now, self.total, fps, speeds(self.workers)))
