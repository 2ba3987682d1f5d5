"""Tests that a training in bfloat16 gives the same result as one in float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nstcam.train.fit import loop as fit_module
from nstcam.train.fit import training_loss
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.fit.precision import loss_dtype, network_dtype, tuned
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity
from nstcam.train.network.networks import LiteNet, NetworkConfig
from nstcam.train.network.training_painter import training_painter
from nstcam.train.progress import Step
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_loss_network, random_network
from tests.support.training.short import PAINTING, NoiseSource, briefly

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


BOTH = pytest.mark.parametrize("config", [TINY_LITE, TINY_JOHNSON])


@pytest.mark.parametrize(
    ("device", "matrix_units", "pairs", "expected"),
    [
        ("cpu", False, False, torch.float32),
        ("cpu", True, False, torch.bfloat16),
        ("cpu", False, True, torch.bfloat16),
        ("cuda", False, False, torch.bfloat16),
    ],
)
def test_where_it_pays(
    device: str, matrix_units: bool, pairs: bool, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_init_amx", lambda: matrix_units)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: pairs)
    assert loss_dtype(torch.device(device)) == expected
    assert network_dtype(torch.device(device)) == (torch.bfloat16 if device == "cuda" else torch.float32)


@pytest.mark.parametrize(("device", "tries"), [("cpu", False), ("cuda", True)])
def test_cudnn_tries_its_algorithms_while_a_gpu_trains(device: str, tries: bool) -> None:
    with tuned(torch.device(device)):
        assert torch.backends.cudnn.benchmark == tries
    assert not torch.backends.cudnn.benchmark


@BOTH
def test_float32_comes_out_of_a_painter_in_bfloat16(config: NetworkConfig) -> None:
    network = random_network(config)
    seen: list[torch.dtype] = []
    convolution = next(m for m in network.modules() if isinstance(m, nn.Conv2d))
    convolution.register_forward_hook(lambda _, __, result: seen.append(result.dtype))
    image = torch.rand(1, 3, 64, 64)
    exact, rounded = (_painted(network, image, dtype) for dtype in (torch.float32, torch.bfloat16))  # type: ignore[arg-type]
    assert seen == [torch.float32, torch.bfloat16]
    assert (exact.dtype, rounded.dtype) == (torch.float32, torch.float32)
    assert 0 < (exact - rounded).abs().mean() < 0.02 * exact.abs().mean()


@pytest.mark.parametrize("config", [TINY_LITE, pytest.param(TINY_JOHNSON, marks=pytest.mark.slow)])
def test_the_losses_of_the_first_steps_are_those_of_float32(
    config: NetworkConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact, rounded = (_train(config, tmp_path, monkeypatch, dtype) for dtype in (torch.float32, torch.bfloat16))
    assert exact != rounded, "one of them is not what it says"
    assert np.allclose(exact, rounded, rtol=0.1)


def test_weights_stay_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Checkpoint] = []
    _train(TINY_LITE, tmp_path, monkeypatch, torch.bfloat16, kept.append)
    state = kept[0].state
    assert state is not None
    assert all(w.dtype == torch.float32 for w in state["weights"].values() if w.is_floating_point())


def _painted(network: LiteNet, image: Tensor, dtype: torch.dtype) -> Tensor:
    return training_painter(network, torch.Generator().manual_seed(0), dtype)(image)


def _train(
    config: NetworkConfig,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    dtype: torch.dtype,
    keep: Callable[[Checkpoint], None] = lambda _: None,
) -> list[float]:
    """Totals of every step, all in `dtype` as on GPUs; on one thread, where a CPU can be relied on for that."""
    for module, of in ((training_loss, "loss_dtype"), (fit_module, "network_dtype")):
        monkeypatch.setattr(module, of, lambda _: dtype)
    slow = TrainConfig(network=config, steps=10, batch=1, crop=64, style_size=64, learning_rate=5e-4)
    steps: list[Step] = []
    materials = Materials(
        painting=PAINTING,
        source=NoiseSource(),
        loss_network=random_loss_network(),
        identity=StyleIdentity("tiny", "Tiny"),
    )
    with briefly():
        keep(fit(replace(slow, flicker_from=0.2), materials, Outputs(folder=folder, report=steps.append), CPU))
    return [step.total for step in steps]
