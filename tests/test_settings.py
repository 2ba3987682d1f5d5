import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from realtime.compare import Compare
from realtime.errors import SinkError
from realtime.gallery import Gallery
from realtime.hotkeys import press_of
from realtime.look import Look
from realtime.remembered import remembered
from realtime.session import Session
from realtime.settings import Settings, SettingsError, load, save, settings_path
from tests.fakes import Shop, style_of
from tests.models import write_negative_style

NAMES = ("one", "two")


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


@pytest.mark.parametrize("spec", ["test", "rtsp://user:secret@host/stream"])
def test_what_is_no_camera_does_not_replace_the_saved_one(spec: str) -> None:
    settings = remembered(session_of(), Settings(camera=spec), Settings(camera="BRIO"))
    assert settings.camera == "BRIO"
    assert "secret" not in json.dumps(asdict(settings))


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

    def status(self, home: Path, *options: str, settings: str) -> tuple[dict[str, object], str]:
        for name in ("alpha", "beta"):
            write_negative_style(home / "styles" / f"{name}.onnx")
        (home / "settings.toml").write_text(settings)
        environment = {
            **os.environ,
            "NSTCAM_STYLES": str(home / "styles"),
            "NSTCAM_SETTINGS": str(home / "settings.toml"),
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        command = [sys.executable, "-m", "realtime.cli", "--camera", "test", "--no-window", "--device", "cpu", *options]
        with subprocess.Popen(
            command, cwd=home, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            out, error = process.communicate("status\nquit\n", timeout=60)
        assert process.returncode == 0, error
        found: dict[str, object] = json.loads(out.splitlines()[0])
        return found, error

    def test_is_used_and_the_command_line_wins(self, tmp_path: Path) -> None:
        saved = 'style = "beta"\nstrength = 0.25\nsteady = 0.5\n'
        status, _ = self.status(tmp_path, "--steady", "0", "--keep-colors", settings=saved)
        assert (status["style"], status["strength"], status["steady"]) == ("beta", 0.25, 0.0)
        assert status["colours"] is True

    def test_can_be_left_out(self, tmp_path: Path) -> None:
        status, _ = self.status(tmp_path, "--no-settings", "--style", "alpha", settings="strength = 0.25")
        assert status["strength"] == 1.0

    def test_broken_is_one_line_and_ignored(self, tmp_path: Path) -> None:
        status, error = self.status(tmp_path, "--style", "alpha", settings="strength = 7")
        assert status["strength"] == 1.0
        assert error.count("\n") == 1
        assert "strength = 7 is not from 0 to 1" in error
