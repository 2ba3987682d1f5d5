from __future__ import annotations

import pytest

from nstcam.media.shown import counted, escaped, is_address, redacted, shown

FORMS = {
    "rtsp://host:554/stream": "rtsp://host:554/stream",
    "rtsp://user:s3cret@host:554/stream?key=s3cret": "rtsp://host:554/stream",
    "rtsp://s3cret@host/stream": "rtsp://host/stream",
    "RTSP://user:s3cret@[fe80::1]:554/stream": "RTSP://[fe80::1]:554/stream",
    "rtsp://user:s3/cret@host/stream": "rtsp://host/stream",
    "rtsp://user:s3?cret@host/stream": "rtsp://host/stream",
    "rtsp://user:s3#cret@host/stream": "rtsp://host/stream",
    "rtsp://user:s3@cret@host/stream": "rtsp://host/stream",
    "rtsp://user:s3/c@ret@host/stream": "rtsp://host/stream",
    "rtsp://user:12/s3cret@host/stream": "rtsp://...",  # perhaps host user, port 12
    "rtsp://user:s3@cr/et@host/stream": "rtsp://...",  # perhaps host cr
    "rtsp://user:s3\\cret@host/stream": "rtsp://host/stream",
    "rtsp://user:s3 cret@host/stream": "rtsp://host/stream",
    "rtsp://user:s3cret": "rtsp://...",
    "rtsp://host/user=admin&password=s3cret&channel=1": "rtsp://host/...",
    "rtsp://host/user=admin&password=s3@cret&channel=1": "rtsp://...",
    "rtsp://host/user=admin_password=s3cret_channel=1_stream=0.sdp": "rtsp://host/...",
    "rtsp://host/cam/user%3Dadmin%26pw%3Ds3cret": "rtsp://host/cam/...",
    "rtsp://host/admin:s3cret/1": "rtsp://host/...",
    "http://host/video.cgi?user=admin&password=s3cret": "http://host/video.cgi",
    "http://host/video.cgi;pw=s3cret": "http://host/video.cgi",
    "http://host/video&pwd=s3cret": "http://host/video",
    "http://host#s3cret": "http://host",
    "srt://host:9000?passphrase=s3cret": "srt://host:9000",
    "http://user:s3cret@[bad/stream": "http://...",
    "http://user=a&password=s3cret/x": "http://...",
    "rtsp:/user:s3cret@host/stream": "rtsp://host/stream",  # as a Path writes it
    "rtsp:\\\\user:s3cret@host\\stream": "rtsp://host/stream",
    "user:s3cret@host/stream": "...@host/stream",
    "rtsp:user:s3cret@host": "...@host",
    "user:s3/cret@host": "...@host",
    "clip.mp4": "clip.mp4",
    "12:30.mp4": "12:30.mp4",
    "me@home.mp4": "me@home.mp4",
    "/home/a:b@c/clip.mp4": "/home/a:b@c/clip.mp4",
    "C:\\Users\\me@work\\clip.mp4": "C:\\Users\\me@work\\clip.mp4",
    "C:/Users/me@work/clip.mp4": "C:/Users/me@work/clip.mp4",
    "HD Webcam: USB": "HD Webcam: USB",
    "": "",
}


@pytest.mark.parametrize(("name", "safe"), FORMS.items())
def test_no_form_of_an_address_shows_its_password(name: str, safe: str) -> None:
    assert redacted(name) == safe
    assert redacted(safe) == safe
    told = shown(f"{name.replace(' ', '')} not found; check the path")
    assert not is_address(name) or "cret" not in told


def test_a_sentence_keeps_all_but_the_password() -> None:
    told = "(rtsp://me:s3cret@host/a?b=s3cret): nothing at http://host/x; see rtsp://..., C:\\a:b@c"
    assert shown(told) == "(rtsp://host/a): nothing at http://host/x; see rtsp://..., C:\\a:b@c"


def test_a_terminal_gets_no_orders_from_a_name() -> None:
    name = "a\x1b]0;title\x07\x1b[2J\rb\nc\td\x7f\x9b31m\u202egnp.exe\u2066\u2028\udcff\x00"
    told = shown(name)
    assert told == (r"a\x1b]0;title\x07\x1b[2J\rb\nc\td\x7f\x9b31m\u202egnp.exe\u2066\u2028\udcff\x00")
    assert told.isprintable()
    assert shown(told) == told
    told.encode()


@pytest.mark.parametrize("name", ["Große Welle.mp4", "神奈川沖浪裏", "עברית", "👩\u200d🎨 [red]x[/red]", "a  b"])
def test_letters_stay_as_they_are(name: str) -> None:
    assert shown(name) == escaped(name) == name


def test_one_thing_has_no_plural() -> None:
    assert [counted(count, "frame") for count in (0, 1, 2, 1200)] == ["0 frames", "1 frame", "2 frames", "1200 frames"]
