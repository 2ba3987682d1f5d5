import errno
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.settings import Settings, SettingsError, load, save, settings_path


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    settings = Settings(
        style='a "quoted" name \\ of Übergröße \x7f', strength=0.3, keep_colors=True, steady=0.0, output_size="320x240",
        stroke_scale=2.5, target_fps=24.0, mirror=False, compare="wipe", fullscreen=True, hud=False,
        camera="BRIO", fps=60.0,
    )  # fmt: skip
    path = tmp_path / "new" / "folder" / "settings.toml"
    save(settings, path)
    assert load(path) == settings
    save(Settings(), path)
    assert load(path) == Settings()
    assert [file.name for file in path.parent.iterdir()] == ["settings.toml"], "nothing is left beside it"


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == Settings(
        style=None, strength=1, keep_colors=False, steady=0.8, follow=True, brighten=True, paint="all",
        background="off",
        stroke_scale=1, output_size="1920x1080", target_fps=None, mirror=None, compare="off", fullscreen=False,
        hud=True,
        clean=False, camera="0", size=None, fps=None, format="auto",
    )  # fmt: skip


def test_whole_numbers_will_do(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("strength = 1\nfps = 30\n")
    assert load(path).fps == 30.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("strength = ", "not TOML"),
        ("\udcff", "not TOML"),
        ("strength = 3", "strength = 3 is not from 0 to 1"),
        ("strength = nan", "strength = nan is not from 0 to 1"),
        ('strength = "half"', "strength = 'half' is not a number"),
        ("fullscreen = 1", "fullscreen = 1 is not true or false"),
        ("steady = true", "steady = True is not a number"),
        ("stroke_scale = 11", "stroke_scale = 11 is not from 0.1 to 10"),
        ("stroke_scale = 0", "stroke_scale = 0 is not from 0.1 to 10"),
        ("target_fps = -1", "target_fps = -1 is not from 0 to 240"),
        ('compare = "left"', "compare = left is unknown; choose one of off, wipe, sides"),
        ('output_size = "large"', "output_size = large is not a size"),
        ("colour = 1", "colour is not a setting"),
        ("x = " + "[" * 20_000, "its brackets are nested too deep"),
        ("strength = " + "9" * 400, "strength = 999999"),
        ("strength = " + "9" * 5000, "not TOML"),
        ('compare = "' + "x" * 999 + '"', "xxx... is unknown; choose one of off"),
        ('compare = "\\u001b[2J"', "compare = ?[2J is unknown"),
        ('style = "' + "x" * 9999 + '"', "xxx... is not a text of at most 4096 letters"),
        ('camera = "a\\u0000b"', "camera = a?b is not a text of at most 4096 letters"),
        ('camera = "rtsp://user:secret@host/1"', "camera is an address, which is taken from the command line only"),
        ("#" * 70_000, "it is larger than 65536 bytes"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_what_the_system_says_is_told_without_its_number(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=rf" ignored \({os.strerror(errno.ENAMETOOLONG)}\); correct or delete"):
        load(tmp_path / ("x" * 300))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "settings.toml")
    with pytest.raises(SettingsError, match=r"settings\.toml ignored \(.* is not a regular file\); correct or delete"):
        load(tmp_path / "settings.toml")


def test_a_folder_that_cannot_be_written_is_an_error_and_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkError, match="settings cannot be saved in"):
        save(Settings(), tmp_path / "file" / "settings.toml")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are Unicode")
def test_a_name_that_is_no_unicode_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"udce9.onnx.* is not UTF-8; rename that file$"):
        save(Settings(style=os.fsdecode(b"\xe9.onnx")), tmp_path / "settings.toml")
    assert not list(tmp_path.iterdir())


def test_given_options_win() -> None:
    saved = Settings(strength=0.3, camera="BRIO", fullscreen=True)
    assert saved.changed(strength=0.0, camera=None, fullscreen=False) == Settings(strength=0.0, camera="BRIO")


def test_what_was_asked_of_a_camera_is_not_asked_of_another() -> None:
    saved = Settings(camera="BRIO", size="1920x1080", fps=60.0, format="mjpg", strength=0.3)
    assert saved.for_camera(None) is saved
    assert saved.for_camera("BRIO") is saved
    assert saved.for_camera("clip.mp4") == Settings(camera="clip.mp4", strength=0.3)


def test_the_file_lies_in_the_users_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NSTCAM_SETTINGS")
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)
    assert settings_path() == tmp_path / "nstcam" / "settings.toml"


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("strength", (0.0, 1.0), (-0.01, 1.01)), ("steady", (0.0, 1.0), (-0.01, 1.01)),
        ("stroke_scale", (0.1, 10.0), (0.09, 10.1)), ("target_fps", (0.0, 240.0, None), (-0.1, 240.1)),
        ("fps", (1.0, 240.0, None), (0.9, 240.1)), ("size", ("32x32", None), ("31x32",)), ("output_size", ("32x32",),
        ("32x31",)),
    ],
)  # fmt: skip
def test_values_up_to_their_borders(name: str, inside: tuple[Any, ...], outside: tuple[Any, ...]) -> None:
    for value in inside:
        assert getattr(Settings(**{name: value}), name) == value
    for value in outside:
        with pytest.raises(SettingsError, match=f"^{name} = {value} is not"):
            Settings(**{name: value})


def test_long_values_are_cut_in_messages_only(tmp_path: Path) -> None:
    for letters, told in ((60, "x" * 60 + " is"), (61, "x" * 60 + "... is")):
        with pytest.raises(SettingsError, match=rf"^paint = {re.escape(told)} unknown"):
            Settings(paint="x" * letters)
    (tmp_path / "settings.toml").write_text('style = "' + "x" * 4096 + '"')
    assert load(tmp_path / "settings.toml").style == "x" * 4096
    (tmp_path / "settings.toml").write_text('style = "' + "x" * 4097 + '"')
    with pytest.raises(SettingsError, match="is not a text of at most 4096 letters"):
        load(tmp_path / "settings.toml")
