"""nstcam styles: lists the styles, shows one, makes a sheet of all; adds, removes and exports the user's own,
and hides bundled ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nstcam.media.shown import counted, shown
from nstcam.realtime.cli.options import complete
from nstcam.realtime.cli.options.common import DeviceOption, JsonOption, LearnOption, OverwriteOption

if TYPE_CHECKING:
    from nstcam.realtime.style_files.style import Style


def styles(
    action: Annotated[
        str | None,
        typer.Argument(
            metavar="[show|add|remove|export|hide|unhide]",
            autocompletion=complete.style_actions,
            help="show NAME; add FILE, FOLDER, ZIP or picture; remove NAME; export NAME... to a ZIP; hide or unhide a "
            "bundled NAME. Default: list.",
        ),
    ] = None,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", autocompletion=complete.styles, help="Styles, or files.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a picture of what all styles paint, with their names.")
    ] = None,
    photo: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The photo on the sheet, painted now. Default: the previews in the styles."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The pack that export writes. Default: NAME.zip.")
    ] = None,
    learn: LearnOption = None,
    device: DeviceOption = "auto",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the styles by their numbers: the bundled ones, then your own; or show, add, remove, export or hide some."""
    given = names or []
    if action is not None and action not in complete.STYLE_ACTIONS:
        raise typer.BadParameter(
            f"{action} is unknown; give {', '.join(complete.STYLE_ACTIONS)}, or nothing for a list"
        )
    if action is not None and not given:
        what = "a .onnx file, a folder, a pack or a picture" if action == "add" else "the name of a style"
        raise typer.BadParameter(f"nstcam styles {action} needs {what}")
    if sheet is not None and action is not None:
        raise typer.BadParameter(f"--sheet shows all styles; leave out {action}")
    if photo is not None and sheet is None:
        raise typer.BadParameter("--photo is for --sheet FILE")
    if output is not None and action != "export":
        raise typer.BadParameter("--output is for nstcam styles export")
    if learn is not None and action != "add":
        raise typer.BadParameter("--learn is for nstcam styles add PICTURE")
    if sheet is not None:
        _sheet(sheet, photo, device, overwrite=overwrite)
    elif action is None:
        _list(as_json=as_json)
    elif action == "unhide":
        _unhide(given)
    elif action == "add":
        _add(given, learn, overwrite=overwrite, as_json=as_json)
    else:
        _of_names(action, given, output, overwrite=overwrite, as_json=as_json)


def style_record(style: Style) -> dict[str, object]:
    """A style as JSON for other programs."""
    from dataclasses import asdict

    int8_path = None if style.int8_path is None else str(style.int8_path)
    left_out = ("painting", "learnt", "preview")  # the first two are none in a list
    fields = {name: value for name, value in asdict(style).items() if name not in left_out}
    return {**fields, "path": str(style.path), "int8_path": int8_path, "bundled": style.bundled}


def _list(*, as_json: bool) -> None:
    from nstcam.realtime.style_files.hidden import hidden_names
    from nstcam.realtime.style_files.library import list_styles, user_styles

    found = list_styles()
    if as_json:
        print(json.dumps([style_record(style) for style in found], indent=1))
        return
    rows = []
    for number, style in enumerate(found, 1):
        precision = style.precision + (", int8" if style.int8_path else "")
        where = "bundled" if style.bundled else shown(str(style.path))
        rows.append((f"{number:2}", style.name, style.label, style.year, style.network, precision, where))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    hidden = sorted(hidden_names(user_styles()))
    if hidden:
        print(f"\nhidden: {shown(', '.join(hidden))}; nstcam styles unhide NAME shows it again")
    print(f"\nadd your own styles with nstcam styles add, or put them into {shown(str(user_styles()))}")


def _add(sources: list[str], learn: float | None, *, overwrite: bool, as_json: bool) -> None:
    from nstcam.realtime.style_files.packs import add_styles, hides_bundled

    if learn is None:
        added = [style for source in sources for style in add_styles(Path(source), overwrite=overwrite)]
    else:
        added = [_learnt(Path(source), learn, overwrite=overwrite) for source in sources]
    if as_json:
        print(json.dumps([style_record(style) for style in added], indent=1))
        return
    for style in added:
        print(shown(f"{style.name}: {style.label}; licence: {style.licence or 'not stated'}"))
        if hides_bundled(style):
            print(shown(f"{style.name} hides the bundled style of that name until you remove it"))
    print(shown(f"try it: nstcam --style {added[0].name}"))


def _unhide(names: list[str]) -> None:
    from nstcam.realtime.style_files.hiding import unhide_styles

    unhide_styles(names)
    for name in names:
        print(shown(f"{name}: in lists again"))


def _learnt(picture: Path, seconds: float, *, overwrite: bool) -> Style:
    """Learns a picture and installs it as a style.

    Raises:
        NstError: it is not a picture, or cannot be learnt, or there is a style of its name.
    """
    from contextlib import ExitStack

    from nstcam.realtime.cli.running.learn_first import LearnFirst
    from nstcam.realtime.cli.running.terminal import Notices
    from nstcam.realtime.errors import StyleError
    from nstcam.realtime.learning.kept import check_free, keep
    from nstcam.realtime.style_files.library import is_picture, style_of_picture

    if not is_picture(picture):
        raise StyleError(f"{picture} is not a picture; --learn learns pictures")
    style = style_of_picture(picture)
    check_free(style.name, overwrite=overwrite)
    with ExitStack() as opened:
        learning = LearnFirst(seconds, Notices(), opened)
        found = learning.learnt(style)
        if not found.learnt:
            raise StyleError("; ".join(learning.notices.take()))
        return keep(found, style.name, overwrite=overwrite)


def _of_names(action: str, names: list[str], output: Path | None, *, overwrite: bool, as_json: bool) -> None:
    from nstcam.realtime.style_files.hiding import hide_styles
    from nstcam.realtime.style_files.library import find_style
    from nstcam.realtime.style_files.packs import export_styles, remove_style

    found = list({(style := find_style(name)).name: style for name in names}.values())
    if action == "remove":
        for style in found:
            for path in remove_style(style):
                print(shown(f"{path}: removed"))
    elif action == "hide":
        hide_styles(found)
        for style in found:
            print(shown(f"{style.name}: hidden; --style {style.name} still works, nstcam styles unhide shows it again"))
    elif action == "export":
        target = output or Path(f"{found[0].name}.zip")
        export_styles(found, target, overwrite=overwrite)
        print(shown(f"{target}: {counted(len(found), 'style')}, {target.stat().st_size / 1e6:.1f} MB"))
    elif as_json:
        print(json.dumps([{**style_record(style), "preview": style.preview} for style in found], indent=1))
    else:
        print("\n\n".join(shown_style(style) for style in found))


def shown_style(style: Style) -> str:
    """What a style says of itself, and its files, as lines."""
    import hashlib

    from nstcam.realtime.style_files.style_preview import decoded_preview

    rows = [(name, getattr(style, name)) for name in ("name", "title", "artist", "year", "licence", "network")]
    if style.painting is not None:
        rows.append(("picture", str(style.painting.path)))
    rows += [("precision", style.precision), ("canvas", "moves with the scene" if style.has_canvas else "none")]
    preview = decoded_preview(style.preview)
    rows.append(("preview", "none" if preview is None else f"{preview.shape[1]}x{preview.shape[0]}"))
    for path in (style.path, style.int8_path):
        if path is not None:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            rows.append(("file", f"{path}, {path.stat().st_size / 1e6:.2f} MB, SHA-256 {digest}"))
    return "\n".join(shown(f"{name:<10}{text or 'not stated'}") for name, text in rows)


def _sheet(target: Path, photo: Path | None, device: str, *, overwrite: bool) -> None:
    from contextlib import closing
    from functools import partial

    from nstcam.realtime.cli.running.opening import stylizer_opener
    from nstcam.realtime.cli.running.terminal import Notices
    from nstcam.realtime.picture.style_sheet import preview_sheet, style_sheet
    from nstcam.realtime.style_files.library import list_styles

    notices = Notices()
    opener = stylizer_opener(device, None, notices)
    openers = [(style, partial(lambda one: closing(opener(one)), style)) for style in list_styles()]
    if photo is not None:
        count = style_sheet(photo, target, [(style.name, opened) for style, opened in openers], overwrite=overwrite)
    else:
        named = [(style.name, style.preview, opened) for style, opened in openers]
        count = preview_sheet(target, named, overwrite=overwrite)
    notices.tell()
    print(shown(f"{target}: {counted(count, 'style')}"))
