"""Tests nstcam as a user runs it."""

import json
import signal
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import TensorProto, helper
from typer.testing import CliRunner

from benchmarks.tools.stand_in import write_negative_style
from benchmarks.tools.waiting import until
from nstcam.realtime.cli.app import app, main
from nstcam.realtime.errors import NstError
from tests.support.commands import run_here, run_nstcam, run_nstcam_here, start_nstcam
from tests.support.media.clips import write_clip
from tests.support.models.tiny import write_model


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A working folder with one style, a clip, a picture, and things that are none of these."""
    write_negative_style(tmp_path / "styles" / "negative.onnx", {"nst.title": "Negative", "nst.artist": "Nobody"})
    write_model(
        tmp_path / "foreign.onnx",
        [helper.make_node("Identity", ["input1"], ["output1"])],
        TensorProto.FLOAT,
        (1, 1, 224, 224),
        ports=("input1", "output1"),
    )
    write_clip(tmp_path / "clip.mp4", frames=6)
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((48, 64, 3), (10, 20, 30), np.uint8))
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "exists.mp4").write_text("precious")
    return tmp_path


def test_video(home: Path) -> None:
    done = run_nstcam(home, "video", "clip.mp4", "out.mp4", "--style", "negative", "--device", "cpu")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert done.stdout.startswith("out.mp4: 6 frames")
    capture = cv2.VideoCapture(str(home / "out.mp4"))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 6


def test_image(home: Path) -> None:
    done = run_nstcam_here(
        home, "image", "photo.png", "out.png", "--style", "negative", "--device", "cpu", "--no-brighten"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert np.asarray(cv2.imread(str(home / "out.png")))[0, 0].tolist() == [245, 235, 225]
    run_nstcam_here(home, "image", "photo.png", "lit.png", "--style", "negative", "--device", "cpu")
    assert np.asarray(cv2.imread(str(home / "lit.png"))).mean() < 200, "a dark picture gets light by default"


def test_styles(home: Path) -> None:
    listed = run_nstcam_here(home, "styles").stdout
    assert "negative" in listed
    assert "Negative, Nobody" in listed
    assert listed.split()[:2] == ["1", "starry"], "the numbers that digits choose by"
    records = {r["name"]: r for r in json.loads(run_nstcam_here(home, "styles", "--json").stdout)}
    assert records["negative"]["artist"] == "Nobody"
    assert not records["negative"]["bundled"]


def test_ctrl_c_stops_a_video_and_leaves_nothing(home: Path) -> None:
    write_clip(home / "long.mp4", frames=900, picture=np.zeros((360, 480, 3), np.uint8))
    before = {p.name for p in home.iterdir()}
    process = start_nstcam(home, "video", "long.mp4", "out.mp4", "--style", "negative")
    until(lambda: {p.name for p in home.iterdir()} != before)  # the part file is there
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert {p.name for p in home.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["video", "clip.mp4", "o.mp4", "--style", "negativ"], "style negativ not found; did you mean negative?"),
        (["video", "clip.mp4", "o.mp4", "--style", "none.onnx"], "style file none.onnx not found"),
        (["video", "clip.mp4", "o.mp4", "--style", "text.onnx"], "text.onnx is not an ONNX model"),
        (
            ["video", "clip.mp4", "o.mp4", "--style", "foreign.onnx"],
            "foreign.onnx is not an nstcam style but a model with input1 tensor(float) [1, 1, 224, 224]; output1",
        ),
        (["video", "none.mp4", "o.mp4", "--style", "negative"], "none.mp4"),
        (["video", "text.mp4", "o.mp4", "--style", "negative"], "text.mp4"),
        (["video", "clip.mp4", "exists.mp4", "--style", "negative"], "--overwrite"),
        (["video", "clip.mp4", "no/where/o.mp4", "--style", "negative"], "no/where"),
        (["image", "text.mp4", "o.png", "--style", "negative"], "text.mp4"),
        (["image", "none.png", "o.png", "--style", "negative"], "none.png"),
        (["--camera", "none.mp4", "--style", "negative", "--no-window"], "camera or file none.mp4 not found"),
        (["--camera", "text.mp4", "--style", "negative", "--no-window"], "text.mp4 is not a video"),
        pytest.param(
            ["--camera", "test", "--style", "negative"],
            "no display",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="a display is a matter of Linux"),
        ),
    ],
)
def test_wrong_input_is_one_clear_line(home: Path, arguments: list[str], says: str) -> None:
    before = {p.name for p in home.iterdir()}
    live = arguments[0].startswith("--")  # which reads standard input
    done = (run_nstcam if live else run_nstcam_here)(home, *arguments)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("nstcam: ")
    assert says in lines[0]
    assert {p.name for p in home.iterdir()} == before, "nothing left behind"
    assert (home / "exists.mp4").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--output-size", "large"], "nstcam: large is not a size; write WIDTHxHEIGHT"),
        (["--size", "1280"], "nstcam: 1280 is not a size; write WIDTHxHEIGHT"),
        (["--format", "nv12"], "nstcam: --format nv12 is unknown; choose one of auto, mjpg, yuyv"),
        (["--camera", "screen:left"], "nstcam: screen:left is not a part of the screen; write screen, screen:2"),
        (["--camera", ""], "nstcam: --camera is empty; give a camera's number"),
        (["--record", "out.txt"], "nstcam: cannot record to out.txt: its name must end in one of .mp4"),
        (["--device", "gpu"], "'--device': gpu is unknown; choose one of auto, cpu, cuda"),
        (["image", "photo.png", "o.png", "--device", "gpu"], "'--device': gpu is unknown"),
        (["bench", "--device", "gpu"], "'--device': gpu is unknown"),
        (["bench", "--seconds", "nan"], "--seconds"),
        (["--fps", "nan"], "--fps"),
        (["--frames", "0"], "--frames"),
        (["video", "clip.mp4"], "1 path given; give IN OUT"),
        (["--nonsense"], "--nonsense"),
        (["cameras", "--nonsense"], "cameras --help"),
        (["image"], "IN... [OUT]"),
        (["--style"], "--style"),
        (["dance"], "dance"),
        (["--style", "x", "styles"], "options go after the command"),
    ],
)
def test_a_bad_command_line_is_one_line_and_exits_with_2(home: Path, arguments: list[str], says: str) -> None:
    done = run_nstcam_here(home, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("nstcam: ")
    assert says in done.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--device", "cuda", "--strength", "0.1", "--overwrite"], "--device --overwrite --strength"),
        (["--no-window"], "--no-window"),
        (["--style", "x", "--device", "auto"], "--style --device"),
    ],
)
def test_no_option_before_a_command_is_dropped(home: Path, options: list[str], named: str) -> None:
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})
    done = runner.invoke(app, [*options, "image", str(home / "photo.png"), str(home / "out.png")])
    assert done.exit_code == 2
    assert f"options go after the command: nstcam image ... {named}" in done.output
    assert not (home / "out.png").exists()


def test_a_traceback_on_demand(home: Path) -> None:
    words = ("nstcam", "image", "none.png", "o.png", "--style", "negative")
    with pytest.raises(NstError, match=r"none\.png not found"):  # of which Python prints a traceback
        run_here(main, words, home, NSTCAM_STYLES=str(home / "styles"), NSTCAM_DEBUG="1")
    assert run_nstcam_here(home, *words[1:]).returncode == 1


def test_commands_take_threads_so(home: Path) -> None:
    done = run_nstcam_here(home, "image", "photo.png", "out.png", "--style", "negative", "--threads", "100000")
    assert (done.returncode, "--threads 100000: " in done.stderr) == (0, True)


def test_opencv_stays_quiet_with_a_device(home: Path) -> None:
    """Its settings count only if they are made before it is imported, and the check of --device imports it."""
    done = run_nstcam(home, "--device", "cpu", "--camera", "http://127.0.0.1:9/", "--style", "negative", "--no-window")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
