"""The page of a live session, as a plain client sees it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live import keys
from nstcam.realtime.live.hotkeys import Action, Press
from nstcam.realtime.live.session import Session
from nstcam.realtime.page.access import LOOPBACK
from nstcam.realtime.page.live_page import FILES, LivePage
from nstcam.realtime.style_files.style_preview import preview_of
from tests.realtime.page.conftest import TOKEN, Client, next_state
from tests.support.fakes.live import frame_of


def test_commands_are_those_of_the_port(client: Client, session: Session) -> None:
    assert client.command("strength 0.25") == "ok"
    assert session.look.strength == 0.25
    assert client.command("style two") == "ok"
    assert client.command("mirror on") == "ok"
    assert session.mirror
    assert json.loads(client.command("status"))["mirror"] is True
    assert client.command("fly") == "error 'fly' is not a command; help lists them"
    assert client.ask("POST", "/command", b"fly").status == 400


def test_a_command_opens_no_file(client: Client, tmp_path: Path) -> None:
    picture = tmp_path / "secret.png"
    picture.write_bytes(cv2.imencode(".png", frame_of(9))[1].tobytes())
    assert client.command(f"style {picture}").startswith("error style")


def test_both_ways_long_before_anybody_gives_up(client: Client, session: Session) -> None:
    with client.open("/events") as events:
        assert next_state(events)["keep_colors"] is False
        began = time.monotonic()
        keys.obey(session, Press(Action.KEEP_COLORS, "k"))
        while not next_state(events)["keep_colors"]:
            pass
        client.command("strength 0.5")
        while next_state(events)["strength"] != 0.5:
            pass
        assert time.monotonic() - began < 10


def test_the_state_is_told_when_it_has_changed(
    client: Client, page: LivePage, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nstcam.realtime.page.live_page.MOST_PAGES", 2)
    with client.open("/events") as events, client.open("/events") as others:
        state = next_state(events)
        assert state["styles"] == ["one", "two", "three"]
        assert (state["wanted"], state["bypass"], state["can_record"]) == (0, False, True)
        assert (state["paint"], state["background"], state["can_picture"]) == ("all", "off", False)
        assert page.watching == 2
        assert client.get("/events").text == "2 pages are open already"
        client.command("original")
        for each in (events, others):
            while not next_state(each)["bypass"]:
                pass
    until(lambda: page.watching == 0)


def test_tiles_begin_with_the_previews_of_styles(client: Client, page: LivePage, session: Session) -> None:
    second = replace(session.gallery.styles[1], preview=preview_of(frame_of(200, 240, 320)))
    session.gallery.rename(1, second)
    with client.open("/events") as events:
        while next_state(events)["tiles"] != [0, 1, 0]:
            pass
        tile = cv2.imdecode(np.frombuffer(client.get("/tile/1.jpg").body, np.uint8), cv2.IMREAD_COLOR)
        assert np.asarray(tile).mean() > 190
        assert session.last is not None
        session.last = session.last._replace(cells={1: frame_of(9)})
        while next_state(events)["tiles"] != [0, 2, 0]:
            pass


def test_small_pictures_are_painted_while_somebody_looks(client: Client, page: LivePage, session: Session) -> None:
    assert session.look.cells == ()
    with client.open("/events") as events:
        next_state(events)
        until(lambda: session.look.cells == (0, 1, 2))
        assert session.last is not None
        assert client.get("/tile/1.jpg").status == 404
        session.last = session.last._replace(cells={1: frame_of(200)})
        while next_state(events)["tiles"] != [0, 1, 0]:
            pass
        assert client.get("/tile/1.jpg").headers["Content-Type"] == "image/jpeg"
        session.last = session.last._replace(cells={index: frame_of(9) for index in range(3)})
        until(lambda: session.look.cells == ())
    until(lambda: page.watching == 0)


def test_pages_load_only_what_the_server_has(client: Client) -> None:
    for path in FILES:
        answer = client.ask("GET", path, headers={"Cookie": f"nstcam-{client.port}={TOKEN}"}, token=None)
        assert answer.status == 200, path
        for link in re.findall(r'(?:src|href|from) ?=? ?"(\.?/[^"?]*)"', answer.body.decode()):
            assert link.removeprefix(".") in (*FILES, "/frame.jpg"), f"{path} loads {link}"
        assert not re.search(r"<script>|<style|\son\w+=|https?://(?!www\.w3\.org/2000/svg)", answer.body.decode()), path


def test_the_first_visit_trades_the_token_for_a_cookie(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    again = client.ask("GET", "/", headers={"Cookie": cookie.partition(";")[0]}, token=None)
    assert again.status == 200
    policy = again.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "Access-Control-Allow-Origin" not in again.headers


@pytest.mark.parametrize("path", [*FILES, "/frame.jpg", "/stream.mjpg", "/events", "/tile/0.jpg", "/nothing"])
def test_nothing_without_the_token(path: str, client: Client) -> None:
    for token in (None, "", "token-of-the-test", "%ff"):
        answer = client.ask("GET", path, token=token)
        assert answer.status == 403
        assert TOKEN not in answer.text
    assert client.ask("POST", "/command", b"quit", token=None).status == 403


def test_foreign_sites_are_refused_even_with_the_token(client: Client, session: Session) -> None:
    for headers in (
        {"Host": "evil.example"},
        {"Host": f"evil.example:{client.port}"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert client.ask("POST", "/command", b"quit", headers).status == 403, headers
        assert client.ask("GET", "/stream.mjpg", None, headers).status == 403, headers
    assert not session.quit
    own = f"http://127.0.0.1:{client.port}"
    assert client.ask("POST", "/command", b"quit", {"Origin": own, "Sec-Fetch-Site": "same-origin"}).status == 200
    assert session.quit


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/files/live.html", "/..%2f..%2fetc%2fpasswd", "//etc/passwd",
        "/live.html", "/tile/../frame.jpg", "/tile/99999999.jpg", "/tile/-1.jpg", "/C:/windows/win.ini", "/%00",
    ],
)  # fmt: skip
def test_no_path_from_outside_is_opened(path: str, client: Client) -> None:
    assert client.get(path).status in (400, 403, 404)


def test_the_clean_frame_at_output_size(client: Client, session: Session) -> None:
    assert session.last is not None
    session.last = session.last._replace(frame=np.full((120, 160, 3), 77, np.uint8))
    until(lambda: decoded(client.get("/frame.jpg").body).shape == (120, 160, 3))
    picture = decoded(client.get("/frame.jpg?quality=100").body)
    assert int(np.abs(picture.astype(int) - 77).max()) <= 2


def test_quality_and_rate_are_checked(client: Client) -> None:
    session_size = len(client.get("/frame.jpg?quality=100").body)
    assert len(client.get("/frame.jpg?quality=10").body) <= session_size
    for query in ("quality=0", "quality=101", "quality=nan", "quality=high", "fps=0", "fps=-1", "fps=inf", "fps=x"):
        answer = client.get(f"/stream.mjpg?{query}")
        assert answer.status == 400, query
        assert "is not a number from" in answer.text


def test_a_taken_port_is_one_line(page: LivePage) -> None:
    with pytest.raises(SinkError, match=rf"port {page.access.port} at 127.0.0.1 cannot be opened for the page \("):
        LivePage(LOOPBACK, page.access.port, TOKEN)


def test_lines_that_are_no_lines(client: Client) -> None:
    assert client.ask("POST", "/command", b"x" * 1001).status == 413
    assert client.ask("POST", "/command", b"style two\nquit").status == 400
    assert client.ask("POST", "/command", b"\x1b]0;evil\x07").status == 400
    assert client.ask("POST", "/command", b"\xff\xfe").text.startswith("error")
    assert client.ask("GET", "/command").status == 405


def decoded(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)
