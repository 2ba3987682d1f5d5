import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.effects.strokes import NATIVE
from nstcam.realtime.interrupted import asked_to_end
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.live.session import Session
from tests.support.fakes.live import FakeOutput, StylizerFactory, frame_of, style_of


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Also for the programs that tests start."""
    monkeypatch.setenv("NSTCAM_SETTINGS", str(tmp_path_factory.getbasetemp() / "none" / "settings.toml"))


@pytest.fixture(autouse=True)
def _nobody_asks_to_end() -> Iterator[None]:
    """What one test's signal asked for is not asked of the next one, which would end when its input does."""
    yield
    asked_to_end.clear()


@pytest.fixture
def hang_up() -> Iterator[signal.Signals]:
    """SIGHUP as a terminal leaves it; what the tests were started with comes back."""
    number = getattr(signal, "SIGHUP", None)
    if number is None:
        pytest.skip("Windows has no SIGHUP")
    before = signal.signal(number, signal.SIG_DFL)
    yield number
    signal.signal(number, before)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session of three styles, with a last frame and a recorder."""
    names = ("one", "two", "three")
    gallery = Gallery([style_of(n) for n in names], StylizerFactory(names), fade=0)
    frame = frame_of(5, 60, 80)
    last = Painted(frame, frame, None, Captured(frame, 0.0, 0), 1.0, 0.0, True, (60, 80), NATIVE, ((60, 80), (48, 64)))
    yield Session(gallery, tmp_path, last=last, recorder=FakeOutput())
    gallery.close()
