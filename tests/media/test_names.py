"""Tests names made of file names, and what is said of addresses and playlists given as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.media.address import as_address
from nstcam.media.plain_formats import not_plain, plain_options
from nstcam.media.style_names import name_from


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("The Great  Wave (1831).jpg", "the-great-wave-1831"), ("__.png", "style"), ("İstanbul.png", "istanbul"),
        ("e\u0301toile.png", "étoile"), ("\u0301a-\u0301b.png", "a-b"), ("कि.png", "कि"),
        ("a" * 60 + ".png", "a" * 60), ("a" * 61 + ".png", "a" * 60), ("a" * 59 + " b.png", "a" * 59),
    ],
)  # fmt: skip
def test_a_name_of_a_style_from_the_name_of_a_file(file: str, name: str) -> None:
    assert name_from(Path(file)) == name


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("rtsp:/me:s3cret@host:554/a", "rtsp://host/... is an address, not a file"),
        ("http:/host", "http://host/... is an address, not a file"),
        ("C:/clip.mp4", ""), ("clip:1.mp4", ""),
    ],
)  # fmt: skip
def test_an_address_is_told_without_its_login_and_port(path: str, told: str) -> None:
    assert as_address(Path(path)) == told


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"\xef\xbb\xbf#EXTM3U\n", "a playlist (HLS)"), (b"\r\n ffconcat version 1.0", "a playlist (ffconcat)"),
        (b"v=0\r\n", "a session description (SDP)"), (b"<?xml?><MPD>", "a playlist (DASH)"),
        (bytes(4092) + b"<MPD", "a playlist (DASH)"), (bytes(4093) + b"<MPD", ""), (b"x #EXTM3U", ""),
    ],
)  # fmt: skip
def test_what_leads_to_other_files_is_named(tmp_path: Path, begins: bytes, kind: str) -> None:
    (tmp_path / "clip").write_bytes(begins)
    for by_format in (False, True):
        told = not_plain(tmp_path / "clip", by_format=by_format)
        if kind:
            assert told.startswith(f"is {kind}, which leads to other files; give the video itself, or set NSTCAM_PLAY")
        else:
            assert told.startswith("is of a format that is not opened unasked" if by_format else "")
            assert bool(told) == by_format


def test_playlists_are_followed_only_if_the_user_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSTCAM_PLAYLISTS", raising=False)
    assert plain_options()["protocol_whitelist"] == "file"
    assert not {"hls", "concat", "dash", "sdp", "image2", "tty"} & set(plain_options()["format_whitelist"].split(","))
    monkeypatch.setenv("NSTCAM_PLAYLISTS", "1")
    assert plain_options() == {}
