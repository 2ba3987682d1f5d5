"""A film on many machines: its parts are painted by workers and joined here, packet for packet as a single run's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from nstcam.media.cluster import Engine, Size
from nstcam.realtime.cluster.job import Film
from nstcam.realtime.cluster.kept import KeptParts, count_of_parts
from nstcam.realtime.cluster.painter import Painter
from nstcam.realtime.cluster.shop import Shop
from nstcam.realtime.cluster.tally import Progress
from nstcam.realtime.cluster.task import Answer, Source, Task
from nstcam.realtime.effects.steady_segments import LONGEST
from nstcam.realtime.errors import SourceError
from nstcam.realtime.files import check_paths
from nstcam.realtime.stylizing import Offset
from nstcam.realtime.video.convert import VideoReport, codec_for
from nstcam.realtime.video.encoding.encoders import SQUARE_PIXELS
from nstcam.realtime.video.examined import Canvas, Examined, canvas_offsets, segment_count, stretch
from nstcam.realtime.video.journal import settings_values
from nstcam.realtime.video.painting import VideoSettings, check_size
from nstcam.realtime.video.parts import join_parts
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.formats import FORMATS
from nstcam.realtime.video.reading.matte import matte_of
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.realtime.video.run_encoding import keeps_alpha
from nstcam.realtime.video.work_folder import fingerprint, work_folder


def paint_film(
    film: Film,
    target: Path,
    engine: Engine,
    size: Size,
    *,
    scene: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
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
    shop = Shop(engine, size, replace(film, threads=size.threads).as_job(), kind=kind)

    def one() -> VideoReport:
        return make_film(shop, film, target, scene=scene, overwrite=overwrite, resume=resume)

    try:
        (made,) = shop.serve([one], stop=stop, progress=progress)
    except Stopped:
        raise Stopped(f"stopped; {target} was not written") from None
    return made.result()


def make_film(
    shop: Shop, film: Film, target: Path, *, scene: str | None, overwrite: bool, resume: bool, films: int = 1
) -> VideoReport:
    """The same in a thread of a shop that may make others at the same time.

    Args:
        films: how many share the workers.

    Raises:
        SourceError, SinkError, NstError: as paint_film.
        Stopped: the shop was stopped.
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
        reader.keep_alpha = keeps_alpha(reader, settings, codec)
        segments = segment_count(film.source, settings)
        if not segments:
            raise SourceError(f"{film.source} has no frames to convert; check --from and --to")
        shop.tally.opened(reader.total)
        count = count_of_parts(segments, shop.size.workers, films)
        shop.orders.want(count)
        settings = replace(settings, codec=codec, styles=shop.orders.styles(), scene=scene)
        source = Source(film.source.resolve(), fingerprint(film.source))
        kept = KeptParts(work, target)
        kept.begin_or_resume(source.known, settings_values(settings, codec, ""), count, resume=resume)
        earlier = sum(kept.frames.values())
        shop.tally.found(earlier)
        offsets = canvas_offsets(reader, settings) if settings.follow else None
        shop.orders.make(_Parts(shop, kept, source, settings, segments, offsets, target if films > 1 else None).tasks())
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
            resumed_at=earlier,
        )


@dataclass(frozen=True)
class _Parts:
    """The parts of a film that are missing.

    Attributes:
        offsets: the canvas offset of each frame, found as they are taken; None: the camera is not followed.
        named: the film's output, if messages are to name it.
    """

    shop: Shop
    kept: KeptParts
    source: Source
    settings: VideoSettings
    segments: int
    offsets: Iterator[Offset] | None
    named: Path | None

    def tasks(self) -> Iterator[Task]:
        """One for each; the film is examined as far as the part goes before it is given out.

        Raises:
            SourceError: the film cannot be read.
            Stopped: the shop was stopped.
        """
        known: list[Offset] = []
        for number in self.kept.missing:
            first, last = stretch(self.source.path, self.segments, number, self.kept.count)
            canvas = None
            if self.offsets is not None:
                end = None if last is None else last * self.settings.segment_frames
                while end is None or len(known) < end:
                    self.shop.orders.check()
                    offset = next(self.offsets, None)
                    if offset is None:
                        break
                    known.append(offset)
                begin = max(first * self.settings.segment_frames - LONGEST, 0)
                canvas = Canvas(begin, np.array(known[begin:end], np.int32).reshape(-1, 2))
            yield self._task(number, Examined(self.segments, canvas))

    def _task(self, number: int, examined: Examined) -> Task:
        def take(answer: Answer) -> str | None:
            data = answer["data"]
            return None if isinstance(data, bytes) and self.kept.add(number, data) else "it arrived damaged"

        work = {
            "source": str(self.source.path), "known": self.source.known, "settings": asdict(self.settings),
            "part": number, "parts": self.kept.count, "examined": examined.as_values(),
        }  # fmt: skip
        name = f"part {number} of {self.kept.count}{f' of {self.named}' if self.named else ''}"
        return Task(name, "paint", work, take, self.source)
