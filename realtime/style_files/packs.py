"""Style packs: adding styles to the user's folder from files, folders and ZIP files; removing and exporting them.

A pack is a ZIP file of style files and manifest.json. Anybody may have made it: no name in it becomes a path, nothing
is read beyond what it states and what is allowed, and all of it is checked in a folder of its own before any of it is
installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from nstcam.realtime.errors import SinkError, StyleError
from nstcam.realtime.files import part_file
from nstcam.realtime.model_metadata import with_metadata
from nstcam.realtime.protobuf import Damaged
from nstcam.realtime.style_files.contract import INT8_SUFFIX, METADATA_PREFIX
from nstcam.realtime.style_files.library import is_picture, style_of_picture, user_styles
from nstcam.realtime.style_files.pack_contents import MANIFEST, VERSION, entries_of, unpacked
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style, read_style
from nstcam.realtime.style_files.style_preview import decoded_preview, with_preview

_NAME: Final = re.compile(r"\w[\w .()&+-]{0,199}")
_LONGEST: Final = 200
"""Bytes of a name; systems take file names of some 255."""


def add_styles(source: Path, *, overwrite: bool = False) -> list[Style]:
    """Installs the styles of a file, a folder or a pack in the user's folder: all of them, or none. A picture becomes
    a style file in its colours. A style without a preview gets one.

    Args:
        overwrite: whether styles of the user's that have these names may be replaced.

    Returns:
        The styles as they are installed, by name.

    Raises:
        StyleError: the source is missing, damaged, too large or no style; or a style of that name is there.
        SinkError: the user's folder cannot be written.
    """
    folder = user_styles()
    was_there = folder.is_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=".nstcam.", dir=folder))
    except OSError as error:
        raise SinkError(f"cannot write in {folder} ({error.strerror}); check its permissions") from error
    try:
        if is_picture(source):
            files = _of_picture(style_of_picture(source), workshop)
        else:
            with entries_of(source) as entries:
                files = unpacked(source, entries, workshop)
        styles = [_with_preview(style) for style in _checked(source, files)]
        return _installed(styles, folder, workshop, overwrite=overwrite)
    except OSError as error:
        raise SinkError(f"cannot add {source} to {folder} ({error.strerror}); check the free space") from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        if not was_there:
            with suppress(OSError):
                folder.rmdir()  # nothing has been added


def remove_style(style: Style) -> list[Path]:
    """Removes the files of a style of the user's; of a link, the link itself.

    Raises:
        StyleError: it is bundled, a picture, or lies elsewhere.
        SinkError: a file cannot be removed.
    """
    if style.bundled:
        raise StyleError(
            f"style {style.name} is bundled with nstcam and cannot be removed; nstcam styles hide {style.name} "
            "leaves it out of lists"
        )
    if style.painting is not None:
        raise StyleError(f"{style.painting.path} is a picture, not one of your styles; delete the file itself")
    if style.path.parent != user_styles():
        raise StyleError(f"{style.path} is not in {user_styles()}; delete the file itself")
    gone = [style.path, *([style.int8_path] if style.int8_path else [])]
    try:
        for path in gone:
            path.unlink()
    except OSError as error:
        raise SinkError(f"cannot remove {error.filename} ({error.strerror}); check its permissions") from error
    return gone


def export_styles(styles: Sequence[Style], target: Path, *, overwrite: bool = False) -> None:
    """Writes a pack of the styles; the file appears whole or not at all.

    Args:
        styles: of different names, at least one.
        target: ends in .zip.

    Raises:
        StyleError: one is a picture.
        SinkError: the target exists without `overwrite`, has another suffix, or cannot be written.
    """
    for painting in (style.painting for style in styles if style.painting is not None):
        raise StyleError(f"{painting.path} is a picture; make a style file of it first: nstcam styles add")
    if target.suffix.lower() != ".zip":
        raise SinkError(f"cannot write {target}: its name must end in .zip")
    if target.is_dir() or (target.exists() and not overwrite):
        raise SinkError(f"{target} exists already; choose another name or add --overwrite")
    with part_file(target) as part:
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                listed = []
                for style in styles:
                    for path, name in _files_of(style):
                        archive.write(path, name)
                        listed.append({"file": name, **_credits(style), **_fingerprint(path)})
                archive.writestr(MANIFEST, json.dumps({"nstcam": VERSION, "styles": listed}, indent=1) + "\n")
        except OSError as error:
            raise SinkError(f"cannot write {target} ({error.strerror}); check the free space") from error


def _of_picture(style: Style, workshop: Path) -> list[Path]:
    """Writes the files of a picture's style into the workshop. What trained the style that it is put into says nothing
    of the picture."""
    assert style.painting is not None
    changes = {**_credits(style), "training": None, "preview": None}
    metadata = {METADATA_PREFIX + key: value for key, value in changes.items()}
    sources = {".onnx": style.path} | ({INT8_SUFFIX: style.int8_path} if style.int8_path else {})
    for suffix, path in sources.items():
        model = style.painting.inscribed(path.read_bytes())
        (workshop / f"0{suffix}").write_bytes(with_metadata(model, metadata))
    return [workshop / f"0{suffix}" for suffix in sources]


def _files_of(style: Style) -> list[tuple[Path, str]]:
    """The files of a style, and what they are called in a pack."""
    suffix = INT8_SUFFIX if style.path.name.endswith(INT8_SUFFIX) else ".onnx"
    files = [(style.path, f"{style.name}{suffix}")]
    return files + ([(style.int8_path, f"{style.name}{INT8_SUFFIX}")] if style.int8_path else [])


def _credits(style: Style) -> dict[str, str]:
    return {name: getattr(style, name) for name in ("name", "title", "artist", "year", "licence")}


def _fingerprint(path: Path) -> dict[str, str | int]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _checked(source: Path, paths: Sequence[Path]) -> list[Style]:
    """The styles in the files; an 8-bit file belongs to the float file of the same name.

    Raises:
        StyleError: a file is not a style, two styles have the same name, or a name cannot be that of a file.
    """
    floats: dict[str, Style] = {}
    eights: dict[str, Style] = {}
    for path in paths:
        try:
            style = read_style(path)
        except StyleError as error:
            raise StyleError(str(error).replace(str(path), str(source))) from error
        if not _can_be_a_file(style.name):
            raise StyleError(f"{source} holds a style called {style.name}, which cannot be the name of a file")
        group = eights if path.name.endswith(INT8_SUFFIX) else floats
        if style.name in group:
            raise StyleError(f"{source} holds two styles called {style.name}; add them one by one")
        group[style.name] = style
    whole = [
        replace(style, int8_path=eights.pop(name).path if name in eights else None) for name, style in floats.items()
    ]
    return sorted([*whole, *eights.values()], key=lambda style: style.name)


def _with_preview(style: Style) -> Style:
    """The style with a preview in its file, painted now if there is none that can be shown."""
    if decoded_preview(style.preview) is None:
        try:
            style.path.write_bytes(with_preview(style.path.read_bytes(), style.path))
        except (Damaged, UnicodeDecodeError):  # ONNX Runtime has read it all the same, so it stays as it is
            return style
        return replace(read_style(style.path), int8_path=style.int8_path)
    return style


def _installed(styles: Sequence[Style], folder: Path, workshop: Path, *, overwrite: bool) -> list[Style]:
    """Moves the checked files into the folder; if one cannot be, everything is as it was."""
    moves: list[tuple[Path | None, Path]] = []
    done = []
    for style in styles:
        named = [(path, folder / name) for path, name in _files_of(style)]
        int8 = folder / f"{style.name}{INT8_SUFFIX}"
        targets = {target for _, target in named} | {int8}  # that of an earlier style would be used with this one
        there = sorted(target for target in targets if os.path.lexists(target))
        if there and not overwrite:
            raise StyleError(f"there is a style {style.name} already ({there[0]}); add --overwrite to replace it")
        if folders := [target for target in there if target.is_dir()]:
            raise StyleError(f"{folders[0]} is a folder; move it away")
        moves += named
        moves += [(None, int8)] if int8 in there and int8 not in dict(named).values() else []
        done.append(replace(style, path=named[0][1], int8_path=named[1][1] if len(named) > 1 else None))
    undo: list[tuple[Path, Path | None]] = []
    try:
        for number, (new, target) in enumerate(moves):
            before = workshop / f"before-{number}" if os.path.lexists(target) else None
            if before is not None:
                target.rename(before)
                undo.append((target, before))
            if new is not None:
                new.rename(target)
            if before is None:
                undo.append((target, None))
    except OSError:
        for target, before in reversed(undo):
            with suppress(OSError):
                target.unlink(missing_ok=True)
                if before is not None and os.path.lexists(before):
                    before.rename(target)
        raise
    return done


def _can_be_a_file(name: str) -> bool:
    """Whether a style's name can be that of its file on every system; marks belong to the letters before them."""
    plain = "".join("a" if unicodedata.category(letter).startswith("M") else letter for letter in name)
    return _NAME.fullmatch(plain) is not None and not name.endswith((" ", ".")) and len(name.encode()) <= _LONGEST


def hides_bundled(style: Style) -> bool:
    """Whether a style of the user's has the name of a bundled one, which it then hides."""
    return not style.bundled and (BUNDLED_STYLES / f"{style.name}.onnx").is_file()
