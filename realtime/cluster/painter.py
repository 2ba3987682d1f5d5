"""A worker: paints parts of one film, wherever it runs. It knows nothing of Ray."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from nstcam.realtime.cluster.job import Job, versions
from nstcam.realtime.engine.style import Style, find_style, read_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError, SinkError, refused_by_system
from nstcam.realtime.picture.scene import read_scene
from nstcam.realtime.video.painting import People, VideoSettings
from nstcam.realtime.video.parts import SUFFIX, stylize_part
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.timeline import Timeline, identity_of
from nstcam.realtime.video.work_folder import fingerprint

Answer = dict[str, Any]
"""Plain values. With `error`, the work failed: a text for the user, and `again`, whether another worker may succeed."""


class Painter:
    """Opens the styles once and paints part after part; `told` and `stop` may be called meanwhile, in other threads.

    Files are kept in a folder of its own, which `close` removes.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nstcam-worker-"))
        self._closing = ExitStack()
        self._closing.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._stop = threading.Event()
        self._told: Progress | None = None

    def begin(self, job: Job) -> Answer:
        """Opens the styles.

        Returns:
            `versions`, `host`, `process`; `sees`, whether the source is at its path here; `styles`, the identity of
            what was opened, and `device`.
        """
        answer: Answer = {"versions": versions(), "host": socket.gethostname(), "process": os.getpid()}
        try:
            self._open(job)
        except (NstError, OSError) as error:
            return answer | _failed(error, again=True)
        timeline = self._timeline
        return answer | {
            "sees": self._source is not None,
            "styles": identity_of(timeline),
            "device": timeline.entries[0][1].device,
        }

    def _open(self, job: Job) -> None:
        path, self._known = Path(job["source"][0]), job["source"][1]
        self._source = path if _is_source(path, self._known) else None
        self._name = path.name
        self._settings = VideoSettings(**job["settings"])
        styles = [self._style(number, shipped) for number, shipped in enumerate(job["files"])]
        opened: list[Stylizer] = []
        for style in styles:
            stylizer = Stylizer(style, job["device"], job["threads"], at_once=2)
            opened.append(self._closing.enter_context(closing(stylizer)))
        self._timeline = Timeline([(at, opened[number]) for at, number in job["styles"]], job["fade"])
        paint, kind, picture = job["scene"]
        path_of_picture = None if picture is None else self._written(f"behind{picture[0]}", picture[1])
        behind = None if job["behind"] is None else opened[job["behind"]]
        self._people = People(read_scene(paint, kind, path_of_picture), behind)

    def _style(self, number: int, shipped: dict[str, Any]) -> Style:
        if "picture" in shipped:
            suffix, data = shipped["picture"]
            return find_style(str(self._written(f"style{number}{suffix}", data)))
        style = read_style(self._written(f"style{number}.onnx", shipped["onnx"]))
        if shipped["int8"] is None:
            return style
        return replace(style, int8_path=self._written(f"style{number}.int8.onnx", shipped["int8"]))

    def _written(self, name: str, data: bytes) -> Path:
        path = self._folder / Path(name).name
        path.write_bytes(data)
        return path

    def take_source(self, pieces: Iterable[bytes]) -> Answer:
        """Keeps a copy of the source, whose bytes come in these pieces."""
        path = self._folder / ("source" + Path(self._name).suffix)
        try:
            with path.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
        except OSError as error:
            return _failed(error, again=True)
        if not _is_source(path, self._known):
            return {"error": f"{self._name} arrived damaged", "again": True}
        self._source = path
        return {}

    def paint(self, part: int, parts: int, styles: str, scene: str | None) -> Answer:
        """Paints a part.

        Args:
            styles, scene: the identities that all workers and the journal have.

        Returns:
            `data`, the file of the part, `frames`, and `warnings`, lines for the user; or `stopped`.
        """
        if self._source is None:
            return {"error": f"{self._name} is not here", "again": True}
        target = self._folder / f"{part}{SUFFIX}"
        settings = replace(self._settings, styles=styles, scene=scene)
        with _warnings() as warnings:
            try:
                frames = stylize_part(
                    self._source, target, self._timeline, settings, part=part, parts=parts, people=self._people,
                    overwrite=True, progress=self._tell, stop=self._stop.is_set,
                )  # fmt: skip
                data = target.read_bytes()
                target.unlink()
            except Stopped:
                return {"stopped": True}
            except (SinkError, OSError) as error:  # this machine's disk or encoder
                return _failed(error, again=True)
            except NstError as error:
                return _failed(error, again=False)
            finally:
                self._told = None
        return {"data": data, "frames": frames, "warnings": list(warnings)}

    def _tell(self, progress: Progress) -> None:
        self._told = progress

    def told(self) -> int:
        """The frames of the part in progress that are done."""
        progress = self._told
        return 0 if progress is None else progress.frames

    def stop(self) -> None:
        """Ends the part in progress, which answers `stopped`."""
        self._stop.set()

    def close(self) -> None:
        self.stop()
        self._closing.close()


def _is_source(path: Path, known: dict[str, Any]) -> bool:
    try:
        return path.is_file() and fingerprint(path) == known
    except OSError:
        return False


def _failed(error: NstError | OSError, *, again: bool) -> Answer:
    text = refused_by_system(error) if isinstance(error, OSError) else str(error)
    return {"error": text, "again": again}


class _warnings(logging.Handler):  # noqa: N801 (used as a function)
    """Collects what is logged within the block about the video, each line once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("nstcam.realtime.cluster"):
            self._lines[record.getMessage()] = None

    def __enter__(self) -> dict[str, None]:
        logging.getLogger("nstcam").addHandler(self)
        return self._lines

    def __exit__(self, *_: object) -> None:
        logging.getLogger("nstcam").removeHandler(self)
