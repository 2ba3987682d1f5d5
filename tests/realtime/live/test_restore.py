import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli import app
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.live import keys
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.hotkeys import press_of
from nstcam.realtime.live.restore import choose_styles, settings_of
from nstcam.realtime.live.session import Session
from nstcam.realtime.live.settings import Settings, load, save
from nstcam.realtime.palette.colours import UNCHANGED
from nstcam.realtime.palette.painting import Painting
from nstcam.realtime.style_files.style import read_style
from tests.support.commands import outcome
from tests.support.fakes.live import StylizerFactory, style_of

NAMES = ("one", "two")


@pytest.fixture(autouse=True)
def _styles_are_those_of_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", ".")


def session_of(**fields: object) -> Session:
    gallery = Gallery([style_of(name) for name in NAMES], StylizerFactory(NAMES), first=1)
    session = Session(gallery, Path())
    for name, value in fields.items():
        setattr(session, name, value)
    return session


def test_a_session_is_remembered() -> None:
    look = Look(strength=0.4, keep_colors=True, steady=0.2, follow=False, brighten=False, stroke_scale=1.7, coarser=1)
    session = session_of(look=look, mirror=False, compare=Compare.SIDES, fullscreen=True, hud=False, clean=True)
    asked = Settings(camera="1", size="1280x720", output_size="800x600", target_fps=24.0)
    assert settings_of(session, asked, Settings()) == replace(
        asked, style="two", strength=0.4, keep_colors=True, steady=0.2, follow=False, brighten=False,
        stroke_scale=1.7, mirror=False,
        target_fps=None, compare="sides", fullscreen=True, hud=False, clean=True,
    )  # fmt: skip


def test_a_style_given_as_a_file_is_remembered_as_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    assert settings_of(session_of(), Settings(), Settings()).style == str(Path("two.onnx").resolve())


@pytest.mark.parametrize("spec", ["test", "rtsp://user:secret@host/stream"])
def test_what_is_no_camera_does_not_replace_the_saved_one(spec: str) -> None:
    settings = settings_of(session_of(), Settings(camera=spec), Settings(camera="BRIO"))
    assert settings.camera == "BRIO"
    assert "secret" not in json.dumps(asdict(settings))


@pytest.mark.parametrize(
    ("spec", "mirror", "saved", "becomes"),
    [
        ("test", False, False, False),  # a camera that is not to be mirrored, and a clip that never is
        ("test", False, None, None),
        ("test", True, None, True),
        ("0", True, None, None),
        ("0", True, False, None),
        ("0", False, None, False),
    ],
)
def test_a_clip_does_not_mirror_the_camera_again(
    spec: str, mirror: bool, saved: bool | None, becomes: bool | None
) -> None:
    session = session_of(mirror=mirror)
    assert settings_of(session, Settings(camera=spec, mirror=saved), Settings(mirror=saved)).mirror is becomes


def test_key_w_saves_and_says_where(tmp_path: Path) -> None:
    def keep(session: Session) -> str:
        save(settings_of(session, Settings(), Settings()), tmp_path / "s.toml")
        return "saved"

    session = session_of(save=keep)
    for key in "[[w":
        press = press_of(ord(key))
        assert press is not None
        keys.obey(session, press)
    assert session.message == "saved"
    assert load(tmp_path / "s.toml").strength == 0.8

    def fail(session: Session) -> str:
        raise SinkError("disk full; free some")

    session.save = fail
    session.save_settings()
    assert session.message == "disk full; free some"
    session.save = None
    session.save_settings()
    assert session.message == "settings cannot be saved in this session"


class TestChoice:
    """Which styles a session has, in which order, and which is shown first."""

    ALL = ("starry", "pencil", "wave", "mine")

    @pytest.fixture(autouse=True)
    def _styles(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in (*self.ALL, "far"):
            write_negative_style(tmp_path / f"{name}.onnx", {"nst.name": name})
        styles = [read_style(tmp_path / f"{name}.onnx") for name in self.ALL]
        monkeypatch.setattr("nstcam.realtime.live.restore.list_styles", lambda: list(styles))
        self.mine, self.far = str(tmp_path / "mine.onnx"), str(tmp_path / "far.onnx")
        self.other_wave = str(write_negative_style(tmp_path / "other" / "x.onnx", {"nst.name": "wave"}))

    def choose(
        self, names: Sequence[str] = (), only: Sequence[str] = (), saved: str | None = None
    ) -> tuple[list[str], str]:
        styles, first = choose_styles(names, only, saved, lambda line: pytest.fail(line))
        return [style.name for style in styles], styles[first].name

    def test_one_style_is_where_it_begins_and_keeps_its_number(self) -> None:
        assert self.choose() == ([*self.ALL], "starry")
        assert self.choose(["wave"]) == ([*self.ALL], "wave")
        assert self.choose(["wave"], saved="pencil") == ([*self.ALL], "wave")
        assert self.choose(saved="pencil") == ([*self.ALL], "pencil")
        assert self.choose([self.far]) == ([*self.ALL, "far"], "far")

    def test_several_come_first_in_their_order(self) -> None:
        assert self.choose(["wave", "pencil"]) == (["wave", "pencil", "starry", "mine"], "wave")
        assert self.choose([self.far, "mine", "mine"])[0] == ["far", "mine", "starry", "pencil", "wave"]

    def test_a_file_takes_the_place_of_the_style_of_its_name(self) -> None:
        styles, first = choose_styles([self.other_wave], (), None, pytest.fail)
        assert [style.name for style in styles] == [*self.ALL]
        assert str(styles[first].path) == self.other_wave

    def test_only_restricts(self) -> None:
        assert self.choose(only=[self.mine, self.far]) == (["mine", "far"], "mine")
        assert self.choose(only=[self.mine, self.far], saved="far") == (["mine", "far"], "far")
        assert self.choose(only=[self.far], saved="pencil") == (["far"], "far")
        assert self.choose(["far"], only=[self.far, self.other_wave]) == (["far", "wave"], "far")
        with pytest.raises(NstError, match=r"--style wave is not among --only far; add it to --only"):
            self.choose([self.other_wave], only=[self.far])


class TestCommand:
    """The program with a file of settings."""

    @pytest.fixture(autouse=True)
    def prepare(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capfd = monkeypatch, capfd

    def run(self, home: Path, *options: str, settings: str) -> tuple[int, str, str]:
        for name in ("alpha", "beta"):
            write_negative_style(home / "styles" / f"{name}.onnx")
        (home / "settings.toml").write_text(settings)
        self.monkeypatch.setenv("NSTCAM_STYLES", str(home / "styles"))
        self.monkeypatch.setenv("NSTCAM_SETTINGS", str(home / "settings.toml"))
        self.monkeypatch.chdir(home)
        self.monkeypatch.setattr(sys, "stdin", io.StringIO("status\nquit\n"))
        self.monkeypatch.setattr(app, "leave", sys.exit)  # it ends the process if a frame is unfinished
        words = ("nstcam", "--no-window", "--device", "cpu", *options)
        return outcome(app.main, words, self.monkeypatch, self.capfd)

    def status(self, home: Path, *options: str, settings: str) -> tuple[dict[str, Any], str]:
        code, out, error = self.run(home, "--camera", "test", *options, settings=settings)
        assert code == 0, error
        found: dict[str, Any] = json.loads(out.splitlines()[0])
        return found, error

    def test_is_used_and_the_command_line_wins(self, tmp_path: Path) -> None:
        saved = 'style = "beta"\nstrength = 0.25\nsteady = 0.5\n'
        status, _ = self.status(tmp_path, "--steady", "0", "--keep-colors", settings=saved)
        assert (status["style"], status["strength"], status["steady"]) == ("beta", 0.25, 0.0)
        assert status["keep_colors"] is True

    def test_a_style_that_was_a_file_is_found_again(self, tmp_path: Path) -> None:
        file = tmp_path / "gamma.onnx"
        write_negative_style(file)
        status, error = self.status(tmp_path, settings=f"style = {json.dumps(str(file))}")
        assert (status["style"], status["styles"][-1], error) == ("gamma", "gamma", "")
        file.write_bytes(b"torn")
        status, error = self.status(tmp_path, settings=f"style = {json.dumps(str(file))}")
        assert "gamma" not in status["styles"]
        assert error.startswith(f"nstcam: the saved style {file} cannot be used ({file} is not an ONNX model")
        file.unlink()
        status, error = self.status(tmp_path, settings=f"style = {json.dumps(str(file))}")
        first = status["styles"][0]
        assert error == f"nstcam: the saved style {file} no longer exists; starting with {first}\n"
        assert status["style"] == first

    def test_a_saved_camera_that_is_gone_is_named_as_such(self, tmp_path: Path) -> None:
        saved = 'camera = "gone.mp4"'
        code, _, error = self.run(tmp_path, settings=saved)
        assert code == 1
        assert error.endswith("; gone.mp4 is the camera saved with key w, --camera chooses another\n")
        code, _, error = self.run(tmp_path, "--camera", "gone.mp4", settings=saved)
        assert (code, "saved" in error) == (1, False)

    def test_can_be_left_out(self, tmp_path: Path) -> None:
        status, _ = self.status(tmp_path, "--no-settings", "--style", "alpha", settings="strength = 0.25")
        assert status["strength"] == 1.0

    def test_broken_is_one_line_and_ignored(self, tmp_path: Path) -> None:
        status, error = self.status(tmp_path, "--style", "alpha", settings="strength = 7")
        assert status["strength"] == 1.0
        assert error.count("\n") == 1
        assert "strength = 7 is not from 0 to 1" in error


def test_the_background_is_remembered_by_word_picture_or_style(tmp_path: Path) -> None:
    session = session_of()
    session.set_paint("background")
    for kind, index, kept in (
        ("blur", None, "blur"),
        ("picture", None, str(tmp_path / "sea.jpg")),
        ("off", None, "off"),
    ):
        session.backdrop_path = tmp_path / "sea.jpg"
        session.set_background(kind, index)
        saved = settings_of(session, Settings(), Settings())
        assert (saved.paint, saved.background) == ("background", kept)
    session.set_background("style", 0)
    assert settings_of(session, Settings(), Settings()).background == "one"
    painted = replace(session.gallery.styles[0], painting=Painting(Path("beach.jpg"), "", (), UNCHANGED, ()))
    session.gallery.rename(0, painted)
    assert settings_of(session, Settings(), Settings()).background == "off", "its path would give the picture itself"
    session.gallery.close()


def test_a_picture_that_is_gone_at_the_end_is_not_remembered() -> None:
    session = session_of()
    uploaded = replace(session.gallery.styles[1], painting=Painting(Path("painting-1.png"), "", (), UNCHANGED, ()))
    session.gallery.rename(1, uploaded)
    assert settings_of(session, Settings(), Settings(style="wave")).style == str(Path("painting-1.png").resolve())
    session.passing.add(Path("painting-1.png"))
    assert settings_of(session, Settings(), Settings(style="wave")).style == "wave"
