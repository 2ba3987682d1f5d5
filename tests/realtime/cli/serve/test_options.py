"""Tests what nstcam serve makes of its command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nstcam.realtime.cli import app
from nstcam.realtime.cli.serve.options import ServeOptions
from tests.support.commands import outcome

START = "nstcam.realtime.cli.serve.start"
USUAL = ServeOptions()


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("", {}),
        ("--host [::1] --port 0 --visitors 64", {"host": "::1", "port": 0, "visitors": 64}),
        ("--port 65535 --visitors 1 --no-browser", {"port": 65535, "visitors": 1, "browser": False}),
        ("--style a --style b --only c", {"styles": ("a", "b"), "only": ("c",)}),
        ("--certificate auto", {"own_certificate": True}),
        ("--certificate auto --key k", {"certificate": Path("auto"), "key": Path("k")}),
        ("--certificate c --key k", {"certificate": Path("c"), "key": Path("k")}),
        ("--static site --runtime dist", {"static": Path("site"), "runtime": Path("dist")}),
        ("--static site", {"static": Path("site")}),
    ],
)
def test_options_are_those_of_the_line(
    line: str, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp")
    done: list[tuple[Any, ...]] = []
    monkeypatch.setattr(f"{START}.start", lambda options: done.append((options,)))
    monkeypatch.setattr(f"{START}.write_folder", lambda options, target: done.append((options, target)))
    assert outcome(app.main, ("nstcam", "serve", *line.split()), monkeypatch, capsys)[0] == 0
    options = ServeOptions(**(vars(USUAL) | changed))
    assert done == [(options, options.static) if options.static else (options,)]
