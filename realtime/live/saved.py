"""Beginning with what key w saved, and telling what of it is there no longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nstcam.realtime.engine.style import Style, find_style, list_styles, read_style
from nstcam.realtime.errors import NstError, SourceError, StyleError
from nstcam.realtime.live.settings import Settings, SettingsError, load, settings_path


def saved_settings(tell: Callable[[str], None]) -> Settings:
    """Those of the file, the defaults with a notice where it cannot be used."""
    try:
        return load(settings_path())
    except SettingsError as error:
        tell(str(error))
        return Settings()


def styles_of(names: Sequence[str] | None, saved: str | None, tell: Callable[[str], None]) -> tuple[list[Style], int]:
    """The styles for the gallery and the index of the first to show: that of the settings, where none is asked for.

    Args:
        names: names or files that are asked for.
        saved: the name or the file in the settings; a file comes after the styles that are found by name.

    Raises:
        NstError: nothing of such a name, or no style at all.
    """
    if names:
        return [find_style(name) for name in names], 0
    styles = list_styles()
    if not styles:
        raise NstError("no styles found; make one with nst-train and nst-export, or reinstall nstcam")
    there = [style.name for style in styles]
    if saved is None or saved in there:
        return styles, there.index(saved) if saved else 0
    try:
        return [*styles, read_style(Path(saved))], len(styles)
    except StyleError as error:
        reason = f"cannot be used ({error})" if Path(saved).is_file() else "is not there any more"
        tell(f"the saved style {saved} {reason}; beginning with {there[0]}")
        return styles, 0


@contextmanager
def naming_saved_camera(camera: str | None) -> Iterator[None]:
    """Errors of a camera that nobody typed say where it comes from.

    Args:
        camera: the saved one; None where it was typed or is the default.
    """
    try:
        yield
    except SourceError as error:
        if camera is None:
            raise
        raise SourceError(f"{error}; {camera} is the camera saved with key w, --camera gives another") from error
