"""The folder in a browser whose camera shows a test picture: it paints by itself, of files that a server hands out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nstcam.realtime.page.visitors.static_folder import write_static
from nstcam.realtime.style_files.library import find_style
from tests.realtime.page.visitors.test_static_folder import no_stylizer
from tests.support.network.chromium import browsing, chromium
from tests.support.network.web import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium"),
]

COLOURS = """(() => {
    const canvas = document.getElementById("picture");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let blue = 0;
    for (let i = 0; i < data.length; i += 4) blue += data[i + 2] - data[i];
    return blue / (data.length / 4);
})()"""
"""How much more blue than red there is, in levels."""


def test_it_paints_in_the_style_that_is_chosen(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_static(site, None, [find_style("woodcut"), find_style("starry")], no_stylizer)
    with serving(site) as address, browsing(tmp_path / "browser") as tab:
        tab.open(f"{address}/")
        tab.until("document.body?.dataset.live && document.body.dataset.runner")
        assert tab.value("document.body.dataset.runner") == "CPU"
        tab.value("document.getElementById('start').click()")
        tab.until("Number(document.body.dataset.painted) > 3")
        assert tab.value("document.getElementById('picture').width") == 424
        tab.value("document.querySelectorAll('.tile')[1].click()")
        tab.until(f"{COLOURS} > 15")
        tab.value("document.querySelectorAll('.tile')[0].click()")
        tab.until(f"{COLOURS} < 5")
        size = "const s = document.getElementById('size'); s.value = 240; s.dispatchEvent(new Event('input'));"
        tab.value(f"{{ {size} }}")
        tab.until("document.getElementById('picture').width === 240")
        assert tab.value("document.getElementById('message').textContent") == ""
        assert [line for line in tab.log if '"level": "error"' in line] == []


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_static(site, None, [find_style("starry")], no_stylizer)
    (site / json.loads((site / "styles.json").read_text())[0]["files"]["lite"]).unlink()
    with serving(site) as address, browsing(tmp_path / "browser") as tab:
        tab.open(f"{address}/")
        tab.until("document.getElementById('message')?.textContent.endsWith('1.lite cannot be loaded (404)')")
