"""Tests checkpoints that are damaged or from a stranger: one line, and every value is checked before use."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import pytest
import torch

from nstcam.train.errors import TrainError
from nstcam.train.fit.config import config_from
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.palette_memory import PaletteMemory
from nstcam.train.fit.run_folder import RUN_FILE, Inputs, TrainingRun, interrupted_run, read_inputs, save_inputs
from nstcam.train.fit.training_state import initial_state
from nstcam.train.fit.warm_start import nearest_first
from nstcam.train.network.checkpoint import FORMAT, load_checkpoint
from nstcam.train.network.networks import NetworkConfig
from tests.support.models.tiny import TINY_LITE, random_checkpoint
from tests.support.training.archives import write_compressed
from tests.support.training.short import CPU, PAINTING, SHORT, Runner

NAN: Final = float("nan")
STEP: Final = dict.fromkeys(("step", "progress", "total", "content", "style", "tone", "flicker", "seconds"), 0)
REFERENCES: list[Any] = [1]
for _ in range(40):  # 2^40 values in a kilobyte
    REFERENCES = [REFERENCES, REFERENCES]

VALUES: Final[dict[str, tuple[object, ...]]] = {
    "network": (None, [], {}, {"kind": "lite"}),
    "network.kind": ("wide", None, 1, []),
    "network.width": (1, 0, -16, 10**9, 16.0, True, "16", None),
    "network.dilations": ((1,) * 100_000, (10**9,), (0,), (1.5,), (True,), None, 3, "12", {1: 2}),
    "network.canvas_channels": (-1, 10**9, 1.5, None),
    "weights": (None, [], {}, {1: 2}),
    "weights.stem.weight": (
        None, 1.0, [1.0], torch.zeros(1), torch.zeros(16, 48, 3, 4), torch.full((16, 48, 3, 3), NAN),
        torch.zeros(16, 48, 3, 3, dtype=torch.int64), torch.zeros(16, 48, 3, 3).to_sparse(),
        torch.zeros(1).expand(16, 48, 3, 3), torch.zeros(16, 48, 3, 3, device="meta"),
        torch.zeros(16, 48, 3, 3, dtype=torch.complex64),
    ),
    "weights.glitter": (torch.zeros(1),),
    "weights.stem_norm.num_batches_tracked": (torch.tensor(0.5), None),
    "identity": (None, [], {}, {"title": "x"}),
    "identity.name": (None, 1, "", "../x", "a b", "\x1b[2J", "\ud800", "x" * 5000),
    "identity.title": (None, 1, "\ud800", "x" * 5000, []),
    "step": (-1, 1.5, True, None, "1", 10**400, []),
    "training": (None, [], 1, {1: 2}, {"x": torch.zeros(1)}, {"x": b"1"}, {"x": NAN}, {"x": 10**400}, {"\ud800": 1}),
    "training.deep": (REFERENCES,),
    "provenance": ([], "x", {"x": torch.zeros(1)}, {"x": {1: 2}}, {"x": "\ud800"}),
    "signature": (
        [], "x", {1: torch.zeros(3)}, {"relu1_2": None}, {"relu1_2": torch.zeros(2, 2)},
        {"relu1_2": torch.tensor([NAN])},
    ),
    "signature.relu1_2": (torch.zeros(1).expand(10**9),),
    "state": ([], 1, {}, {"weights": {}}),
    "state.weights": ({}, None),
    "state.optimizer": (None, [], 1),
    "state.history": (
        None, {}, [1], [{}], [STEP, STEP],
        [{**STEP, "progress": 2}], [{**STEP, "total": "1"}], [{**STEP, "style": NAN}],
    ),
    "state.frozen": (None, 1, "no"),
}  # fmt: skip
"""Values by their place in a checkpoint of one step."""

TRAINING: Final[dict[str, tuple[object, ...]]] = {
    "network": (None, {}, asdict(NetworkConfig("lite", 18, (1,)))),
    "steps": (0, 1.5, 10**400, None, "8"),
    "minutes": (0, -1.0, "1", True),
    "batch": (0, 10**9, 1.5),
    "crop": (0, 17, 10**9, -64),
    "style_size": (0, 10**9, None),
    "learning_rate": (0, -1.0, "1", None, 1e300),
    "style_strength": (-1.0, "1", [], 1e10),
    "average_decay": (2, -1, "0"),
    "optimizer": ("sgd", None, []),
    "seed": (-1, 2**40, 1.5),
}
"""Values of the training that --resume continues with."""


def put(content: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """The content with another value there; "a.b.c" is the key "b.c" in "a"."""
    key, _, rest = place.partition(".")
    return {**content, key: {**content[key], rest: value} if rest else value}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The contents of a checkpoint of one step."""
    folder = tmp_path_factory.mktemp("run")
    checkpoint = Runner()(folder, stop_at=1)
    signed = replace(checkpoint, signature={"relu1_2": torch.zeros(3)}, provenance={"start": None})
    return {"format": FORMAT, **asdict(signed)}


def refused(path: Path, content: object) -> str:
    """The one line in which a checkpoint with that content is refused."""
    torch.save(content, path)
    with pytest.raises(TrainError) as caught:
        load_checkpoint(path)
    line = str(caught.value)
    assert line.startswith(f"{path} ")
    assert "\n" not in line
    assert line.isprintable()
    assert len(line) < 400
    return line


@pytest.mark.parametrize("place", VALUES)
def test_each_value_is_checked(tmp_path: Path, saved: dict[str, Any], place: str) -> None:
    for value in VALUES[place]:
        line = refused(tmp_path / "x.pt", put(saved, place, value))
        assert "is damaged" in line, value


def test_without_damage_it_is_loaded(tmp_path: Path, saved: dict[str, Any]) -> None:
    torch.save(saved, tmp_path / "x.pt")
    load_checkpoint(tmp_path / "x.pt")


def test_archives_that_grow_are_not_opened(tmp_path: Path) -> None:
    random_checkpoint().save(tmp_path / "x.pt")
    write_compressed(tmp_path / "x.pt", tmp_path / "y.pt")
    with pytest.raises(TrainError, match=r"y\.pt is not a checkpoint or is damaged \(ValueError\)"):
        load_checkpoint(tmp_path / "y.pt")


def test_damaged_bytes_anywhere_are_one_line(tmp_path: Path) -> None:
    random_checkpoint().save(tmp_path / "x.pt")
    whole, path = (tmp_path / "x.pt").read_bytes(), tmp_path / "y.pt"
    torch.manual_seed(0)
    lines = []
    for number in range(40):
        data = bytearray(whole[: int(torch.randint(len(whole), ()))] if number % 4 == 0 else whole)
        for _ in range(8):
            data[int(torch.randint(len(data), ()))] = int(torch.randint(256, ()))
        path.write_bytes(data)
        try:
            load_checkpoint(path)
        except TrainError as error:
            lines.append(str(error))
    assert len(lines) > 30
    assert not any("\n" in line for line in lines)


@pytest.mark.parametrize("place", TRAINING)
def test_each_value_of_a_training_is_checked(tmp_path: Path, saved: dict[str, Any], place: str) -> None:
    run = TrainingRun(folder=tmp_path, config=SHORT, identity=random_checkpoint().identity, painting=PAINTING,
                      inputs=Inputs((), "vgg16", None))  # fmt: skip
    save_inputs(run)
    for value in TRAINING[place]:
        torch.save(put(saved, f"training.{place}", value), tmp_path / CHECKPOINT_NAME)
        with pytest.raises(TrainError, match=r"damaged"):
            interrupted_run(tmp_path)
    if place == "network":
        torch.save(saved, tmp_path / CHECKPOINT_NAME)
        assert interrupted_run(tmp_path).config == SHORT == config_from(saved["training"])


def grown(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], None]:
    """Changes the optimizer's notes on the first weight."""

    def damage(optimizer: dict[str, Any]) -> None:
        change(optimizer["state"][0])

    return damage


OPTIMIZERS: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "no groups": lambda o: o.pop("param_groups"),
    "no state": lambda o: o.update(state=None),
    "two groups": lambda o: o["param_groups"].append(o["param_groups"][0]),
    "other weights": lambda o: o["param_groups"][0].update(params=[0]),
    "a list": grown(lambda s: s.update(first=[1])),
    "another shape": grown(lambda s: s.update(second=torch.zeros(7, 5))),
    "not finite": grown(lambda s: s.update(first=s["first"] * NAN)),
    "no bases": grown(lambda s: s.update(bases=[])),
    "a basis of another shape": grown(lambda s: s.update(bases=[torch.eye(3), None])),
    "covariances of another shape": grown(lambda s: s.update(covariances=[torch.eye(3), torch.eye(3)])),
    "a step that is a word": grown(lambda s: s.update(step="x")),
    "a step beyond all numbers": grown(lambda s: s.update(step=10**400)),
}


@pytest.mark.parametrize("damage", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_a_damaged_optimizer_is_one_line(
    tmp_path: Path, saved: dict[str, Any], damage: Callable[[dict[str, Any]], object]
) -> None:
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    content = torch.load(io.BytesIO(buffer.getvalue()))
    damage(content["state"]["optimizer"])
    torch.save(content, tmp_path / "x.pt")
    with pytest.raises(TrainError, match=r"the optimizer in the checkpoint is damaged \(\w+\); start another run"):
        Runner()(tmp_path / "run", resume=load_checkpoint(tmp_path / "x.pt"))


def test_an_optimizer_keeps_its_own_settings(tmp_path: Path, saved: dict[str, Any]) -> None:
    torch.save(saved, tmp_path / "x.pt")
    checkpoint = load_checkpoint(tmp_path / "x.pt")
    assert checkpoint.state is not None
    checkpoint.state["optimizer"]["param_groups"][0].update(refresh_every=0, betas=None, eps="x")
    palette = PaletteMemory(PAINTING, SHORT.style_size, CPU)
    group = initial_state(SHORT, CPU, palette, None, checkpoint).optimizer.param_groups[0]
    assert (group["refresh_every"], group["betas"], group["eps"]) == (5, (0.9, 0.99), 1e-8)


@pytest.mark.parametrize(
    "palette",
    [None, [], {"x": []}, {1: 2}, {8: [torch.zeros(3)]}, {8: [torch.full((4, 3), NAN).half()]}, {8: [None] * 99}],
)
def test_a_damaged_palette_is_one_line(tmp_path: Path, saved: dict[str, Any], palette: object) -> None:
    torch.save(put(saved, "state.palette", palette), tmp_path / "x.pt")
    with pytest.raises(TrainError, match=r"the training state is damaged \(.+\); start another run"):
        Runner()(tmp_path / "run", resume=load_checkpoint(tmp_path / "x.pt"))


def test_a_signature_of_other_layers_is_not_compared(tmp_path: Path) -> None:
    target = {"relu1_2": torch.ones(3), "relu2_2": torch.ones(6)}
    for number, signature in enumerate(({"x": torch.ones(3)}, {**target, "relu2_2": torch.ones(3)}, target)):
        (tmp_path / str(number)).mkdir()
        replace(random_checkpoint(TINY_LITE), signature=signature, step=1000, state=None).save(
            tmp_path / str(number) / CHECKPOINT_NAME
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nstcam.train.fit.warm_start.distance", lambda *_: 0.0)
        assert [c.start for c in nearest_first(TINY_LITE, target, tmp_path)] == [str(tmp_path / "2")]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "[" * 100_000, '{"content": 1}', '{"content": [1], "loss_network": "vgg16", "loss_weights": null}',
        '{"content": [], "loss_network": "vgg99", "loss_weights": null}',
        '{"content": [], "loss_network": "vgg16", "loss_weights": 3}',
        '{"content": ["a\\u0000b"], "loss_network": "vgg16", "loss_weights": null}', " " * 2**21,
    ],
)  # fmt: skip
def test_each_value_of_a_run_file_is_checked(tmp_path: Path, text: str) -> None:
    (tmp_path / RUN_FILE).write_text(text)
    with pytest.raises(TrainError, match=r"run\.json is damaged or from another version of nst-train"):
        read_inputs(tmp_path / RUN_FILE)
