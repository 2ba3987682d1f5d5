"""Opening the page from the command line."""

from __future__ import annotations

import sys
import webbrowser
from contextlib import closing
from types import SimpleNamespace

import pytest
import typer

from benchmarks.tools.waiting import until
from nstcam.realtime.cli.live.options import LiveOptions, check_live, parse_port
from nstcam.realtime.cli.running.open_page import live_page, open_browser
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.errors import SinkError


def test_without_the_package_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("nstcam.realtime.page.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(SinkError, match=r"the page needs a package; pip install 'nstcam\[page\]'"):
        live_page("127.0.0.1", 0, browser=False, notices=Notices())


def test_a_missing_part_of_ours_is_no_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nstcam.realtime.page.live_page", None)
    with pytest.raises(ModuleNotFoundError):
        live_page("127.0.0.1", 0, browser=False, notices=Notices())


def test_the_address_is_printed_with_its_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp")
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setenv("DISPLAY", ":7")
    notices = Notices()
    with closing(live_page("127.0.0.1", 0, browser=True, notices=notices)) as page:
        notices.tell()
        printed = capsys.readouterr().err
        assert f"nstcam: the page is at http://127.0.0.1:{page.access.port}/?token={page.access.token}\n" in printed
        assert f"/stream.mjpg?token={page.access.token}\n" in printed
        assert "network" not in printed
        until(lambda: opened)
        assert opened == [page.access.address()]


def test_no_browser_in_a_terminal_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiohttp")
    if sys.platform != "linux":
        pytest.skip("elsewhere there is always a screen")
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("no screen"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    live_page("127.0.0.1", 0, browser=True, notices=Notices()).close()


@pytest.mark.parametrize(
    ("system", "x", "wayland", "opens"),
    [("linux", "", "", 0), ("linux", ":7", "", 1), ("linux", "", "wayland-0", 1), ("darwin", "", "", 1)],
)
def test_the_browser_opens_beside_the_session_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, system: str, x: str, wayland: str, opens: int
) -> None:
    started: list[dict[str, object]] = []
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv("DISPLAY", x)
    monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
    monkeypatch.setattr("threading.Thread", lambda **how: SimpleNamespace(start=lambda: started.append(how)))
    open_browser("http://a/")
    assert started == opens * [{"target": webbrowser.open, "args": ("http://a/",), "name": "browser", "daemon": True}]


def test_an_open_address_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("aiohttp")
    notices = Notices()
    live_page("0.0.0.0", 0, browser=False, notices=notices).close()
    notices.tell()
    assert "open to the network; what is sent is not encrypted" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["", "x", "70000", ":8600", "8600 ", "-1", "localhost"])
def test_a_wrong_port_is_a_wrong_command_line(wrong: str) -> None:
    with pytest.raises(typer.BadParameter, match="--page"):
        check_live(LiveOptions(page=wrong))


def test_hosts() -> None:
    assert parse_port("--page", "[::1]:80") == ("::1", 80)
    assert parse_port("--page", "0.0.0.0:8600") == ("0.0.0.0", 8600)
