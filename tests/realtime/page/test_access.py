"""Who may use the page."""

from __future__ import annotations

import pytest

from nstcam.realtime.errors import NstError
from nstcam.realtime.page.access import TOKEN_VARIABLE, Access, is_loopback, new_token

LOCAL = Access("secret-secret-secret", "127.0.0.1", 8600)
WIDE = Access("secret-secret-secret", "0.0.0.0", 8600, secure=True)


@pytest.mark.parametrize("host", ["127.0.0.1:8600", "localhost:8600", "[::1]:8600", "LOCALHOST:8600"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert LOCAL.refusal("POST", "/command", {"Host": host, "Origin": f"http://{host}"}) is None


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8600", "127.0.0.1", "127.0.0.1:80", "192.168.1.5:8600", "localhost.evil:8600",
        "127.0.0.1:8600@evil", "localhost:8600, evil", "127.0.0.1:99999999999", "[::1", "127.0.0.1.nip.io:8600",
    ],
)  # fmt: skip
def test_a_name_that_was_made_to_lead_here_is_refused(host: str) -> None:
    assert LOCAL.refusal("GET", "/", {"Host": host}) == "this address is not known by that name"


@pytest.mark.parametrize(("port", "secure", "known"), [(80, False, True), (443, True, True), (443, False, False)])
def test_the_usual_port_needs_no_number(port: int, *, secure: bool, known: bool) -> None:
    assert (Access("t", "127.0.0.1", port, secure).refusal("GET", "/", {"Host": "127.0.0.1"}) is None) == known


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("192.168.1.5:8600", True), ("[fe80::1]:8600", True), ("127.0.0.1:8600", True), ("localhost:8600", True),
        ("evil.example:8600", False), ("192.168.1.5.evil.example:8600", False), ("192.168.1.5", False),
    ],
)  # fmt: skip
def test_an_open_address_is_known_by_numbers_only(host: str, known: bool) -> None:
    assert (WIDE.refusal("GET", "/", {"Host": host}) is None) == known


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://localhost:8600",
        "http://localhost:8601",
        "http://localhost",
        "file://",
        "",
    ],
)
def test_other_origins_are_refused(origin: str) -> None:
    assert LOCAL.refusal("POST", "/command", {"Host": "localhost:8600", "Origin": origin})


@pytest.mark.parametrize(
    ("site", "mode", "path", "fine"),
    [
        ("same-origin", "cors", "/events", True),
        ("none", "navigate", "/stream.mjpg", True),
        ("cross-site", "no-cors", "/stream.mjpg", False),
        ("same-site", "no-cors", "/frame.jpg", False),
        ("cross-site", "navigate", "/frame.jpg", False),
        ("cross-site", "navigate", "/", True),
    ],
)
def test_other_sites_may_link_to_the_page_and_no_more(site: str, mode: str, path: str, fine: bool) -> None:
    headers = {"Host": "localhost:8600", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert (LOCAL.refusal("GET", path, headers) is None) == fine


def test_tokens() -> None:
    assert LOCAL.has_token(None, "", "secret-secret-secret")
    assert not LOCAL.has_token(None, "", "secret-secret-secre", "sécret", "\udcff")
    assert not LOCAL.has_token()


def test_a_token_cannot_be_guessed_and_may_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert len({new_token() for _ in range(50)}) == 50
    assert len(new_token()) >= 22
    monkeypatch.setenv(TOKEN_VARIABLE, "for-my-scenes-in-obs")
    assert new_token() == "for-my-scenes-in-obs"


@pytest.mark.parametrize("wrong", ["short", "with a space in between", "x" * 101, "a/b/c/d/e/f/g/h/i/j"])
def test_a_wrong_token_is_told_without_showing_it(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, wrong)
    with pytest.raises(NstError, match="16 to 100") as told:
        new_token()
    assert wrong not in str(told.value)


def test_addresses() -> None:
    assert LOCAL.address("/stream.mjpg") == "http://127.0.0.1:8600/stream.mjpg?token=secret-secret-secret"
    assert Access("t", "::1", 1).origin == "http://[::1]:1"
    assert WIDE.origin.startswith("https://")
    assert "0.0.0.0" not in WIDE.origin
    assert [is_loopback(host) for host in ("127.8.8.8", "::1", "localhost", "0.0.0.0", "10.0.0.1", "me")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
