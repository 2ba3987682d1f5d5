"""Tests interrupting and resuming nst-train, as a user does it."""

import os
from pathlib import Path

import pytest

from nstcam.train.fit.run_folder import read_inputs
from nstcam.train.run_lock import locked
from tests.support.training.train_folder import SHORT, TrainFolder


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> TrainFolder:
    return TrainFolder(tmp_path, monkeypatch, capsys)


def test_ctrl_c_saves_and_resume_goes_on(command: TrainFolder) -> None:
    command.interrupt_at(1)
    code, out, error = command.run("--style", "painting.png", "--init", "none", *SHORT)
    assert (code, out) == (130, "")
    assert error.splitlines()[-1] == (
        "stopped and saved at step 1; continue with: nst-train --resume --run runs/painting, "
        "or use it as it is: nst-export runs/painting"
    )
    assert command.checkpoint().step == 1
    code, out, _ = command.run("--resume", "--run", "runs/painting", "--device", "cpu")
    assert (code, out.split(";")[0]) == (0, "runs/painting/checkpoint.pt: 2 steps")


def test_losses_are_complete_after_resuming(command: TrainFolder) -> None:
    command.interrupt_at(1)
    command.run("--style", "painting.png", "--init", "none", *SHORT)
    table = Path("runs/painting/losses.csv")
    assert table.read_text().count("\n") == 2
    command.run("--resume", "--run", "runs/painting", "--device", "cpu")
    heading, *rows = table.read_text().splitlines()
    assert heading == "step,seconds,total,content,style,tone,flicker"
    assert [row.split(",")[0] for row in rows] == ["1", "2"]


def test_resume_finds_content_that_was_moved(command: TrainFolder, caplog: pytest.LogCaptureFixture) -> None:
    Path("photos").mkdir()
    command.paint("photos/a.png", 1)
    command.interrupt_at(1)
    assert command.run("--style", "painting.png", "--init", "none", "--content", "photos", *SHORT)[0] == 130
    Path("photos").rename("pictures")
    resume = ("--resume", "--run", "runs/painting", "--device", "cpu")
    code, _, error = command.run(*resume)
    assert (code, error.count("\n")) == (1, 1)
    assert error.endswith("photos not found; give --content a folder of photos or a video\n")
    assert command.run(*resume, "--content", "pictures")[0] == 0
    assert "the content has changed" not in caplog.text
    assert read_inputs(Path("runs/painting/run.json")).content == (str(Path("pictures").resolve()),)


def test_resume_refuses_settings_that_it_would_not_take_up(command: TrainFolder) -> None:
    command.train("--init", "none")
    before = Path("runs/painting/checkpoint.pt").read_bytes()
    code, out, error = command.run("--resume", "--run", "runs/painting", "--steps", "9", "--style-strength", "3")
    assert (code, out) == (2, "")
    told = " ".join(error.replace("│", " ").split())
    assert (
        "--resume continues with the run's own settings; leave out --steps --style-strength, or start another" in told
    )
    assert command.run("--resume", "--run", "runs/painting", "--style", "painting.png")[0] == 2
    assert Path("runs/painting/checkpoint.pt").read_bytes() == before


def test_a_run_that_ended_before_its_first_checkpoint_is_told(command: TrainFolder) -> None:
    Path("runs/painting").mkdir(parents=True)
    code, out, error = command.run("--resume", "--name", "painting")
    assert (code, out) == (1, "")
    assert error == (
        "nst-train: runs/painting has no checkpoint to continue from; leave out --resume, or give another --run\n"
    )


def test_a_run_that_has_ended_is_told(command: TrainFolder) -> None:
    command.train("--init", "none")
    for which in (("--style", "painting.png"), ("--name", "painting"), ("--run", "runs/painting")):
        code, out, _ = command.run("--resume", *which)
        assert (code, out) == (
            0,
            "runs/painting has already finished, at step 2; to train its style further: "
            "nst-train --style PICTURE --init runs/painting --run ANOTHER\n",
        )


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"content": [], "loss_network": "vgg16", "of_tomorrow": 1}',
        '{"content": "/", "loss_network": "vgg16", "loss_weights": null}',
    ],
)
def test_resume_with_another_run_file_is_one_line(command: TrainFolder, text: str) -> None:
    command.interrupt_at(1)
    command.run("--style", "painting.png", "--init", "none", *SHORT)
    Path("runs/painting/run.json").write_text(text)
    code, out, error = command.run("--resume", "--name", "painting")
    assert (code, out, len(error.splitlines())) == (1, "", 1)
    assert error.startswith("nst-train: runs/painting/run.json is damaged or from another version of nst-train (")
    assert error.endswith("or start from the run's weights with --init runs/painting\n")


def test_two_trainings_do_not_share_a_run_folder(command: TrainFolder) -> None:
    with locked(Path("runs/painting")):
        code, out, error = command.run("--style", "painting.png", "--init", "none", *SHORT)
    assert (code, out) == (1, "")
    assert error == (
        "nst-train: another process is working in runs/painting; wait until it ends, or choose another --run\n"
    )
    assert not Path("runs/painting/run.json").exists()


def test_resume_alone_takes_the_newest_interrupted_run(command: TrainFolder) -> None:
    for number, name in enumerate(("old", "newer", "finished"), 1):
        if name != "finished":
            command.interrupt_at(1)
        command.run("--style", "painting.png", "--init", "none", "--name", name, *SHORT)
        os.utime(f"runs/{name}/checkpoint.pt", (number, number))
    code, out, error = command.run("--resume", "--device", "cpu")
    assert (code, out.split(";")[0]) == (0, "runs/newer/checkpoint.pt: 2 steps")
    assert error.splitlines()[0] == "continuing runs/newer, the newest interrupted run, from step 1"
    with locked(Path("runs/old")):  # it trains right now
        code, out, error = command.run("--resume")
    assert (code, out) == (1, "")
    assert error.splitlines()[-1] == (
        f"nst-train: no interrupted run below {Path('runs').resolve()}; add --run FOLDER, or train with --style PICTURE"
    )
    assert command.run("--resume", "--device", "cpu")[1].startswith("runs/old/checkpoint.pt: 2 steps")
