"""The figures of the pace while styles are switched."""

from __future__ import annotations

import pytest

from benchmarks.switching import Switcher, figures
from benchmarks.tools.waiting import until
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import StylizerFactory, style_of


def test_intervals_are_in_milliseconds_and_frames() -> None:
    found = figures([0.0, 0.1, 0.2, 0.3, 0.6], fps=10)
    assert found == pytest.approx({"median_ms": 100, "p95_ms": 270, "longest_ms": 300, "p95_frames": 2.7})
    assert figures([1.0], fps=10) == {}


def test_all_styles_are_asked_for_in_turn_and_then_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.switching.FROM_SECOND", 0.0)
    names = ("one", "two", "three")
    gallery = Gallery([style_of(name) for name in names], StylizerFactory(names), fade=0)
    session, switcher = Session(gallery), Switcher(hold=0.0, switches=3)

    def obey() -> bool:
        switcher.obey(session, Reading(frames=1))
        return session.quit

    until(obey)
    assert gallery.ready == len(switcher.took) == 3
    gallery.close()
