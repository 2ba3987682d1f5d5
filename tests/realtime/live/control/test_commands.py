import json
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live import keys
from nstcam.realtime.live.control.commands import COMMANDS, answer
from nstcam.realtime.live.control.status import status
from nstcam.realtime.live.hotkeys import Action, Press
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.output.stream import Stream
from nstcam.realtime.output.stream_address import destination_of
from nstcam.realtime.people.scene import Backdrop
from tests.support.fakes.live import FakeOutput, frame_of
from tests.support.network.stream_server import StreamServer


def test_commands_do_what_they_say(session: Session, tmp_path: Path) -> None:
    def say(line: str) -> str:
        return answer(line, session, Reading(frames=7))

    assert say("style two\n") == "ok"
    until(lambda: not session.gallery.opening)
    assert say("strength 0.6").startswith("ok")
    assert say("STEADY 0.2") == "ok"
    assert say("keep-colors on") == "ok"
    assert json.loads(say("status"))["follow"] is True
    assert say("follow off") == "ok"
    assert say("brighten on") == "ok"
    assert say("mirror on") == "ok"
    assert session.mirror
    assert say("mirror up").startswith("error")
    assert say("record").startswith("ok")
    assert say("snapshot").startswith("ok saved nstcam-")
    assert len(list(tmp_path.glob("*.png"))) == 1
    status = json.loads(say("status"))
    assert status["style"] == "two"
    assert (status["strength"], status["steady"], status["keep_colors"]) == (0.6, 0.2, True)
    assert status["follow"] is False
    assert status["brighten"] is True
    assert (status["frames"], status["recording"], status["virtual_camera"]) == (7, True, False)
    assert say("original") == "ok"
    assert json.loads(say("status"))["style"] is None
    assert say("style 1") == "ok"
    assert session.gallery.current.name == "one"
    assert say("quit") == "ok"
    assert session.quit


def test_blends_with_any_style(session: Session) -> None:
    def share_of(name: str) -> float:
        until(lambda: not session.gallery.opening)
        names = [style.name for style in session.gallery.styles]
        return dict(session.gallery.recipe()).get(names.index(name), 0)

    assert answer("blend three 0.25", session, Reading()) == "ok"
    assert share_of("three") == pytest.approx(0.25)
    assert share_of("one") == pytest.approx(0.75)
    assert answer("blend 2", session, Reading()) == "ok"
    assert share_of("two") == pytest.approx(0.5)
    assert session.gallery.partner is session.gallery.styles[1]
    assert answer("blend one 0.3", session, Reading()).startswith(
        "error style one is being shown; blend it with another"
    )
    assert answer("blend two 7", session, Reading()) == "error share '7' is not a number from 0 to 1"
    assert answer("blend off", session, Reading()) == "ok"
    assert session.gallery.mix is None
    assert share_of("one") == 1
    keys.obey(session, Press(Action.BLEND, "b"))
    assert session.gallery.partner is session.gallery.styles[1], "key b blends with the next style as ever"


def test_there_is_no_snapshot_before_the_first_frame(session: Session) -> None:
    session.last = None
    session.say("h shows the keys")
    assert answer("snapshot", session, Reading()) == "error no frame yet"


def test_strokes_and_the_rate_to_hold_can_be_set(session: Session) -> None:
    assert answer("stroke-scale 8.3", session, Reading()) == "ok strokes 8.3, painting 64x48"
    assert (session.look.stroke_scale, session.target_fps) == (8.3, 0), "who names strokes wants those"
    assert answer("target-fps 24", session, Reading()) == "ok"
    assert session.target_fps == 24
    assert answer("target-fps off", session, Reading()) == "ok"
    assert session.target_fps == 0
    assert answer("target-fps auto", session, Reading()) == "ok"
    assert session.target_fps is None
    session.last = None
    assert answer("stroke-scale 2", session, Reading()) == "ok strokes 2"


def test_switches_may_be_set_twice(session: Session) -> None:
    recorder = session.recorder
    assert recorder is not None
    for line, on in [("record start", True), ("record start", True), ("record stop", False), ("record", True)]:
        assert answer(line, session, Reading()).startswith("ok"), line
        assert recorder.on is on
    assert answer("virtual-camera on", session, Reading()) == "error the virtual camera is not available"
    session.virtual_camera = FakeOutput(SinkError("no driver; install it"))
    assert answer("virtual-camera on", session, Reading()) == "error no driver; install it"
    assert answer("virtual-camera off", session, Reading()) == "ok"


def test_keys_can_be_sent(session: Session) -> None:
    assert answer("key g", session, Reading()) == "ok"
    assert status(session, Reading())["picker"] == "strip"
    assert answer("key c", session, Reading()) == "ok compare: the mouse moves the line, the original is on its left"
    assert answer("save", session, Reading()) == "error settings cannot be saved in this session"
    session.save = lambda _: "saved"
    assert answer("save", session, Reading()) == "ok saved"


GARBAGE = [
    "blend", "blend none 0.5", "blend two x", "blend 0.5", "stroke-scale", "stroke-scale 0.05",
    "stroke-scale nan", "stroke-scale 11", "target-fps", "target-fps 0", "target-fps 241",
    "target-fps auto 3", "target-fps nan", "size 640x480", "record maybe", "key",
    "key gg", "key ", "keep-colors", "follow me", "brighten up", "virtual-camera maybe", "save now",
    "", "dance", "style", "style none", "style 0", "style 99", "strength", "strength nan", "strength 2", "strength -1",
    "strength 0,5", "strength inf", "status now", "keep-colors maybe", "colours on", "\x00\xff", "x" * 900, "{}",
    "snapshot /etc",
]  # fmt: skip


@pytest.mark.parametrize("line", GARBAGE)
def test_garbage_is_one_line_and_changes_nothing(session: Session, line: str) -> None:
    before = (session.look, session.gallery.current)
    reply = answer(line, session, Reading())
    assert reply.startswith("error ")
    assert "\n" not in reply
    assert len(reply) < 200
    assert (session.look, session.gallery.current) == before


def test_help_names_every_command(session: Session) -> None:
    reply = answer("help", session, Reading())
    assert all(command in reply for command in COMMANDS)
    assert not answer("status", session, Reading()).startswith("error")


def test_the_status_tells_what_is_so(session: Session) -> None:
    said = json.loads(answer("status", session, Reading(fps=12.345, latency_ms=67.89, frames=3, dropped=2)))
    assert said == {
        "style": "one", "styles": ["one", "two", "three"], "strength": 1,
        "steady": session.look.steady, "follow": True, "brighten": False,
        "keep_colors": False, "paint": "all", "background": "off",
        "blend": None, "ready": 1, "opening": None, "stroke_scale": 1, "painting_size": [80, 60],
        "output_size": [80, 60], "target_fps": None, "compare": "off", "picker": "off",
        "mirror": session.mirror, "fullscreen": False, "figures": session.hud, "clean": False, "keys_shown": False,
        "learning": None,
        "message": "",
        "device": "FAKE", "fps": 12.35, "latency_ms": 67.9, "frames": 3, "dropped": 2, "recording": False,
        "virtual_camera": False,
        "stream": False,
    }  # fmt: skip
    assert answer("blend two 0.25", session, Reading()) == "ok"
    until(lambda: not session.gallery.opening)
    session.virtual_camera = FakeOutput()
    session.virtual_camera.toggle()
    session.last, session.recorder = None, None
    said = json.loads(answer("status", session, Reading()))
    assert said["blend"] == {"style": "two", "share": 0.25}
    assert (said["painting_size"], said["recording"], said["virtual_camera"]) == (None, False, True)


def test_play_begins_a_clip_again_that_has_ended(session: Session) -> None:
    played: list[bool] = []
    session.play_again = lambda: played.append(True)
    assert answer("play", session, Reading()) == "error no clip has ended; play restarts one that has"
    session.ended = True
    assert answer("play", session, Reading()) == "ok"
    assert played == [True]


def test_space_plays_a_clip_again_that_has_ended_and_0_shows_the_original(session: Session) -> None:
    played: list[bool] = []
    session.play_again = lambda: played.append(True)
    keys.obey(session, Press(Action.ORIGINAL, " "))
    assert (played, session.gallery.bypass) == ([], True)
    session.ended = True
    keys.obey(session, Press(Action.ORIGINAL, " "))
    keys.obey(session, Press(Action.ORIGINAL, "0"))
    assert (played, session.gallery.bypass) == ([True], False)


def test_who_is_painted_and_what_stands_behind(session: Session) -> None:
    def say(line: str) -> str:
        return answer(line, session, Reading())

    assert say("paint person") == "ok paint person"
    assert say("background blur") == "ok background blur"
    assert (session.look.paint, session.look.background, session.look.behind) == ("person", "blur", None)
    assert say("background two") == "ok background two, which costs a second network"
    until(lambda: session.gallery.ready == 2)
    assert (status(session, Reading())["paint"], status(session, Reading())["background"]) == ("person", "two")
    assert say("background 3").startswith("ok background three")
    assert say("background off") == "ok background off"
    assert session.look.behind is None
    assert say("background picture") == "error there is no picture; start nstcam with --background PICTURE"
    session.backdrop = Backdrop(frame_of(3))
    assert say("background picture") == "ok background picture"
    assert say("background four").startswith("error style 'four' is not among one, two, three, nor is it off, blur")
    assert say("background") == "error background takes off, blur, picture or a style"
    assert say("paint half").startswith("error 'paint half' is not a command")
    assert session.look.background == "picture", "what is refused changes nothing"


def test_keys_go_through_who_is_painted_and_back_to_the_last_background(session: Session) -> None:
    said = [answer("key a", session, Reading()) for _ in range(3)]
    assert said == ["ok paint person", "ok paint background", "ok paint all"]
    assert answer("key d", session, Reading()) == "ok background blur"
    assert answer("key d", session, Reading()) == "ok background off"
    answer("background two", session, Reading())
    assert answer("key d", session, Reading()) == "ok background off"
    assert answer("key d", session, Reading()).startswith("ok background two")


def test_a_stream_is_switched_by_command(session: Session) -> None:
    assert answer("stream on", session, Reading()) == "error a stream, which --stream URL gives, is not available"
    with closing(StreamServer()) as server:
        session.stream = Stream(destination_of(server.url))
        assert answer("stream on", session, Reading()) == f"ok connecting to {server.url} ..."
        assert json.loads(answer("status", session, Reading()))["stream"] is True
        assert answer("stream", session, Reading()) == f"ok no longer streaming to {server.url}"
        assert json.loads(answer("status", session, Reading()))["stream"] is False
