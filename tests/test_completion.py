"""Tests what the shell offers after Tab, with the environment variables that the shell sets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import pytest
import typer

from nstcam.export.cli import completion as export_completion
from nstcam.export.cli import entry as export_entry
from nstcam.export.cli import nst_eval, nst_export
from nstcam.realtime.cli import app
from nstcam.realtime.cli.options import complete
from nstcam.realtime.engine.devices import DEVICES
from nstcam.realtime.style_files.library import list_styles
from nstcam.realtime.video.encoding.encoders import CODECS, KINDS
from nstcam.realtime.video.encoding.pipe_writer import KINDS as PIPE_KINDS
from nstcam.train.cli import completion, nst_paint, nst_train
from nstcam.train.cli import entry as train_entry
from nstcam.train.cli.completion import FLAG, Offer
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.network.networks import PRESETS
from tests.support.commands import outcome

MAINS: Final[Mapping[str, Callable[[], None]]] = {
    "nstcam": app.main,
    "nst-train": train_entry.train,
    "nst-paint": train_entry.paint,
    "nst-export": export_entry.export,
    "nst-eval": export_entry.evaluate,
}
HEAVY: Final = ("torch", "onnx", "onnxruntime", "cv2", "av", "numpy")

Asks = Callable[[str], list[str]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Asks:
    """A function of a command line: what bash is told for its last word, in a folder with a finished run."""
    (tmp_path / "runs" / "empty").mkdir(parents=True)
    (tmp_path / "runs" / "mill").mkdir()
    (tmp_path / "runs" / "mill" / CHECKPOINT_NAME).touch()
    (tmp_path / "styles").mkdir()
    for name in ("sunday.onnx", "sunday.int8.onnx", "stray.txt"):
        (tmp_path / "styles" / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))

    def ask(line: str) -> list[str]:
        with monkeypatch.context() as shell:
            for name, value in asking(line).items():
                shell.setenv(name, value)
            _, out, _ = outcome(MAINS[line.split()[0]], (line.split()[0],), shell, capsys)
        return [word for word in out.splitlines() if word]

    return ask


def asking(line: str) -> dict[str, str]:
    """The variables in which bash tells a command where the cursor is: in the last word of the line."""
    words = line.split(" ")
    variable = f"_{words[0].upper().replace('-', '_')}_COMPLETE"
    return {variable: "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("nstcam --style s", "scream starry sunday"),
        ("nstcam video a.mp4 b.mp4 --style s", "scream starry sunday"),
        ("nstcam image --style s", "scream starry sunday"),
        ("nstcam image --style a", "all"),
        ("nstcam bench --style w", "wave woodcut"),
        ("nstcam video --style 4.5:wa", "4.5:wave"),
        ("nstcam --style ./", ""),  # the shell offers files
        ("nstcam vi", "video"),
        ("nstcam --device tensor", "tensorrt tensorrt-rtx"),
        ("nstcam --camera ", "0 screen test"),
        ("nstcam --format m", "mjpg"),
        ("nstcam video --encoder v", "vaapi videotoolbox"),
        ("nstcam video --codec h", "h264 hevc"),
        ("nstcam video in.mp4 --over", "--overwrite"),
        ("nst-train --st", "--style --steps --stroke --style-size --style-strength"),
        ("nst-train --stroke ", "large medium small"),
        ("nst-train --resume --preset ", "johnson lite"),
        ("nst-train --init s", "scream starry"),
        ("nst-train --run ", "runs/mill"),
        ("nst-train --init r", "runs/mill"),
        ("nst-paint a.jpg b.jpg --loss ", "gatys johnson relative wasserstein"),
        ("nst-export ", "runs/mill"),
        ("nst-export --precision fl", "float16 float32"),
        ("nst-eval p", "pencil pop"),
        ("nst-eval r", "runs/mill"),
    ],
)
def test_offers(line: str, answer: str, offered: Asks) -> None:
    assert offered(line) == answer.split()


@pytest.mark.parametrize("command", MAINS)
def test_an_answer_loads_nothing_heavy(command: str) -> None:
    main = MAINS[command]
    code = (
        f"import atexit, sys; sys.argv = [{command!r}]; from {main.__module__} import {main.__name__} as main; "
        f"atexit.register(lambda: print('heavy:', [m for m in {HEAVY} if m in sys.modules])); main()"
    )
    environment = {**os.environ, **asking(f"{command} --")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    *answer, heavy = done.stdout.splitlines()
    assert len(answer) > 5
    assert heavy == "heavy: []"


def test_names_offered_are_names_of_styles() -> None:
    assert complete.style_names() == {style.name for style in list_styles()}


def test_the_script_of_the_shell_is_shown_without_pytorch(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None; sys.argv = ['nst-train', '--show-completion', 'bash'];"
        "from nstcam.train.cli.entry import train; train()"
    )
    # Typer would show the script of the shell that runs the tests, and fail where none does.
    environment = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "complete -o default -F _nst_train_completion nst-train" in done.stdout


def test_an_empty_variable_asks_for_nothing() -> None:
    """PowerShell's script leaves it so."""
    assert not completion.is_asked_for("nst-train", ["--resume"], {"_NST_TRAIN_COMPLETE": ""})
    assert completion.is_asked_for("nst-train", [], {"_NST_TRAIN_COMPLETE": "complete_zsh"})
    assert not completion.is_asked_for("nst-train", [], {"_NST_EXPORT_COMPLETE": "complete_zsh"})


def test_words_of_nstcam_are_those_it_takes() -> None:
    assert tuple(DEVICES) == complete.DEVICES[1:]
    assert set(complete.ENCODERS) == set(KINDS)
    assert complete.CODECS == CODECS
    assert complete.PIPES == PIPE_KINDS


@pytest.mark.parametrize(
    ("commands", "function", "listed"),
    [
        (nst_train.app, nst_train.train, completion.TRAIN),
        (nst_paint.app, nst_paint.paint, completion.PAINT),
        (nst_export.app, nst_export.export, export_completion.EXPORT),
        (nst_eval.app, nst_eval.evaluate, export_completion.EVALUATE),
    ],
)
def test_options_listed_for_completion_are_those_declared(
    commands: typer.Typer, function: Callable[..., None], listed: Mapping[str, Offer]
) -> None:
    declared: dict[str, Any] = {}
    command: Any = typer.main.get_command(commands)
    for parameter in command.params:
        if parameter.param_type_name == "option" and "completion" not in parameter.name:
            declared |= {name: parameter for name in (*parameter.opts, *parameter.secondary_opts) if name[:2] == "--"}
    assert listed.keys() == declared.keys()
    for name, offer in listed.items():
        assert (offer is FLAG) == declared[name].is_flag, name
        hint = get_type_hints(function)[declared[name].name]
        choices = [word for kind in (hint, *get_args(hint)) if get_origin(kind) is Literal for word in get_args(kind)]
        if choices:
            assert set(choices) == set(offer if isinstance(offer, tuple) else ()), name


def test_presets_and_checkpoints_are_called_as_in_training() -> None:
    assert set(PRESETS) == {"lite", "johnson"}
    assert completion.TRAIN["--preset"] == ("lite", "johnson")
    assert completion.CHECKPOINT_NAME == CHECKPOINT_NAME
    assert set(completion.bundled()) >= {style.name for style in list_styles() if style.bundled}


@pytest.mark.parametrize("commands", [app.app, nst_train.app, nst_paint.app, nst_export.app, nst_eval.app])
def test_every_command_says_how_completion_is_installed(commands: typer.Typer) -> None:
    command: Any = typer.main.get_command(commands)
    assert "--install-completion" in {name for parameter in command.params for name in parameter.opts}
