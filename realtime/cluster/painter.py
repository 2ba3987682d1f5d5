"""A worker: paints parts of films, and pictures, wherever it runs. It knows nothing of Ray."""

from __future__ import annotations

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

from nstcam.realtime.cluster.hearing import failed, heard
from nstcam.realtime.cluster.job import Job, versions
from nstcam.realtime.cluster.picture_work import painted_pictures
from nstcam.realtime.cluster.task import Answer
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.picture.scene import read_scene
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style, read_style
from nstcam.realtime.video.examined import examined_from
from nstcam.realtime.video.painting import People, VideoSettings
from nstcam.realtime.video.parts import SUFFIX, stylize_part
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.timeline import Timeline, identity_of
from nstcam.realtime.video.work_folder import fingerprint


class Painter:
    """Opens the styles once and does task after task; `told` and `stop` may be called meanwhile, in other threads.

    Files are kept in a folder of its own, which `close` removes.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nstcam-worker-"))
        self._closing = ExitStack()
        self._closing.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._stop = threading.Event()
        self._copy: tuple[dict[str, Any], Path] | None = None
        """The source that was sent last, by its fingerprint."""
        self._told = 0

    def begin(self, job: Job) -> Answer:
        """Opens the styles.

        Returns:
            `versions`, `host`, `process`; `styles`, the identity of what was opened, and `device`.
        """
        answer: Answer = {"versions": versions(), "host": socket.gethostname(), "process": os.getpid()}
        try:
            self._open(job)
        except (NstError, OSError) as error:
            return answer | failed(error, again=True)
        return answer | {"styles": identity_of(self._timeline), "device": self._timeline.entries[0][1].device}

    def _open(self, job: Job) -> None:
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

    def take_source(self, pieces: Iterable[bytes], name: str, known: dict[str, Any]) -> Answer:
        """Keeps a copy of a source, whose bytes come in these pieces, until the next one is sent.

        Args:
            name: of the file.
            known: its fingerprint.
        """
        path = self._folder / ("source" + Path(name).suffix)
        self._copy = None
        try:
            with path.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
        except OSError as error:
            return failed(error, again=True)
        if not _is_source(path, known):
            return {"error": f"{name} arrived damaged", "again": True}
        self._copy = known, path
        return {}

    def _found(self, path: Path, known: dict[str, Any]) -> Path | None:
        if self._copy is not None and self._copy[0] == known:
            return self._copy[1]
        return path if _is_source(path, known) else None

    def paint(self, work: dict[str, Any]) -> Answer:
        """Paints a part of a film.

        Args:
            work: `part_work` made it.

        Returns:
            `data`, the file of the part, `frames`, and `warnings`, lines for the user; or `unseen`: the film is to be
            sent first.
        """
        given = Path(work["source"])
        source = self._found(given, work["known"])
        if source is None:
            return {"unseen": True}
        target = self._folder / f"part{SUFFIX}"
        with heard() as warnings:
            try:
                frames = stylize_part(
                    source, target, self._timeline, VideoSettings(**work["settings"]),
                    part=work["part"], parts=work["parts"], people=self._people, overwrite=True,
                    progress=self._tell, stop=self._stop.is_set, examined=examined_from(work["examined"]),
                )  # fmt: skip
                data = target.read_bytes()
                target.unlink()
            except Stopped:
                return {"error": "it was stopped", "again": True}
            except (SinkError, OSError) as error:  # this machine's disk or encoder
                return failed(error, again=True)
            except ValueError as error:
                return {"error": str(error), "again": True}
            except NstError as error:
                return {"error": str(error).replace(str(source), str(given)), "again": False}
            finally:
                self._told = 0
        lines = [line.replace(str(source), str(given)) for line in warnings]
        return {"data": data, "frames": frames, "warnings": lines}

    def paint_pictures(self, work: dict[str, Any]) -> Answer:
        """Paints pictures.

        Args:
            work: `pictures_work` made it.

        Returns:
            `pictures`, for each the bytes of the file, or a text that tells why there is none; `frames`, how many they
            are; `warnings`.
        """
        stylizer = self._timeline.entries[0][1]
        try:
            pictures, warnings = painted_pictures(work, self._folder, stylizer, self._people, self._count)
        except (SinkError, OSError) as error:
            return failed(error, again=True)
        finally:
            self._told = 0
        return {"pictures": pictures, "frames": len(pictures), "warnings": warnings}

    def _tell(self, progress: Progress) -> None:
        self._told = progress.frames

    def _count(self, pictures: int) -> None:
        self._told = pictures

    def told(self) -> int:
        """The frames, or pictures, of the task in progress that are done."""
        return self._told

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
