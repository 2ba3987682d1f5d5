"""Tests learning a painting with real PyTorch, at sizes that take seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nstcam.export.convert.exporter import Precision, export_style
from nstcam.export.convert.parity import Parity
from nstcam.export.convert.ranges import measure
from nstcam.export.errors import ExportError
from nstcam.export.learning import lesson
from nstcam.export.learning.job import Job, job_of
from nstcam.export.learning.lesson import START_FILE, HandOver, learn, next_at
from nstcam.export.learning.process import NICENESS
from nstcam.export.learning.start import mixed
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.palette.eight_bits import Range
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import style_of_picture
from nstcam.realtime.style_files.style import Style, read_style
from nstcam.train.content.close_source import CloseSource
from nstcam.train.content.paintings import read_painting
from nstcam.train.fit.learning import SCENES, folded, learning_config
from nstcam.train.fit.loop import Materials
from nstcam.train.fit.matcher import Matcher
from nstcam.train.fit.warm_start import find_warm_start
from nstcam.train.loss.crop_grams import CropGrams
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import Checkpoint, load_checkpoint
from nstcam.train.network.networks import LiteNet
from nstcam.train.picture import Picture
from nstcam.train.progress import Step
from tests.support.fakes.learning import painted


def line_of(style: Style, folder: Path, **changes: object) -> bytes:
    """A job as realtime/learning/learner.py writes it."""
    assert style.painting is not None
    colours = style.painting.colours
    values = {
        "picture": str(style.painting.path), "name": style.name, "title": style.title,
        "shares": style.painting.shares, "matrix": colours.matrix, "offset": colours.offset,
        "folder": str(folder), "threads": 1, "seconds": None, "start": None, "steps": 2, "crop": 64,
    }  # fmt: skip
    return json.dumps({**values, **changes}).encode() + b"\n"


def job_for(style: Style, folder: Path, **changes: object) -> Job:
    folder.mkdir()
    return job_of(line_of(style, folder, **changes))


def portrait() -> np.ndarray:
    return np.asarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3)), np.uint8)


def test_a_painting_becomes_a_style_in_floats_and_in_8_bits(tmp_path: Path) -> None:
    style, events = painted(tmp_path), list[dict[str, object]]()
    job = job_for(style, tmp_path / "job")
    learn(job, lambda event: events.append(dict(event)))
    assert [event.get("steps") for event in events] == [1, 2, 2, None]
    assert events[-2]["net"] == 1
    assert events[-1] == {"finished": True}
    file = job.folder / "1" / "kiss.onnx"
    floats, eight = read_style(file), read_style(file.with_name(f"kiss{INT8_SUFFIX}"))
    assert (floats.name, floats.title, floats.network, floats.precision) == ("kiss", "kiss", "lite", "float32")
    assert (eight.name, eight.precision) == ("kiss", "int8")
    with Stylizer(style, "cpu") as before, Stylizer(floats, "cpu") as after:
        assert np.abs(before.stylize(portrait()).astype(int) - after.stylize(portrait())).mean() > 0.5
    assert sorted(path.name for path in job.folder.iterdir()) == ["1", "work"]

    again = job_for(style, tmp_path / "again", start=str(job.folder / "1" / START_FILE), seconds=0.001)
    learn(again, lambda event: events.append(dict(event)))
    assert [event.get("steps") for event in events[4:]] == [1, 1, None], "one step is more than the time given"


def test_the_learning_begins_with_what_is_shown_at_once(tmp_path: Path) -> None:
    style = style_of_picture(painted(tmp_path).painting.path)  # type: ignore[union-attr]
    assert style.painting is not None
    job = job_for(style, tmp_path / "job")
    start = folded(mixed(job.shares), job.colours)
    export_style(start, tmp_path / "start.onnx", check=False)
    with Stylizer(read_style(tmp_path / "start.onnx"), "cpu") as ours:
        trained = ours.stylize(portrait()).astype(int)
    floats = style.__class__(**{**style.__dict__, "int8_path": None})
    with Stylizer(floats, "cpu") as stylizer:
        assert np.abs(trained - stylizer.stylize(portrait())).max() <= 1


def test_it_learns_on_near_crops_and_ranks_colours_among_scenes_painted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Materials] = []

    def fit(_config: object, materials: Materials, *_: object, **__: object) -> None:
        given.append(materials)

    monkeypatch.setattr(lesson, "fit", fit)
    learn(job_for(painted(tmp_path), tmp_path / "job"), lambda _: None)
    assert isinstance(given[0].source, CloseSource)
    assert given[0].scenes is not None
    assert len(given[0].scenes) == SCENES


def test_networks_are_handed_over_soon_at_first_and_rarely_later() -> None:
    times = [next_at(0.0)]
    while times[-1] < 300:
        times.append(next_at(times[-1]))
    assert times[0] <= 5
    assert sum(time <= 15 for time in times) >= 3
    assert len(times) < 25
    assert times[-1] - times[-2] == 30


def test_colours_come_in_levels_from_blue_and_are_kept_as_shares_from_red(tmp_path: Path) -> None:
    line = line_of(painted(tmp_path), tmp_path, matrix=[[1, 2, 3], [4, 5, 6], [7, 8, 9]], offset=[51, 102, 255])
    colours = job_of(line).colours
    assert colours.matrix.tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert colours.offset.tolist() == [1.0, 0.4, 0.2]


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"matrix": [1], "offset": [0, 0, 0]}'])
def test_a_line_that_is_no_job_is_an_error(line: bytes) -> None:
    with pytest.raises(ExportError, match="not a job of learning"):
        job_of(line)


def test_a_network_that_is_not_to_be_handed_over_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 8 bits a network may differ too much, and a few steps later it may not."""
    job = job_for(painted(tmp_path), tmp_path / "job")
    config = learning_config(load_checkpoint(find_warm_start("wave")).network)
    tried: list[int] = []

    def write(_self: HandOver, _network: object, step: Step) -> None:
        tried.append(step.step)
        raise ExportError("in 8 bits the style differs")

    monkeypatch.setattr(HandOver, "write", write)
    hand_over = HandOver(job, config, None, {}, lambda _: None)  # type: ignore[arg-type]
    for number in range(1, 9):
        hand_over.watch(None, Step(number, 0.0, 5.0, 1.0, 1.0, 0.0, 0.0, 1.5 * number))  # type: ignore[arg-type]
    hand_over.watch(None, Step(9, 0.0, 50.0, 1.0, 1.0, 0.0, 0.0, 99.0))  # type: ignore[arg-type]
    assert tried == [2, 6], "with two steps, then once five seconds have passed, not with a loss that has grown"
    tried.clear()
    hand_over = HandOver(job, config, None, {}, lambda _: None)  # type: ignore[arg-type]
    for number in range(1, 21):
        hand_over.watch(None, Step(number, 0.0, 5.0, 1.0, 1.0, 0.0, 0.0, 0.3 * number))  # type: ignore[arg-type]
    assert tried == [2, 19], "the first one is not to take seconds of learning"


def lightness(checkpoint: Checkpoint) -> Tensor:
    """What the last convolution adds to the lightness of each pixel of a cell."""
    return checkpoint.weights["up2.bias"].float().view(3, -1).mean(0)


def test_the_first_network_is_handed_over_soon_and_the_others_with_more_care(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_for(painted(tmp_path), tmp_path / "job")
    start = load_checkpoint(find_warm_start("wave"))
    config, painting, network = learning_config(start.network), read_painting(job.picture), load_vgg()
    grams, scenes = CropGrams(network, painting, 64, 64, torch.device("cpu")), torch.rand(2, 3, 48, 48)
    matcher = Matcher(config, painting, network, grams, scenes)
    cares: list[object] = []

    def measured(network: LiteNet, pictures: list[Picture]) -> dict[str, Range]:
        cares.append(len(pictures))
        return measure(network, pictures[:1])

    def proven(_checkpoint: Checkpoint, _file: Path, precision: Precision, *, quick: bool) -> Parity:
        cares.append((precision, quick))
        return Parity(0, 0.0, 0.0)

    monkeypatch.setattr(lesson, "measure", measured)
    monkeypatch.setattr(lesson, "proven_parity", proven)
    step = Step(3, 0.0, 5.0, 1.0, 1.0, 0.0, 0.0, 1.5)
    hand_over = HandOver(job, config, matcher, {}, lambda _: None, earlier=40)
    hand_over.write(start.build().eval(), step)
    assert cares == [1, ("int8", True)]
    hand_over.write(start.build().eval(), step)
    assert cares[2:] == [("float32", False), 6, ("int8", False)]
    first, second = (load_checkpoint(job.folder / str(number) / START_FILE) for number in (1, 2))
    assert torch.allclose(lightness(first), lightness(start), atol=1e-3), "the first one keeps its colours"
    assert not torch.allclose(lightness(second), lightness(start), atol=1e-3)
    assert second.step == 43, "a learning that goes on counts on"
    cares.clear()
    HandOver(job_for(painted(tmp_path), tmp_path / "last"), config, matcher, {}, lambda _: None).write(
        start.build().eval(), step, last=True
    )
    assert cares == [("float32", False), 6, ("int8", False)], "the only one is to be as good as it can be"


def test_a_network_with_worse_strokes_than_an_earlier_one_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it is the last: whoever ends the learning gets what was learnt."""
    job, start, errors = job_for(painted(tmp_path), tmp_path / "job"), load_checkpoint(find_warm_start("wave")), [0.0]

    class Same:
        def matched(self, network: LiteNet, *_: float, **__: bool) -> LiteNet:
            return network

        def error(self, _network: LiteNet) -> float:
            return errors[-1]

    monkeypatch.setattr(lesson, "measure", lambda network, pictures: measure(network, pictures[:1]))
    monkeypatch.setattr(lesson, "proven_parity", lambda *_, **__: Parity(0, 0.0, 0.0))
    hand_over = HandOver(job, learning_config(start.network), Same(), {}, lambda _: None)  # type: ignore[arg-type]
    for error, count in ((1.0, 1), (1.3, 1), (0.5, 2), (0.59, 3), (0.61, 3)):
        errors.append(error)
        hand_over.write(start.build().eval(), Step(3, 0.0, 5.0, 1.0, 1.0, 0.0, 0.0, 1.5))
        assert hand_over.count == count
    hand_over.write(start.build().eval(), Step(3, 0.0, 5.0, 1.0, 1.0, 0.0, 0.0, 1.5), last=True)
    assert hand_over.count == 4


@pytest.mark.skipif(sys.platform == "win32", reason="the parent gives it a lower priority")
def test_the_process_gives_way_with_all_its_threads() -> None:
    code = (
        "import os, threading\n"
        "from nstcam.export.learning.process import _give_way\n"
        "stop, niceness = threading.Event(), []\n"
        "ready = threading.Event()\n"
        "def work():\n"
        "    ready.wait()\n"
        "    niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()\n"
        "before = os.getpriority(os.PRIO_PROCESS, 0)\n"
        "_give_way()\n"
        "ready.set()\n"
        "thread.join()\n"
        "print(before, os.getpriority(os.PRIO_PROCESS, 0), *niceness)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], process_group=0, capture_output=True, text=True, check=True)
    before, *after = map(int, done.stdout.split())
    assert after == [min(before + NICENESS, 19)] * 2
