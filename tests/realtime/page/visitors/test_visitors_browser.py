"""A browser's camera, which shows a test picture here, painted and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.page.visitors.visitors_page import VisitorsPage
from tests.support.network.chromium import browsing, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium"),
]

GREY = """(() => {
    const canvas = document.getElementById("picture");
    return canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0];
})()"""


def test_a_painted_frame_comes_back(visitors: VisitorsPage, gallery: Gallery, tmp_path: Path) -> None:
    until(lambda: gallery.ready == 3)
    with browsing(tmp_path) as tab:
        tab.open(visitors.access.address())
        tab.until("document.body?.dataset.live && document.getElementById('figures').textContent === 'connected'")
        tab.value("document.getElementById('start').click()")
        tab.until("Number(document.body.dataset.painted) > 3")
        assert abs(tab.value(GREY) - 60) < 6
        tab.value("document.querySelectorAll('.tile')[2].click()")
        tab.until(f"Math.abs({GREY} - 180) < 6")
        tab.value("document.getElementById('brighten').click()")
        tab.until("document.getElementById('brighten').getAttribute('aria-pressed') === 'false'")
        tab.until("[...document.querySelectorAll('.still')].every((still) => still.naturalWidth > 0)")
        assert [line for line in tab.log if '"level": "error"' in line] == []
        tab.size(390, 844)
        assert tab.value("document.documentElement.scrollWidth") <= 390
        tab.open("about:blank")
