import io
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.control import COMMANDS, Control, answer
from realtime.errors import SinkError
from realtime.gallery import Gallery
from realtime.meter import Reading
from realtime.painter import Painted
from realtime.session import Session
from realtime.sources import Captured
from tests.fakes import FakeOutput, Shop, frame_of, style_of


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    names = ("one", "two")
    gallery = Gallery([style_of(n) for n in names], Shop(names), fade=0)
    frame = frame_of(5)
    last = Painted(frame, frame, None, Captured(frame, 0.0, 0), 1.0, True, (48, 64), 3)
    yield Session(gallery, tmp_path, last=last, recorder=FakeOutput())
    gallery.close()


def test_commands_do_what_they_say(session: Session, tmp_path: Path) -> None:
    def say(line: str) -> str:
        return answer(line, session, Reading(frames=7))

    assert say("style two\n") == "ok"
    while session.gallery.opening:
        time.sleep(0.005)
    assert say("strength 0.6").startswith("ok")
    assert say("STEADY 0.2") == "ok"
    assert say("colours on") == "ok"
    assert say("record").startswith("ok")
    assert say("snapshot").startswith("ok saved nstcam-")
    assert len(list(tmp_path.glob("*.png"))) == 1
    status = json.loads(say("status"))
    assert status["style"] == "two"
    assert (status["strength"], status["steady"], status["colours"]) == (0.6, 0.2, True)
    assert (status["frames"], status["recording"], status["virtual_camera"]) == (7, True, False)
    assert say("original") == "ok"
    assert json.loads(say("status"))["style"] is None
    assert say("style 1") == "ok"
    assert session.gallery.current.name == "one"
    assert say("quit") == "ok"
    assert session.quit


GARBAGE = [
    "", "dance", "style", "style none", "style 0", "style 99", "strength", "strength nan", "strength 2", "strength -1",
    "strength 0,5", "strength inf", "status now", "colours maybe", "\x00\xff", "x" * 900, "{}", "snapshot /etc",
]  # fmt: skip


@pytest.mark.parametrize("line", GARBAGE)
def test_garbage_is_one_line_and_changes_nothing(session: Session, line: str) -> None:
    before = (session.look, session.gallery.current)
    reply = answer(line, session, Reading())
    assert reply.startswith("error ")
    assert "\n" not in reply
    assert len(reply) < 200
    assert (session.look, session.gallery.current) == before


def test_help_names_every_command(session: Session) -> None:
    reply = answer("help", session, Reading())
    assert all(command in reply for command in COMMANDS)
    assert not answer("status", session, Reading()).startswith("error")


def test_lines_of_a_stream_are_obeyed(session: Session) -> None:
    control = Control()
    replies: list[str] = []
    control.listen_to(io.StringIO("strength 0.3\n\nnonsense\n"), replies.append)
    deadline = time.monotonic() + 5
    while len(replies) < 2 and time.monotonic() < deadline:
        control.obey(session, Reading())
    assert session.look.strength == 0.3
    assert replies[1].startswith("error 'nonsense'")


class TestPort:
    @pytest.fixture
    def port(self, session: Session) -> Iterator[int]:
        control, done = Control(), threading.Event()
        number = control.listen_at(0)

        def loop() -> None:
            while not done.wait(0.005):
                control.obey(session, Reading())

        thread = threading.Thread(target=loop)
        thread.start()
        yield number
        done.set()
        thread.join()

    def talk(self, port: int, data: bytes) -> str:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(data)
            return client.makefile().readline()

    def test_answers_and_survives_garbage(self, session: Session, port: int) -> None:
        assert json.loads(self.talk(port, b"status\n"))["styles"] == ["one", "two"]
        assert self.talk(port, os.urandom(200).replace(b"\n", b"x") + b"\n").startswith("error")
        assert self.talk(port, b"y" * 5000) == "error the line is too long\n"
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"status\n")  # and gone without reading
        assert self.talk(port, b"strength 0.4\n").startswith("ok")
        assert session.look.strength == 0.4

    def test_a_port_that_is_taken_is_one_error(self, port: int) -> None:
        with pytest.raises(SinkError, match=f"control port {port} cannot be opened"):
            Control().listen_at(port)
