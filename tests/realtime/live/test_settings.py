import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from nstcam.realtime.display.compare import Compare
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.gallery import Gallery
from nstcam.realtime.live.hotkeys import press_of
from nstcam.realtime.live.remembered import remembered
from nstcam.realtime.live.session import Session
from nstcam.realtime.live.settings import Settings, SettingsError, load, save, settings_path
from tests.support.fakes import Shop, style_of
from tests.support.models import write_negative_style

NAMES = ("one", "two")


@pytest.fixture(autouse=True)
def _styles_are_those_of_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", ".")


def session_of(**fields: object) -> Session:
    gallery = Gallery([style_of(name) for name in NAMES], Shop(NAMES), first=1)
    session = Session(gallery, Path())
    for name, value in fields.items():
        setattr(session, name, value)
    return session


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    settings = Settings(
        style='a "quoted" name \\ of Übergröße \x7f', strength=0.3, keep_colors=True, steady=0.0, work_size="320x240",
        work_step=2, target_fps=24.0, mirror=False, compare="wipe", fullscreen=True, hud=False, camera="BRIO", fps=60.0,
    )  # fmt: skip
    path = tmp_path / "new folder" / "settings.toml"
    save(settings, path)
    assert load(path) == settings
    save(Settings(), path)
    assert load(path) == Settings()
    assert [file.name for file in path.parent.iterdir()] == ["settings.toml"], "nothing is left beside it"


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == Settings()


def test_whole_numbers_will_do(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("strength = 1\nfps = 30\n")
    assert load(path).fps == 30.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("strength = ", "no TOML"),
        ("\udcff", "no TOML"),
        ("strength = 3", "strength = 3 is not from 0 to 1"),
        ("strength = nan", "strength = nan is not from 0 to 1"),
        ('strength = "half"', "strength = 'half' is not a number"),
        ("fullscreen = 1", "fullscreen = 1 is not true or false"),
        ("steady = true", "steady = True is not a number"),
        ("work_step = 5", "work_step = 5 is not from 0 to 4"),
        ("work_step = 0.5", "work_step = 0.5 is not a whole number"),
        ('compare = "left"', "compare = left is unknown; there are off, wipe, sides"),
        ('work_size = "large"', "work_size = large is no size"),
        ("colour = 1", "colour is no setting"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_an_error_and_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkError, match="settings cannot be saved in"):
        save(Settings(), tmp_path / "file" / "settings.toml")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are Unicode")
def test_a_name_that_is_no_unicode_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"udce9.onnx.* is no UTF-8; rename that file$"):
        save(Settings(style=os.fsdecode(b"\xe9.onnx")), tmp_path / "settings.toml")
    assert not list(tmp_path.iterdir())


def test_given_options_win() -> None:
    saved = Settings(strength=0.3, camera="BRIO", fullscreen=True)
    assert saved.but(strength=0.0, camera=None, fullscreen=False) == Settings(strength=0.0, camera="BRIO")


def test_what_was_asked_of_a_camera_is_not_asked_of_another() -> None:
    saved = Settings(camera="BRIO", size="1920x1080", fps=60.0, format="mjpg", strength=0.3)
    assert saved.at(None) is saved
    assert saved.at("BRIO") is saved
    assert saved.at("clip.mp4") == Settings(camera="clip.mp4", strength=0.3)


def test_a_session_is_remembered() -> None:
    look = Look(strength=0.4, keep_colors=True, steady=0.2, follow=False, size=1)
    session = session_of(look=look, mirror=False, compare=Compare.SIDES, fullscreen=True, hud=False)
    asked = Settings(camera="1", size="1280x720", work_size="800x600")
    assert remembered(session, asked, Settings()) == replace(
        asked, style="two", strength=0.4, keep_colors=True, steady=0.2, follow=False, work_step=1, mirror=False,
        compare="sides", fullscreen=True, hud=False,
    )  # fmt: skip


def test_a_style_given_as_a_file_is_remembered_as_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    assert remembered(session_of(), Settings(), Settings()).style == str(Path("two.onnx").resolve())


@pytest.mark.parametrize("spec", ["test", "rtsp://user:secret@host/stream"])
def test_what_is_no_camera_does_not_replace_the_saved_one(spec: str) -> None:
    settings = remembered(session_of(), Settings(camera=spec), Settings(camera="BRIO"))
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
    assert remembered(session, Settings(camera=spec, mirror=saved), Settings(mirror=saved)).mirror is becomes


def test_key_w_saves_and_says_where(tmp_path: Path) -> None:
    def keep(session: Session) -> str:
        save(remembered(session, Settings(), Settings()), tmp_path / "s.toml")
        return "saved"

    session = session_of(save=keep)
    for key in "[[w":
        press = press_of(ord(key))
        assert press is not None
        session.press(press)
    assert session.message == "saved"
    assert load(tmp_path / "s.toml").strength == 0.8

    def fail(session: Session) -> str:
        raise SinkError("disk full; free some")

    session.save = fail
    session.save_settings()
    assert session.message == "disk full; free some"
    session.save = None
    session.save_settings()
    assert session.message == "settings are not saved here"


def test_the_file_lies_in_the_users_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NSTCAM_SETTINGS")
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)
    assert settings_path() == tmp_path / "nstcam" / "settings.toml"


class TestCommand:
    """The program with a file of settings."""

    def run(self, home: Path, *options: str, settings: str) -> tuple[int, str, str]:
        for name in ("alpha", "beta"):
            write_negative_style(home / "styles" / f"{name}.onnx")
        (home / "settings.toml").write_text(settings)
        environment = {
            **os.environ,
            "NSTCAM_STYLES": str(home / "styles"),
            "NSTCAM_SETTINGS": str(home / "settings.toml"),
        }
        command = [sys.executable, "-m", "nstcam.realtime.cli.app", "--no-window", "--device", "cpu", *options]
        with subprocess.Popen(
            command, cwd=home, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            out, error = process.communicate("status\nquit\n", timeout=60)
        return process.returncode, out, error

    def status(self, home: Path, *options: str, settings: str) -> tuple[dict[str, Any], str]:
        code, out, error = self.run(home, "--camera", "test", *options, settings=settings)
        assert code == 0, error
        found: dict[str, Any] = json.loads(out.splitlines()[0])
        return found, error

    def test_is_used_and_the_command_line_wins(self, tmp_path: Path) -> None:
        saved = 'style = "beta"\nstrength = 0.25\nsteady = 0.5\n'
        status, _ = self.status(tmp_path, "--steady", "0", "--keep-colors", settings=saved)
        assert (status["style"], status["strength"], status["steady"]) == ("beta", 0.25, 0.0)
        assert status["colours"] is True

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
        assert error == f"nstcam: the saved style {file} is not there any more; beginning with {first}\n"
        assert status["style"] == first

    def test_a_saved_camera_that_is_gone_is_named_as_such(self, tmp_path: Path) -> None:
        saved = 'camera = "gone.mp4"'
        code, _, error = self.run(tmp_path, settings=saved)
        assert code == 1
        assert error.endswith("; gone.mp4 is the camera saved with key w, --camera gives another\n")
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
