import socket
import sys

import pytest

from nstcam.realtime.display.xserver import answers


@pytest.mark.skipif(sys.platform != "linux", reason="names of sockets without a file are a matter of Linux")
@pytest.mark.parametrize("form", [":{}", ":{}.0", "unix::{}"])
def test_an_x_server_answers_at_its_socket(form: str) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X4712")
        server.listen()
        assert answers(form.format(4712))
    assert not answers(":4712")


def test_an_x_server_answers_at_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        display = server.getsockname()[1] - 6000
        assert answers(f"127.0.0.1:{display}.0")
    assert not answers(f"127.0.0.1:{display}.0")
    assert answers("whatever this is")
