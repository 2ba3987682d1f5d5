"""The page in a browser."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.live import keys
from nstcam.realtime.live.hotkeys import Action, Press
from nstcam.realtime.live.session import Session
from nstcam.realtime.page.live_page import LivePage
from nstcam.realtime.people.scene import Backdrop
from tests.support.fakes.live import frame_of
from tests.support.models.tiny import write_zoo_model
from tests.support.network.chromium import Tab, browsing, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture
def tab(page: LivePage, browser: Tab) -> Iterator[Tab]:
    """Shows the page; leaves it before the page ends."""
    browser.open(page.access.address())
    browser.until("document.body?.dataset.live")
    browser.log.clear()
    yield browser
    browser.open("about:blank")


def pressed(name: str) -> str:
    return f"document.getElementById('{name}').getAttribute('aria-pressed') === 'true'"


def test_both_ways(tab: Tab, page: LivePage, session: Session) -> None:
    assert session.last is not None
    session.look = replace(session.look, brighten=False)
    session.last = session.last._replace(cells={1: frame_of(200)})
    assert "token" not in tab.value("location.href"), "a shared screen does not show the token"
    tab.until("document.getElementById('picture').naturalWidth === 80")
    tab.until("document.querySelectorAll('.tile img')[1].naturalWidth > 0")
    tab.value("document.querySelectorAll('.tile')[1].click()")
    until(lambda: session.gallery.current.name == "two")
    tab.until("document.querySelectorAll('.tile')[1].getAttribute('aria-pressed') === 'true'")
    keys.obey(session, Press(Action.KEEP_COLORS, "k"))
    tab.until(pressed("colours"))
    for name, holds in (
        ("mirror", lambda: session.mirror),
        ("original", lambda: session.gallery.bypass),
        ("brighten", lambda: session.look.brighten),
        ("record", lambda: session.recorder is not None and session.recorder.on),
    ):
        tab.value(f"document.getElementById('{name}').click()")
        until(holds)
        tab.until(pressed(name))
    slide = "const s = document.getElementById('{}'); s.value = {}; s.dispatchEvent(new Event('input'));"
    tab.value(f"{{ {slide.format('strength', 0.3)} }}")
    until(lambda: session.look.strength == 0.3)
    tab.value(f"{{ {slide.format('strokes', 1)} }}")
    until(lambda: session.look.stroke_scale == 2)
    assert tab.log == []


def test_keys(tab: Tab, page: LivePage, session: Session) -> None:
    tab.key("3")
    until(lambda: session.gallery.current.name == "three")
    tab.key("m")
    until(lambda: session.mirror)
    tab.value("document.querySelectorAll('.tile')[0].focus()")
    tab.send("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13)
    until(lambda: session.gallery.current.name == "one")


def chosen(name: str, value: str) -> str:
    """Chooses from a list as somebody would."""
    return (
        f"{{ const s = document.getElementById('{name}'); s.value = '{value}'; s.dispatchEvent(new Event('change')); }}"
    )


def test_who_is_painted_and_what_stands_behind(tab: Tab, page: LivePage, session: Session) -> None:
    offered = "[...document.getElementById('background').options].map((option) => option.value).join()"
    tab.until(f"{offered} === 'off,blur,one,two,three'")
    tab.value(chosen("paint", "person"))
    until(lambda: session.look.paint == "person")
    tab.value(chosen("background", "blur"))
    until(lambda: session.look.background == "blur")
    tab.value(chosen("background", "two"))
    until(lambda: session.look.behind == 1)
    session.backdrop = Backdrop(frame_of(3))
    tab.until(f"{offered} === 'off,blur,picture,one,two,three'")
    tab.value(chosen("background", "picture"))
    until(lambda: session.look.background == "picture")
    tab.key("a")
    until(lambda: session.look.paint == "background")
    tab.key("d")
    until(lambda: session.look.background == "off")
    tab.until("document.getElementById('paint').value === 'background'")
    tab.until("document.getElementById('background').value === 'off'")
    assert tab.log == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out(width: int, tab: Tab, page: LivePage) -> None:
    tab.size(width, 844)
    assert tab.value("document.documentElement.scrollWidth") <= width
    top = "document.querySelector('{}').getBoundingClientRect().top"
    assert tab.value(f"{top.format('.controls')} > {top.format('.styles')}") == (width < 820), "styles at the thumb"


def test_a_model_is_dropped(tab: Tab, page: LivePage, session: Session, tmp_path: Path) -> None:
    model = base64.b64encode(write_zoo_model(tmp_path / "x.onnx", 255).read_bytes()).decode()
    tab.value(
        f"""(async () => {{
            const file = new File([Uint8Array.from(atob("{model}"), (each) => each.charCodeAt(0))], "mosaic-9.onnx");
            const carried = new DataTransfer();
            carried.items.add(file);
            carried.items.add(new File(["no picture"], "notes.txt"));
            document.dispatchEvent(new DragEvent("drop", {{ dataTransfer: carried, cancelable: true }}));
        }})()"""
    )
    until(lambda: len(session.gallery.styles) == 4)
    assert session.gallery.styles[3].name == "mosaic-9"
    assert session.gallery.styles[3].foreign is not None


def test_a_painting_is_dropped(tab: Tab, page: LivePage, session: Session, tmp_path: Path) -> None:
    tab.value(
        """(async () => {
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 64;
            canvas.getContext("2d").fillRect(0, 0, 32, 64);
            const file = new File([await new Promise((done) => canvas.toBlob(done))], "../../evil.png");
            const carried = new DataTransfer();
            carried.items.add(file);
            document.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, cancelable: true }));
        })()"""
    )
    until(lambda: len(session.gallery.styles) == 4)
    assert session.gallery.styles[3].name == "painting-1"
    tab.until("document.querySelectorAll('.tile').length === 4")
    assert tab.log == []
