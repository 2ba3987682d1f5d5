import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.output.stream_address import destination_of


@pytest.mark.parametrize(
    ("url", "name", "form"),
    [
        ("rtmp://live.example/app/secret", "rtmp://live.example/...", "flv"),
        ("rtmps://live.example:443/app/secret", "rtmps://live.example:443/...", "flv"),
        ("RTMP://live.example", "RTMP://live.example", "flv"),
        ("rtmp://user:secret@live.example/app", "rtmp://live.example/...", "flv"),
        ("srt://host:9000?passphrase=secret&streamid=secret", "srt://host:9000", "mpegts"),
        ("udp://239.0.0.1:1234", "udp://239.0.0.1:1234", "mpegts"),
        ("tcp://[::1]:1234", "tcp://[::1]:1234", "mpegts"),
        ("rtsp://user:secret@host:554/secret", "rtsp://host:554/...", "rtsp"),
    ],
)
def test_secrets_stand_in_no_name(url: str, name: str, form: str) -> None:
    destination = destination_of(url)
    assert (destination.name, destination.format) == (name, form)
    assert destination.url.startswith(url)
    assert "secret" not in repr(destination)


def test_a_key_of_its_own_is_the_end_of_an_rtmp_address() -> None:
    assert destination_of("rtmp://host/app/", "key").url == "rtmp://host/app/key"
    assert destination_of("srt://host:1", "key").url == "srt://host:1"


def test_packets_of_udp_are_small_unless_the_address_says_otherwise() -> None:
    assert destination_of("udp://host:1").url == "udp://host:1?pkt_size=1316"
    assert destination_of("udp://host:1?ttl=3").url == "udp://host:1?ttl=3"


@pytest.mark.parametrize(
    "url",
    ["", "out.mp4", "file:///etc/passwd", "http://host/", "rtmp://", "rtmp:host", "rtmp://[::1/x", "rtmp://host/a b",
     "rtmp://host/a\nb", "tee://x", "rtmp://user:secret@/x"],
)  # fmt: skip
def test_what_cannot_be_streamed_to_is_refused_without_secrets(url: str) -> None:
    with pytest.raises(SinkError, match=r"^cannot stream to .*; give an address that begins with rtmp://, ") as caught:
        destination_of(url)
    assert "secret" not in str(caught.value)
