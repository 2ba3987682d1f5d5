"""Turns and the lobby."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from nstcam.realtime.errors import SourceError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.page.visitors.lobby import IDLE_SECONDS, Lobby
from nstcam.realtime.page.visitors.turns import Turns, Waiting
from nstcam.realtime.page.visitors.visitor import Visitor, decoded
from tests.realtime.page.visitors.conftest import jpeg
from tests.support.network.strangers import headers


def test_turns_are_fair_and_the_newest_frame_counts() -> None:
    async def work() -> list[tuple[str, int]]:
        turns: Turns[str] = Turns()
        for number in range(5):
            turns.put(Waiting("quick", number, b"", 0.0))
        turns.put(Waiting("slow", 0, b"", 0.0))
        turns.put(Waiting("gone", 0, b"", 0.0))
        turns.drop("gone")
        order = []
        for number in range(5, 8):
            frame = await turns.next()
            order.append((frame.visitor, frame.number))
            turns.put(Waiting("quick", number, b"", 0.0))
        return order

    assert asyncio.run(work()) == [("quick", 4), ("slow", 0), ("quick", 6)]


def test_who_waits_is_told_the_place_and_who_is_idle_makes_room() -> None:
    now = [0.0]
    lobby: Lobby[str] = Lobby(2, lambda: now[0])
    for name in "abcd":
        lobby.enter(name)
    assert [lobby.place(name) for name in "abcd"] == [0, 0, 1, 2]
    lobby.leave("a")
    assert [lobby.place(name) for name in "bcd"] == [0, 0, 1]
    assert not lobby.sweep()
    now[0] = IDLE_SECONDS - 1
    lobby.heard("b")
    now[0] += 2
    assert lobby.sweep(), "c was idle"
    assert [lobby.place(name) for name in "bdc"] == [0, 0, 1]
    assert not lobby.sweep(), "d has only just come in"
    lobby.leave("c")
    now[0] += 10 * IDLE_SECONDS
    assert not lobby.sweep(), "nobody waits"


def test_a_visitor_who_has_left_is_freed_at_once(gallery: Gallery) -> None:
    visitor = Visitor(gallery)
    visitor.paint(jpeg())
    left = weakref.ref(visitor._painter)
    gc.disable()
    try:
        del visitor
        assert left() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(("size", "says"), [((2000, 2000), "damaged"), ((2001, 2000), "at most 4 megapixels")])
def test_a_frame_of_four_megapixels_is_looked_at_and_a_larger_one_is_not(size: tuple[int, int], says: str) -> None:
    with pytest.raises(SourceError, match=says):
        decoded(headers(*size)["jpg"])
    for other in (headers(64, 48)["png"], b"", b"\xff\xd8"):
        with pytest.raises(SourceError, match="has to be a JPEG"):
            decoded(other)
