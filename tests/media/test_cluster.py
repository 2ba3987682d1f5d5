"""Tests how many workers a cluster is asked for, and what is told of Ray's failures; without Ray."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.media.cluster import ClusterError, Engine, LostError, Size, connected, told_address


def engine(cpus: list[int], gpus: int = 0, dead: int = 0, **ray: Any) -> Engine:
    """A cluster of nodes with so many cores each."""
    nodes = [{"Resources": {"CPU": float(n)}, "Alive": True} for n in cpus]
    nodes += [{"Resources": {"CPU": 64.0}, "Alive": False}] * dead + [{"Resources": {}, "Alive": True}]
    total = {"CPU": float(sum(cpus)), **({"GPU": float(gpus)} if gpus else {})}
    return Engine(SimpleNamespace(cluster_resources=lambda: total, nodes=lambda: nodes, **ray), "here:1")


@pytest.mark.parametrize(
    ("cpus", "gpus", "device", "workers", "threads", "size"),
    [
        ([8, 5], 0, "cpu", None, None, Size(6, 2)),  # two threads each, on either machine
        ([8, 5], 0, "auto", None, 3, Size(3, 3)),
        ([1], 0, "cpu", None, None, Size(1, 2)),  # at least one
        ([16], 0, "cpu", 3, None, Size(3, 4)),  # at most four threads
        ([6], 0, "cpu", 2, None, Size(2, 3)),
        ([2], 0, "cpu", 5, None, Size(5, 1)),
        ([16], 0, "cpu", 3, 7, Size(3, 7)),
        ([16], 2, "auto", None, None, Size(2, 2, gpus=1)),
        ([16], 2, "cuda", 5, None, Size(5, 3, gpus=1)),
        ([16], 2, "cpu", None, None, Size(8, 2)),
        ([16], 2, "openvino", None, 4, Size(4, 4)),
    ],
)
def test_workers_fill_the_cluster_or_are_as_many_as_were_asked_for(
    cpus: list[int], gpus: int, device: str, workers: int | None, threads: int | None, size: Size
) -> None:
    assert engine(cpus, gpus, dead=1).size(device, workers, threads) == size


def test_a_device_that_needs_a_gpu_is_refused_without_one() -> None:
    with pytest.raises(ClusterError, match=r"^--device cuda: the cluster here:1 has no GPU; use --device cpu$"):
        engine([8]).size("cuda", None, None)


def test_results_that_are_ready_come_once_the_first_first() -> None:
    asked: list[tuple[int, float]] = []

    def wait(references: list[int], num_returns: int, timeout: float) -> tuple[list[int], list[int]]:
        asked.append((num_returns, timeout))
        return ([7], []) if num_returns == 1 else ([3, 7], [5])

    assert engine([1], wait=wait).ready((3, 5, 7), 0.5) == [7, 3]
    assert asked == [(1, 0.5), (3, 0)]


class RayError(Exception):
    cause: Exception | None = None


@pytest.mark.parametrize(
    ("text", "cause", "told"),
    [
        ("Lots\n  of text\n", None, "RayError"),
        ("", ValueError("first\n  " + "x" * 300 + "\n\n"), "x" * 200),
        ("", ValueError(" "), "RayError"),
        ("worker\nModuleNotFoundError: No module named 'nstcam.x'\nend", None, "it has no nstcam, or another version"),
    ],
)
def test_the_last_line_that_says_something_is_told(text: str, cause: Exception | None, told: str) -> None:
    def get(reference: object) -> None:
        error = RayError(text)
        error.cause = cause
        raise error

    with pytest.raises(LostError, match=f"^{told}"):
        engine([1], get=get, exceptions=SimpleNamespace(RayError=RayError)).result(1)


def test_addresses() -> None:
    assert [told_address(text) for text in ("local", "auto", "a:1", "ray://a:1")] == [None] * 4
    for text in ("", " ", "--device"):
        assert told_address(text) == "--cluster takes local, auto, HOST:PORT or ray://HOST:PORT"


@pytest.mark.parametrize(
    ("address", "more"), [("local", ["include_dashboard", "num_cpus", "object_store_memory"]), ("a:1", [])]
)
def test_a_cluster_is_started_here_or_joined_and_left_again(
    monkeypatch: pytest.MonkeyPatch, address: str, more: list[str]
) -> None:
    calls: list[Any] = []
    ray = SimpleNamespace(init=lambda at, **how: calls.append((at, how)), shutdown=lambda: calls.append("left"))
    monkeypatch.setitem(sys.modules, "ray", ray)
    with connected(address, cores=3) as there:
        assert there.address == address
        ((at, how),) = calls
        assert at == address
        assert sorted(how) == sorted(["log_to_driver", "logging_level", "configure_logging", *more])
        assert not how["log_to_driver"]
        if more:
            assert (how["num_cpus"], how["object_store_memory"], how["include_dashboard"]) == (3, 256 * 1024**2, False)
    assert calls[1:] == ["left"]


@pytest.mark.parametrize(
    ("address", "cure"), [("local", "see `ray status`"), ("a:1", "start it with: ray start --head")]
)
def test_a_cluster_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch, address: str, cure: str) -> None:
    def init(*_: object, **__: object) -> None:
        raise ConnectionError("\n  " + "x" * 201 + "\nmore")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init))
    with pytest.raises(ClusterError) as told, connected(address, 1):
        pass
    assert str(told.value) == f"--cluster {address}: no Ray cluster answers ({'x' * 200}); {cure}"
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match="needs Ray, which is not installed: pip install"), connected(address, 1):
        pass
