"""Tests the parts of the benchmarks on tiny styles: they run and count correctly. No speed is asserted."""

import time
from pathlib import Path

import pytest

from benchmarks import cpu
from benchmarks.tools.allocations import allocated
from benchmarks.tools.host import Host, host
from benchmarks.tools.machine import machine, title
from benchmarks.tools.operators import operators
from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.engine.devices import CPU
from nstcam.realtime.engine.sessions import open_session
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.style import Style, read_style
from nstcam.realtime.stylizing import UNMOVED


@pytest.fixture
def style(tmp_path: Path) -> Style:
    return read_style(write_negative_style(tmp_path / "n.onnx"))


def test_no_stage_of_the_steady_loop_takes_memory_for_a_frame(style: Style) -> None:
    most = allocated(Stylizer(style, "cpu", 1), (320, 240))
    assert set(most) == {"shrink", "stylize", "enlarge", "steady"}
    assert max(most["shrink"], most["stylize"]) < 3 * 160 * 120, "no frame"
    strip = 2 * 96 * 320 * (3 + 3 + 2 * 4)  # per thread: enlarged rows, detail in 16 bits, maps
    assert max(most["enlarge"], most["steady"]) < strip, "strips and maps of the painting, whatever the frame's height"


def test_a_stage_that_takes_memory_is_found(style: Style) -> None:
    class Wasteful(Stylizer):
        def stylize(self, frame, canvas_offset=UNMOVED):  # type: ignore[no-untyped-def]
            return super().stylize(frame, canvas_offset).copy()

    assert allocated(Wasteful(style, "cpu", 1), (320, 240))["stylize"] >= 3 * 160 * 120


def test_the_share_of_the_host_is_what_no_session_does(style: Style) -> None:
    class Slow:
        def __init__(self) -> None:
            self.session = open_session(style.path, CPU, threads=1)

        def __getattr__(self, name: str) -> object:
            return getattr(self.session, name)

        def run_with_iobinding(self, *given: object) -> None:
            time.sleep(0.02)
            self.session.run_with_iobinding(*given)

    found = host(Slow(), (64, 48), frames=5)
    assert found.session >= 20
    assert found.resize > 0
    assert found.around > 0
    assert Host(resize=1, around=2, session=27).share == pytest.approx(0.1)


def test_operators_share_the_whole(style: Style) -> None:
    (only,) = operators(style.path, (64, 48), threads=1, frames=3)
    assert (only.name, only.nodes) == ("BitwiseNot", 1)
    assert only.share == pytest.approx(1)


def test_both_programs_are_timed_by_turns(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    class Peer:
        def __init__(self) -> None:
            self.asked: list[tuple[tuple[int, int], int]] = []

        def times(self, size_wh: tuple[int, int], count: int) -> list[float]:
            self.asked.append((size_wh, count))
            return [4000.0] * count

    monkeypatch.setattr(cpu, "ROUND_SECONDS", 0.01)
    peer = Peer()
    table = cpu.against_peer([style], peer, (64, 48), threads=1, rounds=2)
    assert peer.asked == [((64, 48), 1), ((64, 48), 3), ((64, 48), 3)]
    assert table["peer"] == {"median": 4000.0, "min": 4000.0, "max": 4000.0}
    assert table["n"]["times_peer"] == pytest.approx(4000 / table["n"]["median"], rel=0.5)
    used = cpu.settings(style, (64, 48), threads=2, rounds=1)
    assert list(used) == [name for name, *_ in cpu.SETTINGS]


def test_the_machine_is_described() -> None:
    facts = machine()
    assert facts["processor"] in title(facts)
    assert int(facts["cores"]) >= 1
