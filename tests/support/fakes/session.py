"""Sessions for tests, and typing in them."""

from pathlib import Path

from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.effects.strokes import ratio_for
from nstcam.realtime.live import keys
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.hotkeys import press_of
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.live.session import Session
from tests.support.fakes.live import FakeOutput, FakeStylizer, StylizerFactory, frame_of, style_of


class OnCpu(FakeStylizer):
    device = "CPU"


def make(
    recorder: FakeOutput | None = None,
    names: tuple[str, ...] = ("one", "two", "three"),
    size_wh: tuple[int, int] = (80, 60),
) -> Session:
    """A session whose last frame has that size."""
    gallery = Gallery([style_of(n) for n in names], StylizerFactory(names), fade=0)
    frame = frame_of(5, *size_wh[::-1])
    ratio = ratio_for(size_wh[::-1], 1.0)
    last = Painted(
        frame, frame, None, Captured(frame, 0.0, 0), 1.0, 0.0, True, (60, 80), ratio, ((60, 80), (48, 64), (40, 54))
    )
    return Session(gallery, Path(), recorder=recorder, last=last)


def type_(session: Session, *pressed: str | int) -> None:
    """Presses keys, letters or codes, one after the other."""
    for key in pressed:
        press = press_of(ord(key) if isinstance(key, str) else key)
        assert press is not None, key
        keys.obey(session, press)


def make_gallery(slow: str = "") -> tuple[Gallery, StylizerFactory]:
    """Styles one and two, of which `slow` takes long to open, and what opens them."""
    names = ("one", "two")
    factory = StylizerFactory(names, slow)
    return Gallery([style_of(n) for n in names], factory), factory
