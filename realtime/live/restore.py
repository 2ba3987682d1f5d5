"""Saves a session's settings for the next start (key w), and begins a session with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nstcam.media.shown import redacted
from nstcam.realtime.capture.screen import is_screen
from nstcam.realtime.errors import NstError, SourceError, StyleError
from nstcam.realtime.live.choosing.newcomer import joined
from nstcam.realtime.live.session import Session
from nstcam.realtime.live.settings import Settings, SettingsError, load, settings_path
from nstcam.realtime.people.words import OFF, PICTURE
from nstcam.realtime.style_files.library import find_style, list_styles, user_styles
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style, read_style


def saved_settings(tell: Callable[[str], None]) -> Settings:
    """The saved settings; the defaults, with a notice, if the file cannot be used."""
    try:
        return load(settings_path())
    except SettingsError as error:
        tell(str(error))
        return Settings()


def choose_styles(
    names: Sequence[str], only: Sequence[str], saved: str | None, tell: Callable[[str], None]
) -> tuple[list[Style], int]:
    """The styles for the gallery in the order of their numbers, and the index of the first one to show.

    Args:
        names: the names or files, pictures among them, to begin with. A single one keeps its place in the list;
            several come first, in this order. What is not in the list is added to it.
        only: names or files that are the whole list; if there are none, it is `list_styles()`.
        saved: the name or file in the settings, to begin with if there are no `names`. A file is appended to the list.
        tell: takes a line if the saved style cannot be used.

    Raises:
        NstError: there is no style of such a name, or no style at all, or one of `names` is not among `only`.
    """
    styles = _unique(_apart([_chosen(name, ()) for name in only], ())) if only else list_styles()
    if not styles and not names:
        raise NstError("no styles found; make one with nst-train and nst-export, or reinstall nstcam")
    if names:
        first = _unique(_apart([_chosen(name, styles) for name in names], styles))
        listed = [style.name for style in styles]
        for style in first:
            if only and style.name not in listed:
                raise NstError(f"--style {style.name} is not among --only {', '.join(listed)}; add it to --only")
        if len(first) > 1:
            return _unique([*first, *styles]), 0
        styles = _unique([*(first[0] if style.name == first[0].name else style for style in styles), *first])
        return styles, styles.index(first[0])
    there = [style.name for style in styles]
    if saved is None or saved in there or only:
        return styles, there.index(saved) if saved in there else 0
    try:
        found = find_style(saved) if Path(saved).is_file() else read_style(Path(saved))
    except StyleError as error:
        reason = f"cannot be used ({error})" if Path(saved).is_file() else "no longer exists"
        tell(f"the saved style {saved} {reason}; starting with {there[0]}")
        return styles, 0
    together, first_shown = joined(styles, found)
    return list(together), first_shown


def _chosen(name: str, styles: Sequence[Style]) -> Style:
    """The style of that name or file; one of `styles` if the name is among theirs, without reading it again."""
    is_file = name.lower().endswith(".onnx") or Path(name).is_file()
    found = None if is_file else next((style for style in styles if style.name == name), None)
    return found or find_style(name)


def _apart(chosen: Sequence[Style], others: Sequence[Style]) -> list[Style]:
    """The chosen styles, in order; each picture among them has a name that no other style has."""
    known = (*others, *(style for style in chosen if style.painting is None))
    apart = []
    for style in chosen:
        if style.painting is None:
            apart.append(style)
        else:
            known, index = joined(known, style)
            apart.append(known[index])
    return apart


def _unique(styles: Sequence[Style]) -> list[Style]:
    """The first of each name, in order."""
    found: dict[str, Style] = {}
    for style in styles:
        found.setdefault(style.name, style)
    return list(found.values())


@contextmanager
def naming_saved_camera(camera: str | None) -> Iterator[None]:
    """Makes errors about a camera that nobody typed say where its name comes from.

    Args:
        camera: the saved camera; None if it was typed or is the default.
    """
    try:
        yield
    except SourceError as error:
        if camera is None:
            raise
        raise SourceError(
            f"{error}; {redacted(camera)} is the camera saved with key w, --camera chooses another"
        ) from error


def settings_of(session: Session, asked: Settings, saved: Settings) -> Settings:
    """The settings that make the next start look like this session.

    Args:
        asked: the settings that this session began with, including the command line.
        saved: the settings in the file so far. Its camera is kept if this session plays something else, and its style
            if the one that is shown was made of a file that is gone at the end.
    """
    live_camera = is_camera(asked.camera) or is_screen(asked.camera)
    source = asked if live_camera else saved
    look, style = session.look, session.gallery.current
    passes = (style.path if style.painting is None else style.painting.path) in session.passing
    return replace(
        source,
        style=saved.style if passes else lasting_name(style),
        strength=look.strength,
        keep_colors=look.keep_colors,
        steady=look.steady,
        follow=look.follow,
        brighten=look.brighten,
        paint=look.paint,
        background=lasting_background(session),
        stroke_scale=look.stroke_scale,
        output_size=asked.output_size,
        target_fps=session.target_fps,
        mirror=_mirror(session.mirror, saved.mirror, asked.camera),
        compare=session.compare.name.lower(),
        fullscreen=session.fullscreen,
        hud=session.hud,
        clean=session.clean,
    )


def _mirror(shown: bool, saved: bool | None, spec: str) -> bool | None:
    """The setting to save; None stands for the source's default. A saved setting that still holds is kept, since a clip
    that is not mirrored says nothing about the camera."""
    if shown == saved:
        return saved
    return None if shown == is_camera(spec) else shown


def lasting_name(style: Style) -> str:
    """A reference that will find this style next time: its name, or its path outside the style folders."""
    if style.painting is not None:
        return str(style.painting.path.resolve())
    path = style.path.resolve()
    return style.name if path.parent in (user_styles().resolve(), BUNDLED_STYLES.resolve()) else str(path)


def lasting_background(session: Session) -> str:
    """A reference that will give this background next time: a word, the path of a picture, or a style. A style made of
    a picture has none, since the path would give the picture itself."""
    look = session.look
    if look.background == PICTURE and session.backdrop_path is not None:
        return str(session.backdrop_path.resolve())
    if look.behind is None:
        return look.background
    style = session.gallery.styles[look.behind]
    return OFF if style.painting is not None else lasting_name(style)


def is_camera(spec: str) -> bool:
    """Whether it is a local camera. Those are mirrored by default, since people want to see themselves as in a
    mirror."""
    return spec != "test" and not is_screen(spec) and "://" not in spec and not Path(spec).is_file()
