"""What a style file, a folder or a pack holds: read no further than it states and is allowed; no name is a path."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Final

from nstcam.media.own_files import create, open_file
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.contract import INT8_SUFFIX

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
_MOST_STYLES: Final = 200
_MOST_BYTES: Final = 500_000_000
"""The most bytes of one file; the largest networks have some ten million."""
_MOST_TOGETHER: Final = 2_000_000_000
_MOST_MANIFEST: Final = 1_000_000
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A style file: its name, its bytes, and how to open it."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def entries_of(source: Path) -> Iterator[list[Entry]]:
    """The style files of a file, a folder or a pack; open within the block."""
    if source.is_dir():
        paths = sorted(path for path in source.iterdir() if path.name.endswith(".onnx") and path.name[0] != ".")
        yield _of_files(source, paths)
    elif source.suffix.lower() == ".onnx":
        yield _of_files(source, [source])
    else:
        try:
            with open_file(source) as file, zipfile.ZipFile(file) as archive:
                yield _of_zip(source, archive)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
            raise StyleError(
                f"{source} is not a pack, or is damaged; give a .onnx file, a folder or a ZIP file"
            ) from error
        except FileNotFoundError as error:
            raise StyleError(f"{source} not found; check the path") from error


def _of_files(source: Path, paths: Sequence[Path]) -> list[Entry]:
    try:
        found = [Entry(path.name, path.stat().st_size, partial(open_file, path)) for path in paths]
    except FileNotFoundError as error:
        raise StyleError(f"{source} not found; check the path") from error
    return found


def _of_zip(source: Path, archive: zipfile.ZipFile) -> list[Entry]:
    """The style files of a ZIP file, which may lie in folders there.

    Raises:
        StyleError: it holds links, paths that lead out of it, or styles that are not those of its manifest.
    """
    styles: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename)
        leads_out = path.is_absolute() or ".." in path.parts or "\\" in entry.filename
        if leads_out or stat.S_ISLNK(entry.external_attr >> 16):
            raise StyleError(f"{source} holds a link or a path that leads out of it ({entry.filename}); do not use it")
        if path.suffix.lower() != ".onnx" or entry.is_dir() or path.name.startswith("."):
            continue
        if path.name in styles:
            raise StyleError(f"{source} holds {path.name} twice; do not use it")
        styles[path.name] = entry
    found = [Entry(name, entry.file_size, partial(archive.open, entry)) for name, entry in styles.items()]
    _check_sizes(source, found)
    _check_manifest(source, archive, styles)
    return found


def _check_sizes(source: Path, entries: Sequence[Entry]) -> None:
    if len(entries) > _MOST_STYLES or sum(entry.size for entry in entries) > _MOST_TOGETHER:
        raise StyleError(f"{source} is too large for a pack: at most {_MOST_STYLES} files of 2 GB together")
    for entry in entries:
        if entry.size > _MOST_BYTES:
            raise StyleError(f"{entry.name} in {source} has {entry.size:,} bytes; at most {_MOST_BYTES:,} are allowed")


def _check_manifest(source: Path, archive: zipfile.ZipFile, styles: dict[str, zipfile.ZipInfo]) -> None:
    """Compares the sizes and hashes of a pack's manifest, if it has one."""
    entry = next((entry for entry in archive.infolist() if PurePosixPath(entry.filename).name == MANIFEST), None)
    if entry is None:
        return
    try:
        if entry.file_size > _MOST_MANIFEST:
            raise ValueError("too long")
        with archive.open(entry) as file:
            content = json.loads(file.read(_MOST_MANIFEST))
        version = content["nstcam"]
        listed = {each["file"]: (each["bytes"], each["sha256"]) for each in content["styles"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StyleError(f"the manifest of {source} is damaged; get the pack again") from error
    if version != VERSION:
        raise StyleError(f"{source} is a pack of version {version}, but this nstcam reads {VERSION}; upgrade nstcam")
    for name, style in styles.items():
        size, digest = listed.pop(name, (None, None))
        if size != style.file_size:
            raise StyleError(f"{name} in {source} does not match its manifest; get the pack again")
        with archive.open(style) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:  # type: ignore[arg-type]
                raise StyleError(f"{name} in {source} does not match its manifest; get the pack again")
    if listed:
        raise StyleError(f"{next(iter(listed))} is missing in {source}; get the pack again")


def unpacked(source: Path, entries: Sequence[Entry], workshop: Path) -> list[Path]:
    """Copies the files into a folder of our own, under numbers; no more bytes than they state."""
    if not entries:
        raise StyleError(f"{source} holds no style (.onnx); give a style file, or a folder or pack of some")
    _check_sizes(source, entries)
    paths = []
    for number, entry in enumerate(sorted(entries, key=lambda entry: entry.name)):
        suffix = INT8_SUFFIX if entry.name.endswith(INT8_SUFFIX) else ".onnx"
        path = workshop / f"{number}{suffix}"
        left = entry.size
        with entry.open() as data, create(path) as file:
            while chunk := data.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise StyleError(f"{entry.name} in {source} is larger than it states; do not use it")
                file.write(chunk)
        paths.append(path)
    return paths
