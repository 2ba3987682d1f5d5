import io
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from types import SimpleNamespace
from typing import IO, cast

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.control.port import CLIENTS, UNREAD, Control
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading


def test_lines_of_a_stream_are_obeyed(session: Session) -> None:
    control = Control()
    replies: list[str] = []
    control.listen_to(io.StringIO("strength 0.3\n\nnonsense\n"), replies.append)

    def both_obeyed() -> bool:
        control.obey(session, Reading())
        return len(replies) == 2

    until(both_obeyed)
    assert session.look.strength == 0.3
    assert replies[1].startswith("error 'nonsense'")


@pytest.mark.parametrize("length", [1001, 1500, 5000])
def test_the_rest_of_a_line_that_is_too_long_is_not_obeyed(session: Session, length: int) -> None:
    """Neither a 1000th character on, nor a 2000th: a chat bot passes on what strangers write."""
    control = Control()
    replies: list[str] = []
    line = "style two ".ljust(1000) + "strength 0.1".rjust(length - 1000)
    control.listen_to(io.StringIO(f"{line}\nsteady 0.3\n{'x' * 1000}\n"), replies.append)

    def all_answered() -> bool:
        control.obey(session, Reading())
        return len(replies) == 3

    until(all_answered)
    assert sorted(replies)[0].startswith("error 'xxx"), "1000 characters are not too long"
    assert "error the line has more than 1000 characters and was ignored" in replies
    assert session.look.strength == 1
    assert session.look.steady == 0.3
    assert session.gallery.current.name == "one"


def test_a_flood_does_not_hold_up_the_picture(session: Session) -> None:
    """Each answer is followed by the next command, without an end."""

    control = Control()
    replies: list[str] = []
    control.listen_to(cast(IO[str], SimpleNamespace(readline=lambda _: "strength 1\n")), replies.append)
    for rounds in range(1, 4):
        control.obey(session, Reading())
        assert len(replies) <= 100 * rounds, "one round takes what waits, and lets a frame through"


def test_a_reader_that_stops_costs_little_at_the_end(session: Session) -> None:
    control, read = Control(), threading.Event()
    replies: list[str] = []

    def reply(text: str) -> None:
        read.wait()
        replies.append(text)

    control.listen_to(io.StringIO("strength 0.3\nstrength 0.4\n"), reply)

    def both_obeyed() -> bool:
        control.obey(session, Reading())
        return session.look.strength == 0.4

    until(both_obeyed)
    control.close(within=0.01)
    assert replies == []
    read.set()
    control.close(within=10)
    assert len(replies) == 2


def test_a_script_that_never_reads_is_obeyed(session: Session) -> None:
    control, read = Control(patience=0.01), threading.Event()

    def reply(_: str) -> None:
        read.wait(60)

    lines = [f"steady {n % 5 / 10}\n" for n in range(3 * UNREAD)] + ["steady 0.7\n"]
    control.listen_to(io.StringIO("".join(lines)), reply)

    def all_obeyed() -> bool:
        control.obey(session, Reading())
        return session.look.steady == 0.7

    until(all_obeyed)
    read.set()


class TestPort:
    @pytest.fixture
    def port(self, session: Session) -> Iterator[int]:
        control, done = Control(patience=2), threading.Event()
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
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(data)
            return client.makefile().readline()

    def test_answers_and_survives_garbage(self, session: Session, port: int) -> None:
        assert json.loads(self.talk(port, b"status\n"))["styles"] == ["one", "two", "three"]
        assert self.talk(port, os.urandom(200).replace(b"\n", b"x") + b"\n").startswith("error")
        assert self.talk(port, b"y" * 5000) == "error the line has more than 1000 characters and was ignored\n"
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"status\n")  # and gone without reading
        request = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nstrength 0.1\n"
        assert self.talk(port, request) == "error this port does not speak HTTP\n"
        assert self.talk(port, b"strength 0.4\n").startswith("ok")
        assert session.look.strength == 0.4

    def test_a_line_that_is_too_long_is_answered_and_the_next_obeyed(self, session: Session, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"help\n" + b"x" * 1000 + b"strength 0.1\nstrength 0.4\n")
            with client.makefile() as stream:
                answers = [stream.readline() for _ in range(3)]
        assert sorted(answer.split()[0] for answer in answers) == ["error", "ok", "ok"]
        assert session.look.strength == 0.4

    @pytest.mark.parametrize(
        "first",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS hello, without an end of line
            b"\x80\x2e\x01\x00\x02",  # one of SSL 2
            b"GET / HTTP/1.1\r\n\r\nstrength 0.1\n",
            b"POST /" + b"x" * 2000 + b" HTTP/1.1\r\n\r\nstrength 0.1\n",
            b"x" * 2000 + b" HTTP/1.1\r\n\r\nstrength 0.1\n",
            b"PUT /\r\n\r\nstrength 0.1\n",
        ],
    )
    def test_another_protocol_is_closed_for_good(self, session: Session, port: int, first: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(first)
            received = b""
            with suppress(ConnectionResetError):
                while more := client.recv(1000):
                    received += more
        assert received.count(b"\n") <= 1
        assert received == b"" or received.startswith(b"error ")  # a reset may overtake the answer
        assert session.look.strength == 1

    def test_silent_clients_lock_nobody_out(self, session: Session, port: int) -> None:
        with ExitStack() as opened:

            def connected() -> socket.socket:
                return opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))

            def answered(client: socket.socket, command: bytes) -> bytes:
                client.sendall(command)
                return client.recv(100)

            speaking = connected()
            assert answered(speaking, b"strength 0.2\n").startswith(b"ok")
            silent = [connected() for _ in range(3 * CLIENTS)]
            assert answered(connected(), b"strength 0.4\n").startswith(b"ok")
            assert session.look.strength == 0.4
            assert silent[0].recv(100) == b"", "it made room"
            assert answered(speaking, b"strength 0.6\n").startswith(b"ok"), "who has spoken stays"

    def test_who_does_not_read_holds_up_nobody_else(self, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        obeyed: list[str] = []

        def answer(line: str, *_: object) -> str:
            obeyed.append(line)
            return "x" * 50_000_000 if line == "help\n" else "ok"  # more than all buffers that lie between

        monkeypatch.setattr("nstcam.realtime.live.control.port.answer", answer)
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(b"help\n")
            until(lambda: obeyed)
            assert self.talk(port, b"strength 0.4\n") == "ok\n"
            silent.sendall(b"strength 0.5\n" * UNREAD)

            def dropped() -> bool:
                try:
                    silent.sendall(b"strength 0.5\n")
                except OSError:
                    return True
                return False

            until(dropped)

    def test_a_client_may_be_silent_for_long(self, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
        real = socket.socket.settimeout
        # Hours pass in no time.
        monkeypatch.setattr(
            socket.socket, "settimeout", lambda self, seconds: real(self, seconds / 1e5 if seconds else seconds)
        )
        client = socket.create_connection(("127.0.0.1", port))
        with client, client.makefile("rw") as stream:
            time.sleep(0.2)
            stream.write("strength 0.4\n")
            stream.flush()
            assert stream.readline().startswith("ok")

    def test_who_closes_its_end_gets_its_answers(self, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"help\n" * 150)
            client.shutdown(socket.SHUT_WR)
            assert len(client.makefile().readlines()) == 150

    @pytest.mark.skipif(sys.platform != "linux", reason="a second loopback address is a matter of Linux")
    def test_answers_at_one_address_only(self, port: int) -> None:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=60)

    def test_a_port_that_is_taken_is_one_error(self, port: int) -> None:
        with pytest.raises(SinkError, match=rf"control port {port} cannot be opened \([^()]+\); choose"):
            Control().listen_at(port)
