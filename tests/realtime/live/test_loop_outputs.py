import threading
import time
from collections.abc import Iterator
from contextlib import closing

from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from nstcam.realtime.output.stream import Stream
from nstcam.realtime.output.stream_address import destination_of
from tests.realtime.live.test_loop import SIZE
from tests.support.fakes.live import FakeOutput, ListSource, frame_of
from tests.support.fakes.session import make_gallery
from tests.support.network.stream_server import StreamServer, pictures


def test_the_virtual_camera_goes_on_while_no_frame_comes() -> None:
    sink, enough = FakeOutput(), threading.Event()
    sink.on = True

    class Stuck(ListSource):
        def __iter__(self) -> Iterator[Captured]:
            yield Captured(frame_of(50), time.monotonic(), 0)
            assert enough.wait(60)

    def stop() -> bool:
        if len(sink.frames) >= 3:
            enough.set()
        return enough.is_set()

    gallery, _ = make_gallery()
    reading = run(Stuck([]), Session(gallery, virtual_camera=sink), output_size=SIZE, stop=stop)
    assert reading.frames == 1
    assert len(sink.frames) >= 3
    assert all((frame == sink.frames[0]).all() for frame in sink.frames)


def test_an_output_that_fails_is_told_and_the_show_goes_on() -> None:
    class Full(FakeOutput):
        def write(self, frame: Frame, seconds: float) -> None:
            self.on = False
            raise SinkError("disk full; free some")

    sink, told = Full(), list[str]()
    sink.on = True
    gallery, _ = make_gallery()
    frames = [frame_of(50)] * 100
    reading = run(
        ListSource(frames, pace=0.02), Session(gallery, recorder=sink), output_size=SIZE, frames=3, tell=told.append
    )
    assert reading.frames == 3
    assert told == ["disk full; free some", ""]


def test_a_stream_goes_on_while_no_frame_comes_and_its_news_are_told() -> None:
    class Stuck(ListSource):
        def __iter__(self) -> Iterator[Captured]:
            yield Captured(frame_of(50), time.monotonic(), 0)
            assert enough.wait(60)

    enough, told, began = threading.Event(), list[str](), time.monotonic()
    gallery, _ = make_gallery()
    with closing(StreamServer()) as server:
        stream = Stream(destination_of(server.url))
        stream.toggle()

        def stop() -> bool:
            if (told and server.taken and len(server.taken[0]) > 4000) or time.monotonic() > began + 60:
                enough.set()
            return enough.is_set()

        session = Session(gallery, stream=stream)
        run(Stuck([]), session, output_size=SIZE, stop=stop, tell=told.append)
        assert server.ended.acquire(timeout=60)
        assert len(pictures(bytes(server.taken[0]))) >= 3
        assert told == [f"streaming to {server.url}", f"no longer streaming to {server.url}"]
        assert session.message == f"streaming to {server.url}"
        assert not stream.on
