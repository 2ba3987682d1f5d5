"""Tests how a stream's sender starts, what it says, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from nstcam.realtime.output import sender
from nstcam.realtime.output.sender import GoneError, Sender
from nstcam.realtime.output.stream_address import destination_of

DESTINATION = destination_of("rtmp://host/app", "key")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Programs that stand for the sender are `code`; how they were started is in the others."""
    found: dict[str, Any] = {"code": ""}
    popen = subprocess.Popen

    def start(command: list[str], **how: Any) -> Any:
        found.update(how, command=command)
        return popen([sys.executable, "-c", f"import sys, time\n{found['code']}"], **how)

    monkeypatch.setattr(sender.subprocess, "Popen", start)  # type: ignore[attr-defined]
    return found


def test_it_is_told_the_address_through_a_pipe_where_no_list_of_processes_shows_it(started: dict[str, Any]) -> None:
    started["code"] = "print(sys.stdin.readline(), flush=True)\nprint('second')"
    with Sender(DESTINATION, print) as made:
        assert (made.connected, made.gone, made.reason, made.missing) == (False, False, "", False)
    assert started["command"] == [sys.executable, "-P", "-m", "nstcam.realtime.output.stream_sender"]
    assert started["start_new_session"] is True, "Ctrl-C does not reach it"
    assert (started["text"], started["stderr"]) == (False, subprocess.DEVNULL)
    assert json.loads(made.reason) == {
        "url": "rtmp://host/app/key", "format": "flv", "options": {"flvflags": "no_duration_filesize"}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "connected", "reason", "missing"),
    [
        ("print('connected')", True, "", False),
        ("print('connected')\nprint('Broken pipe')\nsys.exit(1)", True, "Broken pipe", False),
        ("print('Protocol not found')\nsys.exit(3)", False, "Protocol not found", True),
        ("sys.exit(1)", False, "the sender was ended", False),
        ("print(b'x')\nsys.exit(0)", False, "b'x'", False),
    ],
)
def test_what_it_says_is_whether_it_has_connected_or_why_not(
    started: dict[str, Any], code: str, connected: bool, reason: str, missing: bool
) -> None:
    started["code"] = f"sys.stdin.readline()\n{code}"
    told: list[str] = []
    with Sender(DESTINATION, told.append) as made:
        pass
    assert (made.connected, made.reason, made.missing) == (connected, reason, missing)
    assert told == connected * ["streaming to rtmp://host/..."]


def test_what_has_ended_takes_no_more(started: dict[str, Any]) -> None:
    with Sender(DESTINATION, print) as made:
        made._program.wait(60)
        with pytest.raises(GoneError):
            made.write(b"x" * 100_000)
        assert made.gone


def test_one_that_does_not_hang_up_is_ended(started: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "_ENDING", 0.01)
    started["code"] = "time.sleep(600)"
    with Sender(DESTINATION, print) as made:
        assert made.write(b"12345") == 5
    assert made.reason == "no answer"
    with Sender(DESTINATION, print) as made:
        made.end("too slow")
        made.end("later")
    assert made.reason == "too slow"
    assert not made.gone
