"""Keeping a style that was learnt: as an ordinary style in the user's folder."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from nstcam.realtime.errors import SinkError, StyleError
from nstcam.realtime.model_metadata import with_metadata
from nstcam.realtime.style_files.contract import INT8_SUFFIX, METADATA_PREFIX
from nstcam.realtime.style_files.library import user_styles
from nstcam.realtime.style_files.packs import add_styles
from nstcam.realtime.style_files.style import Style


def keep(style: Style, name: str | None = None, *, overwrite: bool = False) -> Style:
    """Installs a style that was learnt, as nst-export would; returns it as it is installed.

    Args:
        name: what it is to be called. None: as it is, with a number after it if the user has a style of that name.
        overwrite: whether a style of the user's that has the name may be replaced.

    Raises:
        SinkError: the user's folder cannot be written.
        StyleError: the files are no style any more, or there is a style of that name.
    """
    name = name or free_name(style.name)
    workshop = None
    try:
        workshop = Path(tempfile.mkdtemp(prefix="nstcam.keeping."))
        sources = {".onnx": style.path} | ({INT8_SUFFIX: style.int8_path} if style.int8_path else {})
        for suffix, path in sources.items():
            named = with_metadata(path.read_bytes(), {f"{METADATA_PREFIX}name": name})
            (workshop / f"{name}{suffix}").write_bytes(named)
        return add_styles(workshop, overwrite=overwrite)[0]
    except OSError as error:
        raise SinkError(f"{style.name} cannot be kept ({error.strerror}); check the free space") from error
    finally:
        if workshop is not None:
            with suppress(OSError):
                shutil.rmtree(workshop)


def free_name(name: str) -> str:
    """The name, or with the first number after it for which the user has no style yet."""
    folder = user_styles()
    names = (name, *(f"{name}-{number}" for number in range(2, 10_000)))
    return next(each for each in names if not any((folder / f"{each}{end}").exists() for end in (".onnx", INT8_SUFFIX)))


def check_free(name: str, *, overwrite: bool) -> None:
    """Raises StyleError if the user has a style of that name that may not be replaced: before it is learnt."""
    if not overwrite and free_name(name) != name:
        raise StyleError(f"there is a style {name} already; add --overwrite to replace it")
