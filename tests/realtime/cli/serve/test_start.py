"""Tests nstcam serve at work: which styles come first, when TLS is used, and what is printed."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("aiohttp")

from nstcam.realtime.cli.running.open_page import MISSING
from nstcam.realtime.cli.serve import start as serve
from nstcam.realtime.cli.serve.options import ServeOptions
from nstcam.realtime.errors import SinkError
from tests.support.fakes.live import style_of

STYLES = [style_of("one"), style_of("two"), style_of("three")]


class Running(SimpleNamespace):
    """What is made of a command line; it serves for two looks at its end."""

    def __init__(self) -> None:
        super().__init__(gallery=None, page=None, asked=None, tls=None, opened=[], slept=[], closed=[])

    def make_gallery(self, styles: Any, _opener: Any, first: int) -> Any:
        said = iter([["one is slow"], []])
        self.gallery = SimpleNamespace(
            styles=styles, first=first, sizes=[], wants=[], device="CPU",
            take_messages=lambda: next(said), close=lambda: self.closed.append("gallery"),
        )  # fmt: skip
        self.gallery.prepare = lambda *sizes: self.gallery.sizes.extend(sizes)
        self.gallery.want_all = self.gallery.wants.append
        return self.gallery

    def make_page(self, _gallery: Any, host: str, port: int, token: str, *, most: int, tls: Any) -> Any:
        self.asked, self.tls = (host, port, token, most), tls
        address = f"http://{host}:8600/?token={token}"
        return SimpleNamespace(
            access=SimpleNamespace(address=lambda: address), painted=7, close=lambda: self.closed.append("page")
        )


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    found = Running()

    @contextmanager
    def ends(**named: Any) -> Iterator[Any]:
        assert named == {"end_stuck": False}, "it does not wait for a style that is stuck"
        looks = iter([False, False, True])
        yield lambda: next(looks)

    monkeypatch.setattr(serve, "stop_on_interrupt", ends)
    monkeypatch.setattr(serve, "Gallery", found.make_gallery)
    monkeypatch.setattr("nstcam.realtime.page.visitors.visitors_page.VisitorsPage", found.make_page)
    monkeypatch.setattr("nstcam.realtime.page.server.tls_context", lambda *files: files)
    monkeypatch.setattr(serve, "own_certificate", lambda host: SimpleNamespace(context=f"own {host}", fingerprint="AB"))
    monkeypatch.setattr(serve, "choose_styles", lambda *_: (STYLES, 1))
    monkeypatch.setattr(serve, "new_token", lambda: "TOKEN")
    monkeypatch.setattr(serve, "open_browser", found.opened.append)
    monkeypatch.setattr("time.sleep", found.slept.append)
    monkeypatch.setattr("cv2.setNumThreads", lambda count: found.closed.append(f"{count} thread"))
    return found


def test_styles_are_prepared_and_all_wanted_and_everything_is_closed(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    serve.start(ServeOptions(port=9, visitors=3))
    gallery = running.gallery
    assert (gallery.styles, gallery.first, gallery.wants) == (STYLES, 1, [True])
    assert gallery.sizes == [(384, 512), (512, 384), (360, 640), (640, 360)]
    assert (running.asked, running.tls) == (("127.0.0.1", 9, "TOKEN", 3), None)
    assert running.closed == ["1 thread", "page", "gallery"]
    assert running.opened == ["http://127.0.0.1:8600/?token=TOKEN"]
    assert len(running.slept) == 2
    printed = capsys.readouterr()
    assert printed.out == "7 frames painted on CPU\n"
    assert printed.err == "nstcam: visitors come to http://127.0.0.1:8600/?token=TOKEN\nnstcam: one is slow\n"


@pytest.mark.parametrize(
    ("changes", "tls", "warned"),
    [
        ({"host": "127.0.0.1"}, None, False),
        ({"host": "0.0.0.0"}, None, True),
        ({"host": "0.0.0.0", "own_certificate": True}, "own 0.0.0.0", False),
        ({"host": "0.0.0.0", "certificate": Path("c"), "key": Path("k")}, ("c", "k"), False),
        ({"host": "127.0.0.1", "certificate": Path("c"), "key": Path("k")}, ("c", "k"), False),
        ({"host": "127.0.0.1", "certificate": Path("c")}, None, False),
        ({"host": "127.0.0.1", "key": Path("k")}, None, False),
    ],
)
def test_others_are_warned_of_only_without_tls(
    running: Running, changes: dict[str, Any], tls: object, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    serve.start(ServeOptions(browser=False, **changes))
    assert running.tls == tls
    assert running.opened == []
    err = capsys.readouterr().err
    assert (serve.NO_CAMERA in err) == warned
    assert ("SHA-256 is AB" in err) == ("own_certificate" in changes)


@pytest.mark.parametrize(("name", "told"), [("aiohttp", True), ("nstcam.realtime.page", False), (None, False)])
def test_a_missing_package_is_a_line_and_a_missing_part_of_ours_an_error(
    monkeypatch: pytest.MonkeyPatch, name: str | None, told: bool
) -> None:
    whole = builtins.__import__

    def without(wanted: str, *rest: Any) -> Any:
        if wanted.startswith("nstcam.realtime.page"):
            raise ModuleNotFoundError("missing", name=name)
        return whole(wanted, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SinkError if told else ModuleNotFoundError) as caught:
        serve.start(ServeOptions())
    assert (str(caught.value) == MISSING) == told


def test_a_folder_begins_with_the_first_style_and_has_each_once(
    running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[Any] = []

    def write(*given: Any) -> Any:
        written.extend(given)
        return SimpleNamespace(left_out={"three": "is too large"}, styles=2)

    monkeypatch.setattr(serve, "write_static", write)
    serve.write_folder(ServeOptions(runtime=Path("dist")), Path("site"))
    target, runtime, styles, _ = written
    assert (target, runtime, [style.name for style in styles]) == (Path("site"), Path("dist"), ["two", "one", "three"])
    printed = capsys.readouterr()
    assert printed.err == "nstcam: left out: three is too large\n"
    assert printed.out == ("site: 2 styles; to try it: python -m http.server --bind 127.0.0.1 --directory site\n")
