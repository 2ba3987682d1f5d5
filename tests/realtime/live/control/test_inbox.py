"""Floods of commands, and several remote controls at once."""

from __future__ import annotations

import pytest

from nstcam.realtime.live.control.inbox import MOST_WAITING, Inbox, Together
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading


@pytest.fixture
def carried_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []

    def answer(line: str, session: Session, reading: Reading) -> str:
        lines.append(line)
        return "error no such luck" if line == "dance" else "ok"

    monkeypatch.setattr("nstcam.realtime.live.control.inbox.answer", answer)
    return lines


def test_a_thousand_values_between_two_frames_cost_one_command(session: Session, carried_out: list[str]) -> None:
    inbox = Inbox()
    for number in range(1000):
        inbox.put(f"strength {number / 1000}")
        inbox.put("snapshot")
    inbox.put("style wave")
    inbox.obey(session, Reading())
    assert carried_out == ["strength 0.999", "snapshot", "style wave"]
    inbox.obey(session, Reading())
    assert len(carried_out) == 3


def test_steps_are_counted_up_to_a_limit(session: Session, carried_out: list[str]) -> None:
    inbox = Inbox()
    for _ in range(3):
        inbox.put("next")
    inbox.obey(session, Reading())
    assert carried_out == ["next"] * 3
    for _ in range(5000):
        inbox.put("previous")
    inbox.obey(session, Reading())
    assert len(carried_out) == 3 + MOST_WAITING


def test_what_was_wrong_is_said_in_the_window(session: Session, carried_out: list[str]) -> None:
    inbox = Inbox()
    inbox.put("dance")
    Together([Inbox(), inbox]).obey(session, Reading())
    assert session.message == "no such luck"
